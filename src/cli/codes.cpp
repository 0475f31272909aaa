// Codes on the terminal, as pictures, on paper.
#include "cli/codes.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "briefcase/compact_vote.h"
#include "briefcase/paper.h"
#include "briefcase/parts.h"
#include "briefcase/picture.h"
#include "cli/domain.h"
#include "statement/words.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::Bytes;
using base::ErrorKind;
using base::fail;
using base::Result;
using briefcase::Correction;

/// One code, with what stands beside it.
struct OneCode {
    Bytes payload;
    std::string file;  ///< without its ending
    std::vector<std::string> caption;
};

std::string day_of(base::Time time) {
    return base::to_text(time).substr(0, 10);
}

std::string quick_words(const base::Digest& digest) {
    const auto words = statement::words_of(digest);
    std::string text;
    for (std::size_t i = 0; i < statement::k_words_for_a_quick_look; ++i) {
        text += (i == 0 ? "" : " ") + std::string(words[i]);
    }
    return text;
}

/// In codes of at most `most` bytes each.
Result<std::vector<OneCode>> codes_of(const Outgoing& one, const std::string& domain,
                                      std::size_t most) {
    const base::Digest digest = base::sha256(one.payload);
    const std::string about = fmt::format("{}  {}", domain, day_of(now()));
    const std::string words = quick_words(digest);
    if (one.payload.size() <= most && briefcase::kind_of_payload(one.payload)) {
        return std::vector<OneCode>{{one.payload, one.name, {one.title, about, words}}};
    }
    const auto parts = TRY(briefcase::cut(base::as_text(one.payload), most));
    std::vector<OneCode> codes;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        codes.push_back(
            {parts[i],
             fmt::format("{}-{:04}-of-{:04}", one.name, i + 1, parts.size()),
             {fmt::format("{}: part {} of {}", one.title, i + 1, parts.size()), about, words}});
    }
    return codes;
}

Result<std::vector<OneCode>> codes_of_all(const std::vector<Outgoing>& all,
                                          const std::string& domain, std::size_t most) {
    std::vector<OneCode> codes;
    for (const Outgoing& one : all) {
        for (OneCode& code : TRY(codes_of(one, domain, most))) {
            codes.push_back(std::move(code));
        }
    }
    return codes;
}

/// How many modules a side the terminal has room for, with the quiet zone and a line of text.
unsigned modules_on_screen(bool ascii) {
    constexpr unsigned k_otherwise = 117;  // a pipe, say: version 25
    winsize window{};
    if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 ||
        window.ws_row < 2 || window.ws_col == 0) {
        return k_otherwise;
    }
    const unsigned rows = ascii ? window.ws_row - 1U : (window.ws_row - 1U) * 2;
    const unsigned columns = ascii ? window.ws_col / 2U : window.ws_col;
    const unsigned room = std::min(rows, columns);
    return room > 2 * briefcase::k_quiet_on_terminal ? room - 2 * briefcase::k_quiet_on_terminal
                                                     : 0;
}

Result<void> show(Session& session, const CodePlace& place, const std::string& domain,
                  const std::vector<Outgoing>& all) {
    const std::size_t most =
        briefcase::bytes_that_fit(modules_on_screen(place.ascii), Correction::low);
    if (most <= briefcase::k_part_header) {
        return fail(ErrorKind::usage,
                    "showing codes: the terminal is too small for one; make it larger (24 lines "
                    "do), or write pictures with --png FOLDER");
    }
    for (const Outgoing& one : all) {
        for (const std::string& line : one.summary) {
            session.say("{}\n", base::shown(line));
        }
    }
    const auto codes = TRY(codes_of_all(all, domain, most));
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const auto code = TRY(briefcase::make_code(codes[i].payload, Correction::low));
        session.write_people(place.ascii ? briefcase::in_ascii(code)
                                         : briefcase::in_half_blocks(code));
        const bool waits =
            i + 1 < codes.size() && session.can_ask() && ::isatty(STDOUT_FILENO) != 0;
        session.say("{}{}", base::shown(codes[i].caption.front()),
                    waits ? "; Enter shows the next " : "\n");
        if (waits) {
            TRY(read_line());
        }
    }
    return {};
}

Result<void> write_pictures(Session& session, const CodePlace& place, const std::string& domain,
                            const std::vector<Outgoing>& all) {
    constexpr std::size_t k_most = 1171;  // version 24, level L: a telephone reads it off a screen
    constexpr unsigned k_pixels = 6;
    TRY(store::make_folder_durably(std::filesystem::absolute(place.png)));
    for (const OneCode& one : TRY(codes_of_all(all, domain, k_most))) {
        const auto code = TRY(briefcase::make_code(one.payload, Correction::low));
        const std::string png = TRY(briefcase::to_png(briefcase::paint(code, k_pixels)));
        const auto path = std::filesystem::path(place.png) / (one.file + ".png");
        TRY(store::write_file_durably(std::filesystem::absolute(path), png));
        session.say("{} {}\n", session.good("Written:"), base::shown(path.string()));
    }
    return {};
}

Result<void> print(Session& session, const CodePlace& place, const std::string& domain,
                   const std::vector<Outgoing>& all) {
    briefcase::Paper paper;
    paper.title = all.size() == 1 ? all.front().title : fmt::format("{} statements", all.size());
    paper.foot = fmt::format("{}  {}", domain, day_of(now()));
    for (const Outgoing& one : all) {
        for (const std::string& line : one.summary) {
            paper.text.push_back(base::shown(line));
        }
        paper.text.push_back(fmt::format("words: {}", quick_words(base::sha256(one.payload))));
        paper.text.emplace_back();
    }
    for (OneCode& one : TRY(codes_of_all(all, domain, briefcase::k_most_bytes_on_paper))) {
        paper.codes.push_back({std::move(one.payload), std::move(one.caption)});
    }
    const std::string pdf = TRY(briefcase::print_pdf(paper));
    TRY(store::write_file_durably(std::filesystem::absolute(place.pdf), pdf));
    session.say("{} {} ({} codes)\n", session.good("Written:"), base::shown(place.pdf),
                paper.codes.size());
    return {};
}

struct Summary {
    using Lines = std::vector<std::string>;

    static std::string about(const statement::Order& order) {
        const auto* target = std::get_if<std::string>(&order.target);
        return fmt::format("{}{}{} on {}, proposed by {}: {}", order.drill ? "drill of " : "",
                           order.rule.emergency ? "emergency " : "", order.rule.action,
                           target != nullptr ? *target : "many targets", order.proposer,
                           base::to_canonical(order.reason));
    }
    Lines operator()(const statement::Vote& vote) const {
        Lines lines;
        if (const auto* order = std::get_if<statement::OnOrder>(&vote.on)) {
            lines.push_back(fmt::format("{} by {}, on the order {}",
                                        statement::name_of(vote.verdict), vote.by,
                                        short_id(order->id)));
            if (const auto said = statement::parse_order(vote.subject_text)) {
                lines.push_back("  " + about(*said));
            }
        } else {
            lines.push_back(fmt::format("{} by {}, on policy {}", statement::name_of(vote.verdict),
                                        vote.by,
                                        std::get<statement::PolicyReference>(vote.on).version));
        }
        if (vote.stands_for) {
            lines.push_back(fmt::format("  for {}", *vote.stands_for));
        }
        lines.push_back(fmt::format("  voted {}", base::to_text(vote.voted)));
        if (vote.note) {
            lines.push_back("  note " + base::to_canonical(*vote.note));
        }
        return lines;
    }
    Lines operator()(const statement::Custody& custody) const {
        std::string line =
            fmt::format("custody: {} by {}", statement::name_of(custody.event), custody.by);
        if (custody.from) {
            line += " from " + *custody.from;
        }
        if (custody.to) {
            line += " to " + *custody.to;
        }
        return {line + fmt::format(", at {}", base::to_text(custody.at))};
    }
    Lines operator()(const statement::Order& order) const { return {about(order)}; }
    Lines operator()(const statement::Revocation& revocation) const {
        return {fmt::format("revocation by {} of {}'s key {}", revocation.by, revocation.of,
                            revocation.key)};
    }
    Lines operator()(const statement::Fact& fact) const {
        return {fmt::format("fact {} is {}, says {}", fact.fact, fact.value, fact.by)};
    }
    Lines operator()(const auto&) const { return {}; }
};

}  // namespace

std::vector<std::string> summary_of(std::string_view signed_text) {
    const auto parts = statement::split_signed(signed_text);
    const auto parsed = parts ? statement::parse(parts->text)
                              : Result<statement::Statement>(std::unexpected(parts.error()));
    if (!parsed) {
        return {"what can't be read: " + parsed.error().message};
    }
    auto lines = std::visit(Summary(), *parsed);
    if (lines.empty()) {
        lines.push_back(fmt::format("a {}", statement::name_of(*statement::kind_of(parts->text))));
    }
    return lines;
}

Result<Outgoing> outgoing_of(std::string_view signed_text) {
    const auto parts = TRY(statement::split_signed(signed_text));
    const auto kind = TRY(statement::kind_of(parts.text));
    Outgoing one;
    one.name =
        fmt::format("{}-{}", statement::name_of(kind), short_id(statement::id_of(parts.text)));
    one.summary = summary_of(signed_text);
    one.title = one.summary.front();
    one.payload = TRY(briefcase::carry(signed_text));
    return one;
}

void add_code_place(CLI::App* command, CodePlace& place) {
    auto* qr = command->add_flag("--qr", place.qr, "Show QR codes on this terminal");
    command->add_flag("--ascii", place.ascii, "In plain ASCII, for a terminal without UTF-8")
        ->needs(qr);
    auto* pdf = command->add_option("--pdf", place.pdf, "Print QR codes on paper: a PDF file")
                    ->type_name("FILE");
    auto* png = command->add_option("--png", place.png, "Write QR codes as pictures into a folder")
                    ->type_name("FOLDER");
    qr->excludes(pdf)->excludes(png);
    pdf->excludes(png);
}

Result<void> put_out_as_codes(Session& session, const CodePlace& place, const std::string& domain,
                              const std::vector<Outgoing>& all) {
    if (all.empty()) {
        return fail(ErrorKind::usage, "there is nothing to put out");
    }
    if (!place.pdf.empty()) {
        return print(session, place, domain, all);
    }
    return place.png.empty() ? show(session, place, domain, all)
                             : write_pictures(session, place, domain, all);
}

}  // namespace cheget::cli
