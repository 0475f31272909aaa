// Comparing a case with what was signed of it.
#include "briefcase/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace cheget::briefcase {

namespace {

using base::Digest;
using base::Result;
using permit::CustodyFault;
using permit::CustodyLink;
using statement::CustodyEvent;

std::string words_of(const CustodyLink& link) {
    return fmt::format("`{}` by {} at {}", statement::name_of(link.said.event), link.said.by,
                       base::to_text(link.said.at));
}

class Inspector {
  public:
    Inspector(const Case& folder, const Knowledge& knowledge, const Evidence& evidence)
        : folder_(folder), knowledge_(knowledge), evidence_(evidence) {}

    Result<Inspection> run() {
        TRY(read_journal());
        TRY(look_at_files());
        TRY(compare_loads());
        look_at_chain();
        find_beginning();
        TRY(look_at_offers());
        look_at_steps();
        TRY(compare_kept());
        compare_elsewhere();
        look_at_tpm();
        for (const Finding& finding : found_.findings) {
            found_.verdict = std::max(found_.verdict, finding.verdict);
        }
        return std::move(found_);
    }

  private:
    void find(Verdict verdict, std::string words) {
        found_.findings.push_back({verdict, std::move(words)});
    }

    Result<void> read_journal() {
        journal_ = TRY(folder_.journal_files());
        std::vector<std::string_view> texts;
        for (const Case::File& file : journal_.files) {
            const auto parts = statement::split_signed(file.content);
            const auto said =
                parts ? statement::parse_custody(parts->text) : std::unexpected(parts.error());
            if (!said || said->briefcase != folder_.fingerprint()) {
                find(Verdict::altered,
                     fmt::format("journal/{} is no statement on this briefcase", file.name));
                continue;
            }
            texts.push_back(file.content);
        }
        found_.record = read_chain(knowledge_, folder_.fingerprint(), texts);
        for (const CustodyLink& link : found_.record.links) {
            ids_.insert(link.id);
        }
        return {};
    }

    Result<void> look_at_files() {
        for (const permit::Ignored& odd : TRY(folder_.oddities())) {
            find(Verdict::altered, fmt::format("{}: {}", odd.what, odd.why));
        }
        for (const Case::Outgoing& one : TRY(folder_.outbox())) {
            const auto parts = statement::split_signed(one.signed_text);
            const bool is_named =
                parts && !parts->signatures.empty() &&
                one.name.find(base::to_hex(statement::id_of(parts->text))) != std::string::npos;
            if (!is_named) {
                find(Verdict::altered,
                     fmt::format("outbox/{} is not the signed statement that its name says",
                                 one.name));
            }
        }
        for (const permit::Ignored& one : knowledge_.set_aside()) {
            const bool is_load = one.what.starts_with("inbox/");
            const bool is_told =
                std::any_of(found_.findings.begin(), found_.findings.end(),
                            [&](const Finding& told) { return told.words.starts_with(one.what); });
            if (is_load && !is_told) {
                find(Verdict::altered, fmt::format("{}: {}", one.what, one.why));
            }
        }
        for (const std::string& fork : knowledge_.forks()) {
            find(Verdict::altered, "ALARM: " + fork);
        }
        const auto& links = found_.record.links;
        const bool was_loaded = std::any_of(
            links.begin(), links.end(),
            [](const CustodyLink& link) { return link.said.event == CustodyEvent::loaded; });
        if (!knowledge_.reaches_seal() && was_loaded) {
            find(Verdict::copied, knowledge_.alarms().back());
        }
        const auto& known = evidence_.known_first_policy;
        if (known && *known != folder_.seal().domain.first_policy) {
            find(
                Verdict::altered,
                fmt::format("its seal is for another domain of the name {} than the one known here",
                            folder_.seal().domain.name));
        }
        return {};
    }

    /// Every load was signed for by whoever put it in, by its digest in the note; none is missing.
    Result<void> compare_loads() {
        std::map<Digest, std::string> there;
        for (const Case::File& load : TRY(folder_.loads()).files) {
            there.emplace(base::sha256(load.content), load.name);
        }
        std::set<Digest> signed_for;
        for (const CustodyLink& link : found_.record.links) {
            std::string_view rest = link.said.note ? std::string_view(*link.said.note) : "";
            while (link.said.event == CustodyEvent::loaded && !rest.empty()) {
                const auto digest = base::parse_digest(base::take_until(rest, ' '));
                if (digest && signed_for.insert(*digest).second && !there.contains(*digest)) {
                    find(Verdict::altered, fmt::format("{} was loaded by {} at {}, and is gone",
                                                       base::to_text(*digest), link.said.by,
                                                       base::to_text(link.said.at)));
                }
            }
        }
        for (const auto& [digest, name] : there) {
            if (!signed_for.contains(digest)) {
                find(Verdict::altered,
                     fmt::format("inbox/{}: nobody signed that they loaded it", name));
            }
        }
        return {};
    }

    static Verdict verdict_of(CustodyFault fault) {
        switch (fault) {
            case CustodyFault::fork:
            case CustodyFault::counter_back:
                return Verdict::copied;
            case CustodyFault::lost:
                return Verdict::lost;
            default:
                return Verdict::altered;
        }
    }

    void look_at_chain() {
        const permit::CustodyRecord& record = found_.record;
        for (const permit::Ignored& one : record.ignored) {
            find(Verdict::altered, fmt::format("journal: {}: {}", one.what, one.why));
        }
        if (record.fault != CustodyFault::none) {
            find(verdict_of(record.fault),
                 fmt::format("journal: {}: {}", name_of(record.fault), record.fault_words));
        }
        if (!record.links.empty() && record.links.front().said.seal != folder_.seal_digest()) {
            find(Verdict::altered, fmt::format("its seal is {}, and it was made with {}",
                                               base::to_text(folder_.seal_digest()),
                                               base::to_text(record.links.front().said.seal)));
        }
    }

    /// What happened since it came into the hands of who has it.
    void find_beginning() {
        const auto& links = found_.record.links;
        for (std::size_t i = 0; i < links.size(); ++i) {
            const CustodyEvent event = links[i].said.event;
            if (event == CustodyEvent::created || event == CustodyEvent::handover ||
                event == CustodyEvent::returned) {
                found_.since = i;
            }
        }
        std::size_t openings = 0;
        std::size_t votes = 0;
        const CustodyLink* first = nullptr;
        for (std::size_t i = found_.since.value_or(0); i < links.size(); ++i) {
            if (links[i].said.event == CustodyEvent::opened) {
                first = first == nullptr ? &links[i] : first;
                ++(links[i].said.nonce ? votes : openings);
            }
        }
        if (first != nullptr) {
            find(Verdict::opened,
                 fmt::format("opened {} times and used for {} votes since it was handed over, "
                             "first at {}",
                             openings, votes, base::to_text(first->said.at)));
        }
        const auto tries_at = [&](std::size_t index) { return links[index].said.tries; };
        if (found_.since && tries_at(*found_.since) && tries_at(links.size() - 1) &&
            *tries_at(links.size() - 1) < *tries_at(*found_.since)) {
            find(Verdict::opened,
                 fmt::format("{} tries were used since it was handed over",
                             *tries_at(*found_.since) - *tries_at(links.size() - 1)));
        }
    }

    /// Signed by who has it, and begun at the journal's end.
    Result<void> look_at_offers() {
        const auto& links = found_.record.links;
        offers_ = TRY(read_offers(folder_, knowledge_, found_.record, evidence_.offered));
        for (const permit::Ignored& one : offers_.odd) {
            find(Verdict::altered, fmt::format("{}: {}", one.what, one.why));
        }
        const auto accepting = evidence_.offered ? statement::split_signed(*evidence_.offered)
                                                 : base::bad_input("none");
        for (const Offer& one : offers_.held) {
            if (one.previous != links.back().id) {
                continue;  // the journal went on, with it or without
            }
            found_.offers.push_back(one);
            if (!accepting || statement::id_of(accepting->text) != one.id) {
                find(Verdict::offered,
                     fmt::format("a handover from {} to {} was begun at {}, and nobody accepted it",
                                 *one.said.from, *one.said.to, base::to_text(one.said.at)));
            }
        }
        return {};
    }

    /// Each statement counts up once: whoever puts an earlier state back and then signs anew leaves
    /// out the steps of what came between.
    void look_at_steps() {
        const auto& links = found_.record.links;
        const CustodyLink* before = nullptr;
        std::uint64_t untold = 0;
        for (std::size_t i = 0; i < links.size(); ++i) {
            if (!links[i].quote) {
                continue;
            }
            const std::uint64_t counter = links[i].quote->counter;
            if (before != nullptr && i >= found_.since.value_or(0)) {
                const std::uint64_t last = before->quote->counter;
                untold +=
                    counter - last - 1 - offers_.steps(*links[i].said.previous, last, counter);
            }
            before = &links[i];
        }
        if (untold > 0) {
            find(Verdict::opened,
                 fmt::format(
                     "its TPM counted {} times for what its journal does not tell: something "
                     "was begun and given up, or an earlier state of it was put back and "
                     "gone on from",
                     untold));
        }
    }

    Result<void> compare_kept() {
        if (!evidence_.kept) {
            return {};
        }
        const auto parts = TRY(statement::split_signed(*evidence_.kept));
        const auto said = TRY(statement::parse_custody(parts.text));
        if (said.briefcase != folder_.fingerprint()) {
            return base::fail(base::ErrorKind::usage,
                              fmt::format("comparing with the statement that was kept: it is on "
                                          "another briefcase, {}",
                                          said.briefcase));
        }
        if (!ids_.contains(statement::id_of(parts.text))) {
            find(Verdict::copied,
                 fmt::format("the statement that you kept, `{}` at {}, is not in its journal: an "
                             "earlier state of it was put back, or this is another one",
                             statement::name_of(said.event), base::to_text(said.at)));
        }
        return {};
    }

    void compare_elsewhere() {
        std::vector<std::string_view> all;
        for (const Case::File& file : journal_.files) {
            all.push_back(file.content);
        }
        all.insert(all.end(), evidence_.elsewhere.begin(), evidence_.elsewhere.end());
        const permit::CustodyRecord together = read_chain(knowledge_, folder_.fingerprint(), all);
        const auto missing =
            std::count_if(together.links.begin(), together.links.end(),
                          [&](const CustodyLink& link) { return !ids_.contains(link.id); });
        if (missing > 0) {
            const auto& last = together.links.back();
            find(last.said.event == CustodyEvent::lost ? Verdict::lost : Verdict::copied,
                 fmt::format("{} statements on it were logged or filed that its journal lacks, the "
                             "last of them {}",
                             missing, words_of(last)));
        }
        if (together.fault != found_.record.fault && together.fault != CustodyFault::none) {
            find(verdict_of(together.fault),
                 fmt::format("with what was logged or filed: {}: {}", name_of(together.fault),
                             together.fault_words));
        }
    }

    void look_at_tpm() {
        if (!evidence_.tries) {
            return;
        }
        const auto& links = found_.record.links;
        const auto last = std::find_if(links.rbegin(), links.rend(), [](const CustodyLink& link) {
            return link.said.counter.has_value();
        });
        if (last == links.rend()) {
            find(Verdict::altered, "its seal has a TPM, and nothing in its journal a word of it");
            return;
        }
        const Tries& now = *evidence_.tries;
        // One step for each handover that was begun since, and none besides.
        std::uint64_t told = *last->said.counter;
        while (told < now.counter && offers_.steps(links.back().id, told, told + 2) == 1) {
            ++told;
        }
        if (now.counter != told) {
            find(Verdict::copied,
                 fmt::format("its TPM's counter stands at {}, and the journal's last word is {}{}: "
                             "an earlier state of the folder was put back, or it is another TPM",
                             now.counter, *last->said.counter,
                             told == *last->said.counter
                                 ? ""
                                 : fmt::format(", of handovers that were begun {}", told)));
        }
        if (last->said.tries && now.left() < *last->said.tries) {
            find(Verdict::opened, fmt::format("{} tries were used since {}",
                                              *last->said.tries - now.left(), words_of(*last)));
        }
    }

    const Case& folder_;
    const Knowledge& knowledge_;
    const Evidence& evidence_;
    Case::Files journal_;
    std::set<Digest> ids_;  // of the journal's chain
    Offers offers_;
    Inspection found_;
};

}  // namespace

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::intact:
            return "intact";
        case Verdict::offered:
            return "handover begun";
        case Verdict::opened:
            return "opened";
        case Verdict::lost:
            return "lost";
        case Verdict::altered:
            return "altered";
        case Verdict::copied:
            return "copied back";
    }
    return "unknown";
}

Result<Inspection> inspect(const Case& folder, const Knowledge& knowledge,
                           const Evidence& evidence) {
    return Inspector(folder, knowledge, evidence).run();
}

}  // namespace cheget::briefcase
