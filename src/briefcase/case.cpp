// The folder of a briefcase, read warily and written durably.
#include "briefcase/case.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "permit/permit.h"
#include "statement/statement.h"
#include "store/descriptor.h"
#include "store/file.h"

namespace cheget::briefcase {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using permit::Ignored;

constexpr std::string_view k_seal = "seal";
constexpr std::string_view k_first_policy = "first.policy";
constexpr std::string_view k_inbox = "inbox";
constexpr std::string_view k_outbox = "outbox";
constexpr std::string_view k_journal = "journal";
constexpr std::string_view k_offers = "offers";
constexpr std::string_view k_permit_ending = ".permit";
constexpr std::string_view k_custody_ending = ".custody";
/// What a file system puts into a volume by itself.
constexpr std::array<std::string_view, 2> k_of_volumes{"lost+found", "System Volume Information"};
/// Names that are listed of one folder before it is called hopeless.
constexpr std::size_t k_most_names = 16'384;

std::string shown_path(const std::filesystem::path& path) {
    return base::shown(path.string());
}

Result<std::string> read_part(const store::Beneath& folder, const std::filesystem::path& root,
                              std::string_view name, std::size_t longest) {
    auto content = folder.read(name, longest);
    if (!content || !*content) {
        return fail(
            ErrorKind::corrupt_state,
            fmt::format("opening the briefcase {}: its `{}` {}; it is no briefcase, or "
                        "was damaged: `cheget briefcase create` makes one",
                        shown_path(root), name,
                        content ? "is missing" : "can't be read: " + content.error().message));
    }
    return std::move(**content);
}

/// The number of `000017.permit`; nothing for any other name.
std::optional<std::uint64_t> number_of(std::string_view name, std::string_view ending) {
    if (!name.ends_with(ending) || name.size() != 6 + ending.size()) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    for (const char digit : name.substr(0, 6)) {
        if (digit < '0' || digit > '9') {
            return std::nullopt;
        }
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return number == 0 ? std::nullopt : std::optional(number);
}

/// Whoever appends holds it: two couriers must not take one number.
class Lock {
  public:
    static Result<Lock> take(const std::filesystem::path& root) {
        store::Descriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!folder.is_open() || ::flock(folder.number(), LOCK_EX) != 0) {
            return fail(ErrorKind::unreachable,
                        fmt::format("locking the briefcase {}: {}", shown_path(root),
                                    store::system_reason()));
        }
        return Lock(std::move(folder));
    }

  private:
    explicit Lock(store::Descriptor folder) : folder_(std::move(folder)) {}
    store::Descriptor folder_;
};

void find_odd_names(const std::vector<std::string>& names, std::string_view folder,
                    const std::vector<std::string_view>& endings, std::vector<Ignored>& odd) {
    for (const std::string& name : names) {
        const bool fits = std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
            return name.size() > ending.size() && name.ends_with(ending);
        });
        if (!fits) {
            odd.push_back({fmt::format("{}/{}", folder, name), "it is no part of a briefcase"});
        }
    }
}

}  // namespace

Result<Case> Case::create(const std::filesystem::path& root, const Seal& seal,
                          std::string_view signed_first_policy) {
    TRY(store::make_folder_durably(root, 0700));
    const store::Beneath folder = TRY(store::Beneath::open(root.string()));
    for (const std::string& name : TRY(folder.list("", k_most_names))) {
        const bool is_of_volume =
            std::find(k_of_volumes.begin(), k_of_volumes.end(), name) != k_of_volumes.end();
        if (!is_of_volume) {
            return fail(ErrorKind::usage,
                        fmt::format("making a briefcase in {}: there is `{}` in it already; name "
                                    "an empty folder, or one that isn't there yet",
                                    shown_path(root), base::shown(name)));
        }
    }
    for (const std::string_view name : {k_inbox, k_outbox, k_journal}) {
        TRY(store::make_folder_durably(root / name, 0700));
    }
    TRY(folder.write(k_first_policy, signed_first_policy));
    TRY(folder.write(k_seal, render(seal)));
    return open(root);
}

Result<Case> Case::open(const std::filesystem::path& root) {
    store::Beneath folder = TRY(store::Beneath::open(root.string()));
    const std::string text = TRY(read_part(folder, root, k_seal, k_longest_seal));
    auto seal = parse_seal(text);
    if (!seal) {
        return fail(ErrorKind::corrupt_state, fmt::format("opening the briefcase {}: {}",
                                                          shown_path(root), seal.error().message));
    }
    std::string policy = TRY(read_part(folder, root, k_first_policy, statement::k_longest_signed));
    const auto key = TRY(signature::PublicKey::from_text(seal->key));
    return Case(root, std::move(folder), std::move(*seal), base::sha256(text), key.fingerprint(),
                std::move(policy));
}

Result<Case::Files> Case::read_files(std::string_view folder, std::string_view ending,
                                     std::size_t most_files, std::size_t longest,
                                     std::size_t most_bytes) const {
    Files found;
    std::size_t bytes = 0;
    for (std::string& name : TRY(folder_->list(folder, k_most_names))) {
        const std::string path = fmt::format("{}/{}", folder, name);
        if (!number_of(name, ending)) {
            found.odd.push_back({path, "it is no part of a briefcase"});
            continue;
        }
        if (found.files.size() == most_files) {
            found.odd.push_back(
                {path, fmt::format("there are more than {} before it", most_files)});
            continue;
        }
        auto content = folder_->read(path, std::min(longest, most_bytes - bytes));
        if (!content) {
            found.odd.push_back({path, content.error().message});
        } else if (*content) {
            bytes += (*content)->size();
            found.files.push_back({std::move(name), std::move(**content)});
        }
    }
    return found;
}

Result<std::string> Case::append(std::string_view folder, std::string_view ending,
                                 std::size_t most_files, std::string_view content) const {
    const Lock lock = TRY(Lock::take(root_));
    std::uint64_t last = 0;
    std::size_t count = 0;
    for (const std::string& name : TRY(folder_->list(folder, k_most_names))) {
        if (const auto number = number_of(name, ending)) {
            last = std::max(last, *number);
            ++count;
        }
    }
    if (count >= most_files || last >= 999'999) {
        return fail(ErrorKind::usage,
                    fmt::format("adding to {}/{}: it holds as many files as are read, {}; make a "
                                "new briefcase, or take old ones out once they are in the log",
                                shown_path(root_), folder, most_files));
    }
    std::string name = fmt::format("{:06}{}", last + 1, ending);
    TRY(folder_->write(fmt::format("{}/{}", folder, name), content));
    return name;
}

Result<Case::Files> Case::loads() const {
    return read_files(k_inbox, k_permit_ending, k_most_loads, k_most_load_bytes, k_most_load_bytes);
}

Result<std::string> Case::add_load(std::string_view permit) const {
    TRY(permit::parse_permit(base::as_bytes(permit)));
    std::size_t bytes = permit.size();
    for (const File& file : TRY(loads()).files) {
        bytes += file.content.size();
    }
    if (bytes > k_most_load_bytes) {
        return fail(ErrorKind::usage,
                    fmt::format("loading into {}: all loads together may have {} bytes, and with "
                                "this one they have {}",
                                shown_path(root_), k_most_load_bytes, bytes));
    }
    return append(k_inbox, k_permit_ending, k_most_loads, permit);
}

Result<Case::Files> Case::journal_files() const {
    return read_files(k_journal, k_custody_ending, k_most_links, statement::k_longest_signed,
                      k_most_links * statement::k_longest_signed);
}

Result<std::vector<std::string>> Case::journal() const {
    std::vector<std::string> texts;
    for (File& file : TRY(journal_files()).files) {
        texts.push_back(std::move(file.content));
    }
    return texts;
}

Result<void> Case::append_to_journal(std::string_view signed_custody) const {
    const auto parts = TRY(statement::split_signed(signed_custody));
    TRY(statement::parse_custody(parts.text));
    TRY(append(k_journal, k_custody_ending, k_most_links, signed_custody));
    return {};
}

Result<Case::Files> Case::offers() const {
    return read_files(k_offers, k_custody_ending, k_most_offers, statement::k_longest_signed,
                      k_most_offers * statement::k_longest_signed);
}

Result<void> Case::keep_offer(std::string_view signed_custody) const {
    const auto parts = TRY(statement::split_signed(signed_custody));
    TRY(statement::parse_custody(parts.text));
    TRY(append(k_offers, k_custody_ending, k_most_offers, signed_custody));
    return {};
}

Result<std::vector<Case::Outgoing>> Case::outbox(std::vector<Ignored>* unread) const {
    std::vector<Outgoing> outgoing;
    for (std::string& name : TRY(folder_->list(k_outbox, k_most_names))) {
        if (outgoing.size() == k_most_outgoing) {
            break;
        }
        auto content =
            folder_->read(fmt::format("{}/{}", k_outbox, name), statement::k_longest_signed);
        if (content && *content) {
            outgoing.push_back({std::move(name), std::move(**content)});
        } else if (!content && unread != nullptr) {
            unread->push_back({fmt::format("{}/{}", k_outbox, name), content.error().message});
        }
    }
    return outgoing;
}

Result<void> Case::put_out(std::string_view signed_text) const {
    const auto parts = TRY(statement::split_signed(signed_text));
    const auto kind = TRY(statement::kind_of(parts.text));
    return folder_->write(
        fmt::format("{}/{}.{}", k_outbox, base::to_hex(statement::id_of(parts.text)),
                    statement::name_of(kind)),
        signed_text);
}

Result<std::vector<Ignored>> Case::oddities() const {
    std::vector<Ignored> odd;
    constexpr std::array<std::string_view, 6> k_parts{k_seal,   k_first_policy, k_inbox,
                                                      k_outbox, k_journal,      k_offers};
    for (const std::string& name : TRY(folder_->list("", k_most_names))) {
        const auto is_among = [&](const auto& names) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        if (!is_among(k_parts) && !is_among(k_of_volumes)) {
            odd.push_back({name, "it is no part of a briefcase"});
        }
    }
    for (const auto read : {&Case::loads, &Case::journal_files, &Case::offers}) {
        const Files files = TRY((this->*read)());
        odd.insert(odd.end(), files.odd.begin(), files.odd.end());
    }
    const auto names = TRY(folder_->list(k_outbox, k_most_names));
    find_odd_names(names, k_outbox, {".vote", ".custody", ".revocation"}, odd);
    const std::vector<Outgoing> out = TRY(outbox());
    for (const std::string& name : names) {
        const bool was_read = std::any_of(out.begin(), out.end(),
                                          [&](const Outgoing& one) { return one.name == name; });
        if (!was_read) {
            odd.push_back({fmt::format("{}/{}", k_outbox, name), "it can't be read"});
        }
    }
    return odd;
}

}  // namespace cheget::briefcase
