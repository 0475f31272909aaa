// Votes out of briefcases.
#include "permit/briefcase_votes.h"

#include <algorithm>

namespace cheget::permit {

base::Result<void> BriefcaseVotes::require(const policy::Key& key, const VoteItem& vote) {
    // Both are asked whatever the one says.
    const bool is_marked = !holds_mark_ || holds_mark_(key.key, vote.signed_text);
    const bool is_covered_well = is_covered(key, statement::id_of(vote.signed_text.text));
    if (!is_marked || !is_covered_well) {
        return base::bad_input(
            "it was made in a briefcase, and what vouches for that does not suffice here: the "
            "record of its custody, its TPM, or what this machine was given of it (`cheget "
            "briefcase journal` shows the record)");
    }
    return {};
}

/// Under a log the statement that names the vote must be below the claim; what tells of a fault
/// may be anywhere.
bool BriefcaseVotes::is_covered(const policy::Key& key, const base::Digest& vote) {
    if (!key.custody && !key.tpm) {
        return true;
    }
    const CustodyRecord& record = record_of(key.key.fingerprint());
    if (!record.is_whole()) {
        return false;
    }
    // Whoever has the case can have its TPM speak of counters of their own: those of `created` are
    // the ones that were meant.
    if (key.tpm && !record.links.front().quote) {
        return false;
    }
    const std::string named = nonce_for_vote(vote);
    return std::any_of(record.links.begin(), record.links.end(), [&](const CustodyLink& link) {
        const bool is_bound = !log_ || (link.index && *link.index < log_->moment.bound);
        const bool is_attested =
            !key.tpm || (link.quote && link.quote->key.fingerprint() == *key.tpm);
        return link.said.event == statement::CustodyEvent::opened && link.said.nonce == named &&
               is_bound && is_attested;
    });
}

const CustodyRecord& BriefcaseVotes::record_of(const std::string& fingerprint) {
    const auto [place, is_new] = chains_.try_emplace(fingerprint);
    Chain& chain = place->second;
    if (!is_new) {
        return chain.record;
    }
    std::vector<FiledCustody> filed;
    for (const Item& item : pool_.custody) {
        const policy::Policy* policy = &state_.policy->policy;
        if (item.index && log_ && log_->policy_at) {
            auto then = log_->policy_at(*item.index);
            policy = then ? &(*then)->policy : nullptr;
            if (then) {
                chain.policies.push_back(std::move(*then));
            }
        }
        filed.push_back({item.whole, policy, item.index, log_.has_value() && !item.index});
    }
    chain.record = read_custody(state_, fingerprint, filed);
    return chain.record;
}

}  // namespace cheget::permit
