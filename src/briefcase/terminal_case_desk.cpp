// From what a case knows to what its terminal shows, and from a draft to a filed vote.
#include "briefcase/terminal_case_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "briefcase/terminal_outlook.h"
#include "briefcase/terminal_screen.h"
#include "permit/describe.h"
#include "policy/explain_rule.h"

namespace cheget::briefcase {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;
using permit::Intent;
using policy::Answer;
using policy::Reason;
using statement::Verdict;

constexpr base::Span k_old{86'400};

std::string age_of(base::Time then, base::Time now) {
    return base::to_words(base::Span{std::max<std::int64_t>(0, now.seconds - then.seconds)});
}

/// `in 3 hours`, `4 minutes ago`: the larger unit alone.
std::string roughly(std::int64_t seconds) {
    std::string words = base::to_words(base::Span{seconds < 0 ? -seconds : seconds});
    const std::size_t unit = words.find(' ');
    const std::size_t second_unit = words.find(' ', unit + 1);
    std::string amount = words.substr(0, unit);
    words = words.substr(unit + 1,
                         second_unit == std::string::npos ? second_unit : second_unit - unit - 1);
    const std::string_view shorter = words.starts_with("mi")  ? "min"
                                     : words.starts_with('h') ? "h"
                                     : words.starts_with('d') ? "days"
                                     : words.starts_with('s') ? "s"
                                                              : std::string_view(words);
    return fmt::format("{} {}", amount, shorter);
}

std::string_view past_of(Verdict verdict) {
    constexpr std::array<std::string_view, 5> k_past{"approved", "consented", "vetoed", "withdrew",
                                                     "saw it"};
    return k_past[static_cast<std::size_t>(verdict)];
}

std::string_view state_of(const permit::Judgement& judgement) {
    if (!judgement.traces.empty()) {
        return "claimed";
    }
    if (!judgement.bound) {
        return "does not fit";
    }
    switch (judgement.decision.answer) {
        case Answer::permit:
            return "may run";
        case Answer::wait:
            return "waits";
        case Answer::deny:
            break;
    }
    switch (judgement.decision.reason) {
        case Reason::vetoed:
            return "vetoed";
        case Reason::withdrawn:
            return "withdrawn";
        case Reason::expired:
            return "expired";
        default:
            return "can't run";
    }
}

std::string rule_of(const statement::Order& order) {
    return (order.drill ? "drill " : "") + std::string(order.rule.emergency ? "EMERGENCY " : "") +
           order.rule.action;
}

std::string target_of(const statement::Order& order) {
    const auto* target = std::get_if<std::string>(&order.target);
    return target != nullptr
               ? *target
               : fmt::format("{} targets", std::get<statement::Targets>(order.target).count);
}

void add_trust_alarms(const Case& folder, const Knowledge& knowledge, Heading& heading) {
    const policy::Policy& policy = knowledge.domain().policy->policy;
    const auto key = signature::PublicKey::from_text(folder.seal().key);
    const auto place = key ? policy.find_key(key->blob()) : std::nullopt;
    if (!key || !place || policy.principals[place->principal].name != folder.seal().principal) {
        heading.alarms.emplace_back(
            "the policy does not know this briefcase's key: nothing that it signs counts");
    } else if (knowledge.domain().is_revoked(*key)) {
        heading.alarms.emplace_back(
            "this briefcase's key is REVOKED: of what it signs only a no counts, if that");
    }
}

}  // namespace

Heading heading_of(const Case& folder, const Knowledge& knowledge, const std::string& tries,
                   base::Time now) {
    const permit::DomainState& state = knowledge.domain();
    Heading heading;
    heading.principal = folder.seal().principal;
    heading.domain = state.domain.name;
    heading.domain_id = state.domain.first_policy;
    heading.policy = state.policy->policy.header.version;
    heading.alarms = knowledge.alarms();
    heading.set_aside = knowledge.set_aside().size();
    heading.tries = tries;
    add_trust_alarms(folder, knowledge, heading);
    const auto& as_of = knowledge.as_of();
    if (!state.policy->policy.has_log) {
        heading.knowledge = "no log in this domain: nothing proves how old this is";
        heading.is_old = true;
    } else if (!as_of) {
        heading.knowledge = "no checkpoint: nothing proves how old this is";
        heading.is_old = true;
    } else {
        heading.knowledge =
            fmt::format("{} log entries, witnessed {}, {} ago", as_of->size,
                        base::to_text(as_of->witnessed), age_of(as_of->witnessed, now));
        heading.is_old = now.seconds - as_of->witnessed.seconds > k_old.seconds;
        if (now < as_of->witnessed) {
            heading.alarms.emplace_back(
                "this machine's clock is behind the newest checkpoint: it is wrong");
        }
    }
    return heading;
}

Result<std::unique_ptr<CaseDesk>> CaseDesk::make(const Case& folder, const Knowledge& knowledge,
                                                 OpenKey key, Journal journal, std::string tries) {
    std::unique_ptr<CaseDesk> desk(
        new CaseDesk(folder, knowledge, std::move(key), std::move(journal), std::move(tries)));
    TRY(desk->read_outbox());
    TRY(desk->find_proposals());
    return desk;
}

Result<void> CaseDesk::read_outbox() {
    for (const Case::Outgoing& one : TRY(folder_.outbox())) {
        const auto parts = statement::split_signed(one.signed_text);
        const auto kind = parts ? statement::kind_of(parts->text) : std::unexpected(parts.error());
        if (!kind || *kind != statement::Kind::vote) {
            continue;
        }
        const auto vote = statement::parse_vote(parts->text);
        // Bearers could have put it there: it is this person's word if the signature says so.
        if (vote && vote->by == folder_.seal().principal && vote->domain == policy().domain() &&
            permit::verify_signer(policy(), vote->by, statement::Kind::vote, *parts)) {
            const auto* order = std::get_if<statement::OnOrder>(&vote->on);
            put_out_[order != nullptr ? order->id : std::get<1>(vote->on).id].insert(vote->verdict);
        }
    }
    return {};
}

bool CaseDesk::has_put_out(const Digest& subject, Verdict verdict) const {
    const auto found = put_out_.find(subject);
    return found != put_out_.end() && found->second.contains(verdict);
}

Heading CaseDesk::heading(base::Time now) const {
    return heading_of(folder_, knowledge_, tries_, now);
}

InboxLine CaseDesk::line_of(const permit::Judgement& judgement, base::Time now) const {
    InboxLine line;
    line.id = judgement.order_id;
    line.rule = rule_of(judgement.order);
    line.target = target_of(judgement.order);
    line.proposer = judgement.order.proposer;
    const std::int64_t left = judgement.order.expires.seconds - now.seconds;
    line.expires = left > 0 ? "in " + roughly(left) : roughly(left) + " ago";
    line.state = state_of(judgement);
    line.is_ended = !judgement.traces.empty() || !judgement.bound ||
                    judgement.decision.answer == Answer::deny || left <= 0;
    std::set<Verdict> said;
    for (const permit::CountedVote& vote : judgement.votes) {
        if (person() == vote.voice.by) {
            said.insert(vote.voice.verdict);
        }
    }
    for (const Verdict verdict : said) {
        line.state += fmt::format("; you {}", past_of(verdict));
    }
    if (const auto found = put_out_.find(line.id); found != put_out_.end()) {
        for (const Verdict verdict : found->second) {
            if (!said.contains(verdict)) {
                line.state += fmt::format("; you {} (outbox)", past_of(verdict));
            }
        }
    }
    if (!line.is_ended && said.empty() && !put_out_.contains(line.id) && person()) {
        for (const Verdict verdict : {Verdict::approve, Verdict::consent, Verdict::seen}) {
            Intent intent{
                .verdict = verdict, .name = folder_.seal().principal, .person = *person()};
            line.is_for_me =
                line.is_for_me || (judgement.decision.answer == Answer::wait &&
                                   permit::check_standing(*judgement.bound, intent).has_value());
        }
    }
    return line;
}

std::vector<InboxLine> CaseDesk::inbox(base::Time now) const {
    std::vector<InboxLine> lines = proposed_lines();
    for (const Digest& id : knowledge_.orders()) {
        auto judgement = knowledge_.judge(id, now);
        if (judgement) {
            lines.push_back(line_of(*judgement, now));
        } else {
            InboxLine& line = lines.emplace_back();
            line.id = id;
            line.rule = "?";
            line.state = judgement.error().message;
            line.is_ended = true;
        }
    }
    std::stable_partition(lines.begin(), lines.end(),
                          [](const InboxLine& line) { return !line.is_ended; });
    return lines;
}

std::vector<ShownFile> CaseDesk::files_of(const statement::Order& order) const {
    std::vector<ShownFile> files;
    const auto add = [&](std::string name, const Digest& digest, std::uint64_t bytes) {
        ShownFile file{std::move(name), digest, bytes, std::nullopt};
        const CarriedFile* carried = knowledge_.find_file(digest);
        if (carried != nullptr && carried->content.size() == bytes) {
            file.content = carried->content;
        }
        files.push_back(std::move(file));
    };
    for (const statement::FileReference& file : order.files) {
        add(file.path, file.digest, file.bytes);
    }
    if (order.standard_input) {
        add("stdin", order.standard_input->digest, order.standard_input->bytes);
    }
    if (const auto* sign = std::get_if<statement::Sign>(&order.deed)) {
        add("what is signed", sign->digest, sign->bytes);
    }
    return files;
}

Choice CaseDesk::choice_of(const permit::Judgement& judgement, Intent intent,
                           const std::string& stands_for, bool lacks_files, base::Time now) const {
    Choice choice;
    choice.verdict = intent.verdict;
    choice.stands_for = stands_for;
    const auto refuse = [&](base::Error error) {
        choice.why_not = std::move(error);
        return choice;
    };
    if (auto may = permit::check_standing(*judgement.bound, intent); !may) {
        return refuse(std::move(may).error());
    }
    if (auto may = permit::check_moment(judgement, intent); !may) {
        return refuse(std::move(may).error());
    }
    if (has_put_out(judgement.order_id, intent.verdict) && stands_for.empty()) {
        return refuse({ErrorKind::usage, "you have done so already: it waits in the outbox"});
    }
    if (!choice.stops() && !knowledge_.reaches_seal()) {
        return refuse({ErrorKind::denied,
                       "what is known here ends before the policy under which the case was sealed: "
                       "it was put back or never loaded, and nothing but a no can be signed"});
    }
    if (lacks_files && intent.verdict == Verdict::approve) {
        return refuse({ErrorKind::denied,
                       "a file that it names is not here, and nobody should sign a digest that "
                       "they can't open"});
    }
    std::optional<Digest> after;
    if (auto may = choose_after(judgement, intent, after, now); !may) {
        return refuse(std::move(may).error());
    }
    choice.effect = effect_of(judgement, intent, now);
    return choice;
}

Result<Subject> CaseDesk::open(const Digest& id, base::Time now) const {
    if (std::find(proposals_.begin(), proposals_.end(), id) != proposals_.end()) {
        return open_proposed(id);
    }
    const permit::Judgement judgement = TRY(knowledge_.judge(id, now));
    Subject subject;
    subject.id = judgement.order_id;
    subject.text = judgement.order_text;
    subject.headline = fmt::format("{} on {}, by {}", rule_of(judgement.order),
                                   target_of(judgement.order), judgement.order.proposer);
    subject.files = files_of(judgement.order);
    subject.decision = permit::describe_standing(judgement) + permit::describe_grounds(judgement);
    const auto me = person();
    if (!judgement.bound || !me) {
        subject.rule = judgement.bound ? policy::explain_rule(*judgement.bound)
                                       : "It fits no rule of the policy in force.";
        return subject;
    }
    const policy::BoundOrder& order = *judgement.bound;
    subject.by_digest = order.action().by_digest;
    subject.outlook = outlook_of(judgement, *me, now);
    subject.rule = policy::explain_rule(order);
    const bool lacks_files =
        !subject.by_digest && std::any_of(subject.files.begin(), subject.files.end(),
                                          [](const ShownFile& file) { return !file.content; });
    const std::string& name = folder_.seal().principal;
    for (const Verdict verdict :
         {Verdict::approve, Verdict::consent, Verdict::seen, Verdict::veto, Verdict::withdraw}) {
        subject.choices.push_back(choice_of(
            judgement, {.verdict = verdict, .name = name, .person = *me}, "", lacks_files, now));
    }
    for (const policy::Deputy& deputy : order.action().deputies) {
        if (deputy.deputy == *me) {
            subject.choices.push_back(choice_of(judgement,
                                                {.verdict = Verdict::approve,
                                                 .name = name,
                                                 .person = *me,
                                                 .stands_for = deputy.stands_for},
                                                order.policy().principals[deputy.stands_for].name,
                                                lacks_files, now));
        }
    }
    return subject;
}

std::string CaseDesk::details(base::Time now) const {
    const Heading told = heading(now);
    const Seal& seal = folder_.seal();
    const permit::DomainState& state = knowledge_.domain();
    std::string text = fmt::format(
        "Briefcase of {}, made {}, key {}\nDomain {}\n  {}\nPolicy {} in force\n  {}\n{}\n\n",
        seal.principal, base::to_text(seal.made), folder_.fingerprint(), state.domain.name,
        base::to_text(state.domain.first_policy), state.policy->policy.header.version,
        base::to_text(state.policy->policy.id), told.tries);
    for (const std::string& alarm : told.alarms) {
        text += fmt::format("ALARM: {}\n", alarm);
    }
    text += fmt::format("Knows: {}\n", told.knowledge);
    if (const auto& as_of = knowledge_.as_of()) {
        text += "The newest checkpoint, as its log and its witnesses signed it:\n";
        std::string_view rest = as_of->checkpoint;
        while (!rest.empty()) {
            text += fmt::format("    {}\n", ascii(base::take_until(rest, '\n')));
        }
    }
    for (const permit::RevokedKey& key : state.revoked) {
        text += fmt::format("Revoked: {}'s key {}\n", key.of, key.fingerprint);
    }
    text += knowledge_.set_aside().empty() ? "\nNothing was set aside.\n"
                                           : "\nSet aside, so it counts for nothing:\n";
    for (const permit::Ignored& one : knowledge_.set_aside()) {
        text += fmt::format("  {}: {}\n", ascii(one.what), ascii(one.why));
    }
    return text;
}

}  // namespace cheget::briefcase
