// Chains of custody: each statement verified, then put in the order in which they name each other.
#include "permit/custody.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "permit/signer.h"
#include "signature/sshsig.h"

namespace cheget::permit {

namespace {

using base::Digest;
using base::Result;
using statement::Custody;
using statement::CustodyEvent;

/// Nobody may make a verifier read more of one briefcase than a life of use would fill.
constexpr std::size_t k_most_links = 10'000;

/// Verifies statements on one briefcase, one after the other.
class CustodyReader {
  public:
    CustodyReader(const DomainState& state, std::string_view briefcase)
        : state_(state), briefcase_(briefcase) {}

    Result<CustodyLink> read(const FiledCustody& filed) const {
        const auto parts = TRY(statement::split_signed(filed.whole));
        CustodyLink link{TRY(statement::parse_custody(parts.text)), statement::id_of(parts.text),
                         std::nullopt, filed.index};
        if (link.said.domain != state_.domain) {
            return base::bad_input("it belongs to another domain");
        }
        if (filed.policy == nullptr) {
            return base::bad_input("the policy that it found in force can't be read");
        }
        TRY(check_signers(filed, parts, link.said));
        if (link.said.quote) {
            const Digest challenge = TRY(custody_challenge(link.said));
            link.quote =
                TRY(signature::verify_tpm_quote(base::as_bytes(*link.said.quote), challenge.bytes));
        }
        return link;
    }

  private:
    /// Whoever held it once and is revoked since did hold it: earlier statements stand.
    Result<Signer> check_signer(const FiledCustody& filed, const statement::SignedText& parts,
                                std::string_view by) const {
        const Signer signer = TRY(find_signer(
            state_, *filed.policy, by,
            statement::signature_namespace(statement::Kind::custody, state_.domain.name), parts));
        if (!signer.stops_at(filed.index) || (filed.is_beside_log && signer.revoked)) {
            return base::bad_input(fmt::format("the key of {} that signed it is revoked", by));
        }
        return signer;
    }

    Result<void> check_signers(const FiledCustody& filed, const statement::SignedText& parts,
                               const Custody& said) const {
        const auto owner = owner_in(*filed.policy);
        switch (said.event) {
            case CustodyEvent::handover:
                if (said.by != said.from && said.by != said.to) {
                    return base::bad_input("a handover is told by one of the two");
                }
                TRY(check_signer(filed, parts, *said.from));
                TRY(check_signer(filed, parts, *said.to));
                return {};
            case CustodyEvent::opened:
                return check_opened(filed, parts, said);
            case CustodyEvent::returned:
                if (owner && said.by != *owner) {
                    return base::bad_input(fmt::format(
                        "only {}, whose briefcase it is, can say that it came back", *owner));
                }
                [[fallthrough]];
            case CustodyEvent::loaded:
            case CustodyEvent::lost:
                TRY(check_signer(filed, parts, said.by));
                return {};
            case CustodyEvent::created:
                return check_created(filed, parts, said);
        }
        return base::bad_input("an event that is not known");
    }

    /// By whoever made it, who had it open then, so that its own key signed too: nobody else can
    /// begin another record.
    Result<void> check_created(const FiledCustody& filed, const statement::SignedText& parts,
                               const Custody& said) const {
        statement::SignedText by_maker{parts.text, {}};
        for (const std::string_view armor : parts.signatures) {
            if (!is_signed_by_briefcase(said, {parts.text, {armor}})) {
                by_maker.signatures.push_back(armor);
            }
        }
        if (by_maker.signatures.size() == parts.signatures.size()) {
            return base::bad_input("the key in the briefcase did not sign that it was made");
        }
        const Signer signer = TRY(check_signer(filed, by_maker, said.by));
        if (filed.policy->principals[signer.principal].kind != policy::PrincipalKind::person) {
            return base::bad_input("a person makes a briefcase");
        }
        return {};
    }

    /// The key itself says that it was opened: so its seal was.
    Result<void> check_opened(const FiledCustody& filed, const statement::SignedText& parts,
                              const Custody& said) const {
        statement::SignedText one{parts.text, {}};
        for (const std::string_view armor : parts.signatures) {
            one.signatures = {armor};
            const auto signer = check_signer(filed, one, said.by);
            if (signer && signer->key->key.fingerprint() == briefcase_) {
                return {};
            }
        }
        return base::bad_input("it is not signed by the briefcase's own key");
    }

    /// Whose key the briefcase holds; nothing before the policy has it.
    std::optional<std::string> owner_in(const policy::Policy& policy) const {
        for (const policy::Principal& principal : policy.principals) {
            for (const policy::Key& key : principal.keys) {
                if (key.key.fingerprint() == briefcase_) {
                    return principal.name;
                }
            }
        }
        return std::nullopt;
    }

    const DomainState& state_;
    std::string_view briefcase_;
};

/// Follows the links from `created` on.
class ChainWalk {
  public:
    ChainWalk(std::string_view owner, CustodyRecord& record) : owner_(owner), record_(record) {}

    /// Whether the walk can go on after it.
    bool take(CustodyLink link) {
        const CustodyFault fault = fault_of(link);
        if (fault != CustodyFault::none) {
            fail(fault, words_of_fault(fault, link));
            return false;
        }
        const Custody& said = link.said;
        if (said.event == CustodyEvent::created) {
            record_.holder = said.to.value_or(said.by);
        } else if (said.event == CustodyEvent::handover) {
            record_.holder = *said.to;
        } else if (said.event == CustodyEvent::returned) {
            record_.holder = said.by;
        }
        if (said.counter && (link.quote || first_quote_ == nullptr)) {
            last_counter_ = said.counter;
        }
        if (link.quote && first_quote_ == nullptr) {
            first_quote_ = std::make_unique<signature::TpmQuote>(*link.quote);
        }
        if (said.nonce) {
            nonces_.insert(*said.nonce);
        }
        record_.links.push_back(std::move(link));
        if (record_.links.back().said.event == CustodyEvent::lost) {
            fail(CustodyFault::lost,
                 fmt::format("{} reported it lost at {}", record_.links.back().said.by,
                             base::to_text(record_.links.back().said.at)));
            return false;
        }
        return true;
    }

    void fail(CustodyFault fault, std::string words) {
        if (record_.fault == CustodyFault::none) {
            record_.fault = fault;
            record_.fault_words = std::move(words);
        }
    }

  private:
    CustodyFault fault_of(const CustodyLink& link) const {
        const Custody& said = link.said;
        if (!record_.links.empty() && said.seal != record_.links.front().said.seal) {
            return CustodyFault::seal_changed;
        }
        const bool by_wrong_hands =
            (said.event == CustodyEvent::handover && *said.from != record_.holder) ||
            (said.event == CustodyEvent::loaded && said.by != record_.holder && said.by != owner_);
        if (by_wrong_hands || (said.nonce && nonces_.contains(*said.nonce))) {
            return CustodyFault::wrong_holder;
        }
        return has_other_tpm(link) ? CustodyFault::counter_back : CustodyFault::none;
    }

    bool has_other_tpm(const CustodyLink& link) const {
        const Custody& said = link.said;
        // Where a TPM spoke once, a counter that no TPM vouches for says nothing.
        const bool tells = said.counter && (link.quote || first_quote_ == nullptr);
        if (tells && last_counter_ && *said.counter <= *last_counter_) {
            return true;
        }
        if (!link.quote) {
            return false;
        }
        const signature::TpmQuote& quote = *link.quote;
        const std::uint32_t left =
            quote.tries_used >= quote.tries_limit ? 0 : quote.tries_limit - quote.tries_used;
        return said.counter != quote.counter || said.tries != left ||
               (first_quote_ != nullptr && (!(quote.key == first_quote_->key) ||
                                            quote.tries_name != first_quote_->tries_name ||
                                            quote.counter_name != first_quote_->counter_name));
    }

    std::string words_of_fault(CustodyFault fault, const CustodyLink& link) const {
        const Custody& said = link.said;
        const std::string what = fmt::format("`{}` by {} at {}", statement::name_of(said.event),
                                             said.by, base::to_text(said.at));
        switch (fault) {
            case CustodyFault::seal_changed:
                return fmt::format("{} names another seal than the one it was created with", what);
            case CustodyFault::wrong_holder:
                return said.nonce && nonces_.contains(*said.nonce)
                           ? fmt::format("{} repeats the nonce of an earlier statement", what)
                           : fmt::format("{}, but {} had it", what, record_.holder);
            default:
                return fmt::format(
                    "{} does not go on from the TPM that spoke before: its counter "
                    "did not rise, or it is another",
                    what);
        }
    }

    std::string owner_;
    CustodyRecord& record_;
    std::optional<std::uint64_t> last_counter_;
    std::unique_ptr<signature::TpmQuote> first_quote_;
    std::set<std::string> nonces_;
};

/// What follows what: the links by the one that each names before it.
using Followers = std::multimap<Digest, CustodyLink>;

void walk(std::string_view owner, std::vector<CustodyLink> beginnings, Followers followers,
          CustodyRecord& record) {
    ChainWalk chain(owner, record);
    if (beginnings.empty()) {
        chain.fail(CustodyFault::no_beginning, "no valid `created` begins it");
        return;
    }
    if (beginnings.size() > 1) {
        chain.fail(CustodyFault::fork, "it was created more than once");
        return;
    }
    Digest last = beginnings.front().id;
    bool goes_on = chain.take(std::move(beginnings.front()));
    while (goes_on) {
        const auto [first, end] = followers.equal_range(last);
        const auto count = std::distance(first, end);
        if (count == 0) {
            break;
        }
        if (count > 1) {
            chain.fail(CustodyFault::fork,
                       fmt::format("{} statements follow {}: there are two cases, or two journals "
                                   "of one",
                                   count, base::to_text(last)));
            return;
        }
        CustodyLink next = std::move(first->second);
        followers.erase(first);
        last = next.id;
        goes_on = chain.take(std::move(next));
    }
    if (goes_on && !followers.empty()) {
        chain.fail(CustodyFault::gap, fmt::format("what came before {} is missing, statement {}",
                                                  base::to_text(followers.begin()->second.id),
                                                  base::to_text(followers.begin()->first)));
    }
}

}  // namespace

Result<Digest> custody_challenge(const Custody& custody) {
    Custody bare = custody;
    bare.quote.reset();
    return base::sha256(TRY(statement::render(bare)));
}

bool is_signed_by_briefcase(const Custody& custody, const statement::SignedText& signed_text) {
    const std::string name_space =
        statement::signature_namespace(statement::Kind::custody, custody.domain.name);
    return std::any_of(
        signed_text.signatures.begin(), signed_text.signatures.end(),
        [&](const std::string_view armor) {
            const auto signature = signature::parse_armored(armor);
            const auto key = signature ? signature::PublicKey::from_blob(signature->public_key)
                                       : std::unexpected(signature.error());
            return key && key->fingerprint() == custody.briefcase &&
                   signature::verify(*signature, *key, name_space, signed_text.text, {});
        });
}

std::string nonce_for_vote(const Digest& vote) {
    return base::to_hex(vote);
}

std::string_view name_of(CustodyFault fault) {
    switch (fault) {
        case CustodyFault::none:
            return "none";
        case CustodyFault::no_beginning:
            return "no beginning";
        case CustodyFault::gap:
            return "gap";
        case CustodyFault::fork:
            return "fork";
        case CustodyFault::wrong_holder:
            return "wrong holder";
        case CustodyFault::seal_changed:
            return "seal changed";
        case CustodyFault::counter_back:
            return "counter back";
        case CustodyFault::lost:
            return "lost";
    }
    return "unknown";
}

CustodyRecord read_custody(const DomainState& state, std::string_view briefcase,
                           const std::vector<FiledCustody>& statements) {
    CustodyRecord record;
    const CustodyReader reader(state, briefcase);
    std::set<Digest> seen;
    std::vector<CustodyLink> beginnings;
    Followers followers;
    std::optional<CustodyLink> lost;
    for (const FiledCustody& filed : statements) {
        const auto parts = statement::split_signed(filed.whole);
        const auto said =
            parts ? statement::parse_custody(parts->text) : std::unexpected(parts.error());
        if (!said || said->briefcase != briefcase) {
            continue;  // not about this one
        }
        const Digest id = statement::id_of(parts->text);
        auto link = reader.read(filed);
        if (!link) {
            record.ignored.push_back(
                {fmt::format("custody `{}` by {} ({})", statement::name_of(said->event), said->by,
                             base::to_text(id)),
                 std::move(link).error().message});
            continue;
        }
        if (seen.size() >= k_most_links) {
            record.ignored.push_back({"further custody statements",
                                      fmt::format("{} are the most that are read", k_most_links)});
            record.fault = CustodyFault::gap;
            record.fault_words = "there are more statements than are read";
            break;
        }
        if (!seen.insert(id).second) {
            continue;  // the same text counts once
        }
        if (link->said.event == CustodyEvent::lost && !link->said.previous) {
            lost = std::move(*link);  // whoever misses it need not know how its journal ends
        } else if (link->said.event == CustodyEvent::created && !link->said.previous) {
            beginnings.push_back(std::move(*link));
        } else if (link->said.previous && link->said.event != CustodyEvent::created) {
            followers.emplace(*link->said.previous, std::move(*link));
        } else {
            record.ignored.push_back(
                {fmt::format("custody `{}` by {} ({})", statement::name_of(said->event), said->by,
                             base::to_text(id)),
                 "it names no statement before it, or begins anew"});
        }
    }
    std::string owner;
    for (const policy::Principal& principal : state.policy->policy.principals) {
        for (const policy::Key& key : principal.keys) {
            owner = key.key.fingerprint() == briefcase ? principal.name : owner;
        }
    }
    if (lost) {
        record.fault = CustodyFault::lost;
        record.fault_words =
            fmt::format("{} reported it lost at {}", lost->said.by, base::to_text(lost->said.at));
    }
    walk(owner, std::move(beginnings), std::move(followers), record);
    return record;
}

}  // namespace cheget::permit
