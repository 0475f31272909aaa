// The framing of permit files, read with every bound checked first.
#include "permit/permit.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "log/tree.h"
#include "statement/statement.h"

namespace cheget::permit {

namespace {

constexpr std::string_view k_first_line = "cheget permit v1\n";
constexpr std::string_view k_statement = "statement ";
constexpr std::string_view k_entry = "entry ";
constexpr std::string_view k_checkpoint = "checkpoint ";
constexpr std::string_view k_file = "file ";
constexpr std::size_t k_longest_part_line = 128;
constexpr std::uint64_t k_largest_index = log::k_largest_size;

class Reader {
  public:
    explicit Reader(base::BytesView bytes) : rest_(base::as_text(bytes)), size_(bytes.size()) {}

    base::Result<Permit> read() {
        if (!rest_.starts_with(k_first_line)) {
            return base::bad_input(
                "not a permit: it must begin with the line 'cheget permit v1'; make one with "
                "'cheget permit'");
        }
        rest_.remove_prefix(k_first_line.size());
        while (!rest_.empty()) {
            TRY(read_part());
        }
        if (permit_.statements.empty() && permit_.extract.empty()) {
            return base::bad_input("permit: it holds no statement, so there is nothing to decide");
        }
        return std::move(permit_);
    }

  private:
    std::unexpected<base::Error> wrong(std::string why) const {
        return base::bad_input(fmt::format(
            "permit, byte {}: {}; the file is damaged or was changed, fetch it again", part_, why));
    }

    base::Result<void> read_part() {
        part_ = size_ - rest_.size();
        const std::size_t end = rest_.substr(0, k_longest_part_line).find('\n');
        if (end == std::string_view::npos) {
            return wrong(
                "a part must begin with a line 'statement BYTES', 'entry INDEX BYTES', 'checkpoint "
                "BYTES' or 'file BYTES DIGEST'");
        }
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        if (line.starts_with(k_statement)) {
            return read_statement(line.substr(k_statement.size()));
        }
        if (line.starts_with(k_entry)) {
            return read_entry(line.substr(k_entry.size()));
        }
        if (line.starts_with(k_checkpoint)) {
            return read_checkpoint(line.substr(k_checkpoint.size()));
        }
        if (line.starts_with(k_file)) {
            return read_file(line.substr(k_file.size()));
        }
        return wrong(fmt::format("'{}' begins no part that is known", base::shown(line)));
    }

    base::Result<void> read_statement(std::string_view length) {
        TRY(come_to(Part::statement));
        if (permit_.statements.size() == k_most_statements) {
            return wrong(fmt::format("more than {} statements", k_most_statements));
        }
        const std::string_view text = TRY(take(length, statement::k_longest_signed));
        if (text.empty()) {
            return wrong("a statement is empty");
        }
        statement_bytes_ += text.size();
        if (statement_bytes_ > k_most_statement_bytes) {
            return wrong(fmt::format("more than {} bytes of statements", k_most_statement_bytes));
        }
        permit_.statements.push_back(text);
        return {};
    }

    base::Result<void> read_entry(std::string_view line) {
        TRY(come_to(Part::entry));
        Permit::Extract& extract = permit_.extract;
        const auto index = base::parse_number(base::take_until(line, ' '), k_largest_index);
        if (!index) {
            return wrong("an entry's index: " + index.error().message);
        }
        if (extract.entries.empty()) {
            extract.first = *index;
        }
        if (*index != extract.first + extract.entries.size()) {
            return wrong(fmt::format("entry {} follows entry {}: an extract has no gaps", *index,
                                     extract.first + extract.entries.size() - 1));
        }
        if (extract.entries.size() == k_most_entries) {
            return wrong(fmt::format("more than {} entries of the log", k_most_entries));
        }
        const std::string_view entry = TRY(
            take(line, std::min(statement::k_longest_signed, k_most_entry_bytes - entry_bytes_)));
        entry_bytes_ += entry.size();
        extract.entries.emplace_back(entry);
        return {};
    }

    base::Result<void> read_checkpoint(std::string_view length) {
        TRY(come_to(Part::checkpoint));
        std::vector<std::string>& checkpoints = permit_.extract.checkpoints;
        if (checkpoints.size() == k_most_checkpoints) {
            return wrong(fmt::format("more than {} checkpoints", k_most_checkpoints));
        }
        const std::string_view text = TRY(take(length, k_longest_checkpoint));
        if (text.empty()) {
            return wrong("a checkpoint is empty");
        }
        checkpoints.emplace_back(text);
        return {};
    }

    base::Result<void> read_file(std::string_view line) {
        TRY(come_to(Part::file));
        const std::string_view length = base::take_until(line, ' ');
        const auto digest = base::parse_digest(line);
        if (!digest) {
            return wrong("a file's line must be 'file BYTES sha256:…': " + digest.error().message);
        }
        const std::string_view content = TRY(take(length, k_most_file_bytes - file_bytes_));
        file_bytes_ += content.size();
        permit_.files.push_back({*digest, base::as_bytes(content)});
        return {};
    }

    /// In the order in which they stand.
    enum class Part : std::uint8_t { statement, entry, checkpoint, file };

    base::Result<void> come_to(Part part) {
        if (part < last_) {
            return wrong(
                "statements come first, then entries of the log, then checkpoints, then files");
        }
        last_ = part;
        return {};
    }

    /// Takes as many bytes off the rest as `length` says.
    base::Result<std::string_view> take(std::string_view length, std::size_t most) {
        const auto size = base::parse_number(length, most);
        if (!size) {
            return wrong("a part's length: " + size.error().message);
        }
        if (*size > rest_.size()) {
            return wrong(fmt::format("a part of {} bytes ends after {}", *size, rest_.size()));
        }
        const std::string_view taken = rest_.substr(0, *size);
        rest_.remove_prefix(*size);
        return taken;
    }

    std::string_view rest_;
    std::size_t size_;
    std::size_t part_ = 0;  ///< where the part being read begins
    std::size_t statement_bytes_ = 0;
    std::size_t entry_bytes_ = 0;
    std::size_t file_bytes_ = 0;
    Part last_ = Part::statement;
    Permit permit_;
};

std::unexpected<base::Error> too_large(std::string what) {
    return base::bad_input("a permit can't hold " + std::move(what) +
                           "; send what is not needed for this order another way");
}

}  // namespace

base::Result<Permit> parse_permit(base::BytesView bytes) {
    return Reader(bytes).read();
}

namespace {

base::Result<void> render_extract(const Permit::Extract& extract, std::string& text) {
    if (extract.entries.size() > k_most_entries ||
        extract.checkpoints.size() > k_most_checkpoints) {
        return too_large(fmt::format("{} entries of the log and {} checkpoints, only {} and {}",
                                     extract.entries.size(), extract.checkpoints.size(),
                                     k_most_entries, k_most_checkpoints));
    }
    std::size_t bytes = 0;
    std::uint64_t index = extract.first;
    for (const std::string& entry : extract.entries) {
        bytes += entry.size();
        if (entry.size() > statement::k_longest_signed || bytes > k_most_entry_bytes) {
            return too_large(fmt::format("more than {} bytes of entries", k_most_entry_bytes));
        }
        fmt::format_to(std::back_inserter(text), "{}{} {}\n{}", k_entry, index++, entry.size(),
                       entry);
    }
    for (const std::string& checkpoint : extract.checkpoints) {
        if (checkpoint.empty() || checkpoint.size() > k_longest_checkpoint) {
            return too_large(fmt::format("a checkpoint of {} bytes: each is 1 to {}",
                                         checkpoint.size(), k_longest_checkpoint));
        }
        fmt::format_to(std::back_inserter(text), "{}{}\n{}", k_checkpoint, checkpoint.size(),
                       checkpoint);
    }
    return {};
}

}  // namespace

base::Result<std::string> render_permit(const Permit& permit) {
    if (permit.statements.empty() && permit.extract.empty()) {
        return base::bad_input("a permit without a statement says nothing: give it the order");
    }
    if (permit.statements.size() > k_most_statements) {
        return too_large(
            fmt::format("{} statements, only {}", permit.statements.size(), k_most_statements));
    }
    std::size_t statement_bytes = 0;
    std::string text(k_first_line);
    for (const std::string_view one : permit.statements) {
        statement_bytes += one.size();
        if (one.empty() || one.size() > statement::k_longest_signed ||
            statement_bytes > k_most_statement_bytes) {
            return too_large(fmt::format(
                "a statement of {} bytes ({} in all): each is 1 to {}, all "
                "together at most {}",
                one.size(), statement_bytes, statement::k_longest_signed, k_most_statement_bytes));
        }
        fmt::format_to(std::back_inserter(text), "{}{}\n{}", k_statement, one.size(), one);
    }
    TRY(render_extract(permit.extract, text));
    std::size_t file_bytes = 0;
    for (const auto& file : permit.files) {
        if (file.content.size() > k_most_file_bytes - file_bytes) {
            return too_large(fmt::format("more than {} bytes of files", k_most_file_bytes));
        }
        file_bytes += file.content.size();
        fmt::format_to(std::back_inserter(text), "{}{} {}\n{}", k_file, file.content.size(),
                       base::to_text(file.digest), base::as_text(file.content));
    }
    return text;
}

}  // namespace cheget::permit
