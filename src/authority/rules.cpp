// The policy in force as the log's entries make it, by the chronicle that every reader keeps.
#include "authority/rules.h"

#include <algorithm>

namespace cheget::authority {
namespace {

using base::Result;

constexpr std::string_view k_on_a_policy = "\n\ncheget policy v1\n";

/// Entries by subject for the chronicle: it asks for votes on policies and for revocations, which
/// lie in the store but for the one that is being read.
class Filed : public permit::Archive {
  public:
    using Indexes = std::map<std::string, std::vector<std::uint64_t>, std::less<>>;
    Filed(Indexes& indexes, store::LogStore& store) : indexes_(indexes), store_(store) {}

    Result<void> add(std::uint64_t index, std::string_view whole,
                     const std::vector<std::string>& subjects) override {
        newest_ = {index, std::string(whole)};
        for (const std::string& subject : subjects) {
            indexes_[subject].push_back(index);
        }
        return {};
    }
    Result<std::vector<permit::Entry>> about(std::string_view subject) const override {
        std::vector<permit::Entry> entries;
        const auto found = indexes_.find(subject);
        if (found == indexes_.end()) {
            return entries;
        }
        for (const std::uint64_t index : found->second) {
            entries.push_back(
                index == newest_.index ? newest_ : permit::Entry{index, TRY(store_.entry(index))});
        }
        return entries;
    }

  private:
    Indexes& indexes_;
    store::LogStore& store_;
    permit::Entry newest_;
};

}  // namespace

Result<Party> party_of(const policy::Policy& policy) {
    Party party{TRY(permit::trust_of(policy)), {}};
    for (const policy::Witness& witness : policy.witnesses) {
        party.witnesses.push_back(witness.name);
    }
    return party;
}

Result<Rules> Rules::begin(std::string_view first_policy) {
    Rules rules(TRY(permit::Chronicle::begin(first_policy)));
    TRY(rules.take_policies());
    return rules;
}

bool Rules::concerns(std::string_view entry) {
    return entry.starts_with("cheget enactment v1\n") ||
           entry.starts_with("cheget revocation v1\n") ||
           (entry.starts_with("cheget vote v1\n") &&
            entry.find(k_on_a_policy) != std::string_view::npos);
}

Result<permit::Chronicle::Reading> Rules::read(std::uint64_t index, std::string_view entry,
                                               store::LogStore& store) {
    Filed filed(filed_, store);
    chronicle_.pass_over(index - chronicle_.size());
    auto reading = TRY(chronicle_.read(entry, filed));
    if (reading.changes_policy) {
        TRY(take_policies());
    }
    return reading;
}

Result<std::optional<std::string>> Rules::find_proposed(const base::Digest& policy,
                                                        store::LogStore& store) const {
    const auto filed = filed_.find(permit::subject_of_policy(policy));
    if (filed == filed_.end()) {
        return std::optional<std::string>();
    }
    for (const std::uint64_t index : filed->second) {
        const std::string entry = TRY(store.entry(index));
        const auto parsed = statement::parse(TRY(statement::split_signed(entry)).text);
        const auto* vote = parsed ? std::get_if<statement::Vote>(&*parsed) : nullptr;
        if (vote != nullptr && statement::id_of(vote->subject_text) == policy) {
            return std::optional(vote->subject_text);
        }
    }
    return std::optional<std::string>();
}

Result<void> Rules::take_policies() {
    std::vector<std::string> texts;
    for (const auto& policy : chronicle_.record().policies) {
        texts.push_back(policy.text);
    }
    admission_ = std::make_shared<const Admission>(TRY(Admission::make(texts)));
    party_ = std::make_shared<const Party>(TRY(party_of(in_force())));
    return {};
}

Result<Party> Rules::party_at(std::uint64_t index) const {
    return party_of(TRY(chronicle_.policy_at(index))->policy);
}

Result<std::vector<Party>> Rules::parties_at(std::uint64_t size) const {
    const auto& policies = chronicle_.record().policies;
    if (size > policies.back().from + 1) {
        return std::vector{*party_};
    }
    const bool changed = std::ranges::any_of(policies, [&](const auto& policy) {
        return policy.changes_trust && policy.from + 1 == size;
    });
    std::vector<Party> parties;
    if (changed) {
        parties.push_back(TRY(party_at(size - 1)));
    }
    parties.push_back(TRY(party_at(size)));
    return parties;
}

Result<std::vector<log::NoteKey>> Rules::log_keys() const {
    std::vector<log::NoteKey> keys;
    for (const auto& policy : chronicle_.record().policies) {
        const log::NoteKey key = TRY(party_at(policy.from + 1)).trust.log();
        if (std::ranges::find(keys, key) == keys.end()) {
            keys.push_back(key);
        }
    }
    return keys;
}

Result<std::vector<log::NoteKey>> read_log_keys(store::LogStore& store,
                                                std::string_view first_policy) {
    Rules rules = TRY(Rules::begin(first_policy));
    const std::uint64_t size = TRY(store.head()).size;
    const auto take = [&](std::uint64_t index, std::string_view entry) -> Result<void> {
        if (Rules::concerns(entry)) {
            TRY(rules.read(index, entry, store));
        }
        return {};
    };
    TRY(store.read_entries(0, size, take));
    return rules.log_keys();
}

}  // namespace cheget::authority
