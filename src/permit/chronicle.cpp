// What a log's entries make of its domain, one after the other.
#include "permit/chronicle.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "permit/pool.h"
#include "permit/signer.h"

namespace cheget::permit {

namespace {

using base::Result;
using statement::Kind;

/// More checkpoints show nothing that these don't.
constexpr std::size_t k_most_evidence = 16;

bool is_same(const log::Trust& one, const log::Trust& other) {
    return std::ranges::equal(one.keys(), other.keys()) && one.quorum() == other.quorum() &&
           one.has_witnesses() == other.has_witnesses();
}

/// The entries of lower index that are votes.
std::vector<Entry> votes_below(std::vector<Entry> entries, std::uint64_t index) {
    std::erase_if(entries, [&](const Entry& entry) {
        if (entry.index >= index) {
            return true;
        }
        const auto parts = statement::split_signed(entry.whole);
        const auto kind = parts ? statement::kind_of(parts->text) : std::unexpected(parts.error());
        return !kind || *kind != Kind::vote;
    });
    return entries;
}

/// By which time the entry that completed the votes was there, and how late it is since, as the
/// enactment shows by checkpoints that the witnesses of the policy in force cosigned.
Result<Enacted> read_evidence(const statement::Enactment& enactment, std::uint64_t index,
                              const log::Trust& trust) {
    if (enactment.completed >= index) {
        return base::bad_input("the vote that completed it must be an earlier entry");
    }
    if (enactment.evidence.size() > k_most_evidence) {
        return base::bad_input(fmt::format("it shows more than {} checkpoints", k_most_evidence));
    }
    std::vector<log::OpenedCheckpoint> checkpoints;
    std::optional<base::Time> low;
    for (const std::string& text : enactment.evidence) {
        auto opened = TRY(log::open_witnessed(text, trust));
        const auto at_least = log::now_low(opened, trust);
        low = std::max(low, at_least);
        checkpoints.push_back(std::move(opened));
    }
    const auto start = log::entry_start(enactment.completed, checkpoints, trust);
    if (!start || !low) {
        return base::bad_input(
            "no checkpoint in it shows when the vote that completed it was in the log");
    }
    return Enacted{enactment.policy, enactment.completed, *start, *low, {}};
}

/// Whether an entry may change the domain; of most entries nothing more has to be read.
bool is_about_rules(const std::vector<std::string>& subjects) {
    return !subjects.empty() && (subjects.front() == k_subject_of_revocations ||
                                 subjects.front().starts_with("policy "));
}

std::string why_not(const Advance& advance) {
    for (const Advance::Proposal& proposal : advance.proposals) {
        if (!proposal.refusal.empty()) {
            return proposal.refusal;
        }
        if (proposal.under_new) {
            return "its votes and the time that its evidence shows don't satisfy both policies' "
                   "rules";
        }
    }
    return "nobody of the policy in force has voted on it";
}

}  // namespace

Result<log::Trust> trust_of(const policy::Policy& policy) {
    if (!policy.log) {
        return base::bad_input(
            fmt::format("the policy of {} names no log (`log: none`)", policy.header.domain));
    }
    std::vector<log::NoteKey> witnesses;
    for (const policy::Witness& witness : policy.witnesses) {
        witnesses.push_back(witness.key);
    }
    return log::Trust::make(*policy.log, std::move(witnesses), policy.witnesses_needed);
}

Result<void> Chronicle::take_state(std::shared_ptr<const KnownPolicy> policy) {
    trust_ = std::make_shared<const log::Trust>(TRY(trust_of(policy->policy)));
    state_.domain = policy->policy.domain();
    state_.policy = std::move(policy);
    return {};
}

Result<Chronicle> Chronicle::begin(std::string_view first_policy_text) {
    Chronicle chronicle;
    auto policy = TRY(known_policy(first_policy_text, UnderLog::prepare));
    if (policy->policy.header.version != 1) {
        return base::bad_input("a chronicle begins with the domain's first policy");
    }
    TRY(chronicle.take_state(std::move(policy)));
    chronicle.record_.policies.push_back({0, false, std::string(first_policy_text)});
    return chronicle;
}

Result<Chronicle> Chronicle::resume(ChronicleRecord record) {
    Chronicle chronicle;
    if (record.policies.empty()) {
        return base::fail(base::ErrorKind::corrupt_state,
                          "what was kept of the log names no policy");
    }
    auto policy = TRY(unheld_policy(record.policies.back().text, UnderLog::prepare));
    TRY(chronicle.take_state(std::move(policy)));
    chronicle.state_.revoked = record.revoked;
    chronicle.state_.pending_revocations = record.pending_revocations;
    chronicle.record_ = std::move(record);
    return chronicle;
}

std::uint64_t Chronicle::trusted_from() const {
    const auto& policies = record_.policies;
    const auto found = std::find_if(policies.rbegin(), policies.rend(),
                                    [](const auto& one) { return one.changes_trust; });
    return found == policies.rend() ? 0 : found->from + 1;
}

Result<std::shared_ptr<const KnownPolicy>> Chronicle::policy_at(std::uint64_t index) const {
    const auto& policies = record_.policies;
    // An enactment's own entry still finds the policy before it.
    auto found = std::prev(policies.end());
    while (found != policies.begin() && found->from >= index) {
        --found;
    }
    if (found == std::prev(policies.end())) {
        return state_.policy;
    }
    return unheld_policy(found->text, UnderLog::prepare);
}

Result<Chronicle::Reading> Chronicle::read(std::string_view entry, Archive& archive) {
    const std::vector<std::string> subjects = subjects_of(entry);
    TRY(archive.add(record_.size, entry, subjects));
    Reading reading;
    if (is_about_rules(subjects)) {
        const auto parts = TRY(statement::split_signed(entry));
        const Kind kind = TRY(statement::kind_of(parts.text));
        if (kind == Kind::revocation) {
            reading = read_revocation(entry);
        } else if (kind == Kind::enactment) {
            reading = TRY(read_enactment(entry, archive));
        }
    }
    ++record_.size;
    return reading;
}

/// Takes over who is revoked now, with the entry that did it.
void Chronicle::note_revoked(const DomainState& next, std::uint64_t index) {
    std::vector<RevokedKey> revoked = next.revoked;
    for (RevokedKey& key : revoked) {
        const auto before =
            std::find_if(record_.revoked.begin(), record_.revoked.end(),
                         [&](const RevokedKey& one) { return one.fingerprint == key.fingerprint; });
        key.from = before == record_.revoked.end() ? index : before->from;
    }
    state_.revoked = record_.revoked = std::move(revoked);
    state_.pending_revocations = record_.pending_revocations = next.pending_revocations;
}

Chronicle::Reading Chronicle::read_revocation(std::string_view entry) {
    const Pool pool = sort_statements({entry});
    const auto advance = advance_pool(state_, pool);
    Reading reading;
    if (!advance) {
        reading.ignored = advance.error().message;
        return reading;
    }
    note_revoked(advance->state, record_.size);
    if (!advance->ignored.empty()) {
        reading.ignored = advance->ignored.front().why;
    }
    return reading;
}

Result<Chronicle::Reading> Chronicle::read_enactment(std::string_view entry,
                                                     const Archive& archive) {
    const auto ignored = [](std::string why) {
        Reading reading;
        reading.ignored = std::move(why);
        return reading;
    };
    const auto parts = TRY(statement::split_signed(entry));
    const auto enactment = TRY(statement::parse_enactment(parts.text));
    if (enactment.domain != state_.domain) {
        return ignored("it belongs to another domain");
    }
    const auto in_force = state_.policy->policy.reference();
    if (enactment.policy.version != in_force.version + 1) {
        return ignored(fmt::format("policy {} is in force, and {} can't follow it",
                                   in_force.version, enactment.policy.version));
    }
    const auto enacted = read_evidence(enactment, record_.size, *trust_);
    if (!enacted) {
        return ignored(enacted.error().message);
    }
    const std::vector<Entry> votes =
        votes_below(TRY(archive.about(subject_of_policy(enactment.policy.id))), record_.size);
    const Pool pool = sort_entries(votes, {});
    auto advance = advance_enacted(state_, pool, *enacted);
    if (!advance) {
        return ignored(advance.error().message);
    }
    if (advance->steps.empty()) {
        return ignored(why_not(*advance));
    }
    const auto name_space = statement::signature_namespace(Kind::enactment, state_.domain.name);
    const auto signed_by = [&](const policy::Policy& policy) {
        const auto signer = find_signer(state_, policy, enactment.by, name_space, parts);
        return signer && !signer->revoked;
    };
    if (!signed_by(state_.policy->policy) && !signed_by(advance->state.policy->policy)) {
        return ignored(fmt::format("it is not signed by a key of {} in either policy",
                                   base::shown(enactment.by)));
    }
    Reading reading;
    reading.changes_policy = true;
    const auto before = trust_;
    TRY(take_state(advance->state.policy));
    reading.changes_trust = !is_same(*before, *trust_);
    record_.policies.push_back({record_.size, reading.changes_trust, state_.policy->text});
    note_revoked(advance->state, record_.size);
    return reading;
}

// Proposals, as people ask about them before anybody enacts them.

namespace {

/// The approvals that let this many entries in, delays aside.
Result<Advance> weigh_up_to(const Chronicle& chronicle, const Pool& pool,
                            const statement::PolicyReference& policy, std::uint64_t completed,
                            std::optional<bool> lowers) {
    const base::Time start{0};
    const base::Time far{start.seconds + 1'000'000'000'000};
    return advance_enacted(chronicle.state(), pool, {policy, completed, start, far, lowers});
}

std::vector<std::uint64_t> indexes_of_approvals(const Pool& pool) {
    std::vector<std::uint64_t> indexes;
    for (const VoteItem& vote : pool.policy_votes) {
        if (vote.fields.verdict == statement::Verdict::approve) {
            indexes.push_back(*vote.index);
        }
    }
    return indexes;
}

base::Span wait_of(const policy::Policy& policy, std::optional<bool> lowers) {
    const policy::ChangeRule& rule =
        policy.amend_lowering && lowers.value_or(true) ? *policy.amend_lowering : policy.amend;
    return rule.wait.value_or(base::Span{0});
}

}  // namespace

Result<Weighed> weigh_amendment(const Chronicle& chronicle, const Archive& archive,
                                const base::Digest& policy) {
    Weighed weighed;
    const auto entries =
        votes_below(TRY(archive.about(subject_of_policy(policy))), chronicle.size());
    const Pool pool = sort_entries(entries, {});
    if (pool.policy_votes.empty()) {
        return base::bad_input(fmt::format("the log, as far as it was read, holds no votes on {}",
                                           base::to_text(policy)));
    }
    const auto& fields = pool.policy_votes.front().fields;
    const auto reference = std::get<statement::PolicyReference>(fields.on);
    const auto all = TRY(weigh_up_to(chronicle, pool, reference, chronicle.size(), {}));
    weighed.text = std::make_shared<const std::string>(fields.subject_text);
    weighed.ignored = all.ignored;
    if (all.proposals.empty() && all.steps.empty()) {
        return base::bad_input(fmt::format("{} can't follow the policy in force: {}",
                                           base::to_text(policy), why_not(all)));
    }
    weighed.proposal = all.steps.empty() ? all.proposals.front() : all.steps.front().weighed;
    weighed.proposal.policy_text = *weighed.text;
    if (all.steps.empty()) {
        return weighed;
    }
    for (const std::uint64_t index : indexes_of_approvals(pool)) {
        const auto some =
            TRY(weigh_up_to(chronicle, pool, reference, index, weighed.proposal.lowers));
        if (!some.steps.empty()) {
            weighed.completed = index;
            break;
        }
    }
    const auto next = TRY(policy::parse_policy(*weighed.text));
    weighed.wait = std::max(wait_of(chronicle.state().policy->policy, weighed.proposal.lowers),
                            wait_of(next, weighed.proposal.lowers));
    return weighed;
}

}  // namespace cheget::permit
