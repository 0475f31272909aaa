// A made-up briefcase of dave's: what its journal says, and what its TPM attests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "permit/custody.h"
#include "signature/tpm_quote_test_support.h"
#include "support/test_domain.h"

namespace cheget::test_support {

using permit::custody_challenge;
using permit::CustodyRecord;
using permit::DomainState;
using permit::FiledCustody;
using permit::nonce_for_vote;
using permit::read_custody;
using signature::test_keys::Attest;
using signature::test_keys::SoftKey;
using statement::Custody;
using statement::CustodyEvent;
using statement::Kind;

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    return at == std::string::npos ? "missing: " + from : text.replace(at, from.size(), to);
}

/// Dave's second key lies in a briefcase of which the policy asks `marks`.
inline std::string with_briefcase(const std::string& blocks, const std::string& marks) {
    return replaced(blocks, "{KEY:dave} }", "{KEY:dave}; {KEY:dave-2} briefcase" + marks + " }");
}

/// Makes custody statements on dave's briefcase, one after the other.
class Journal {
  public:
    Journal(TestDomain& domain, const DomainState& state) : domain_(domain), state_(state) {
        said_.domain = state.domain;
        said_.briefcase = domain.key("dave-2").public_key().fingerprint();
        said_.seal = base::sha256("seal");
        said_.at = k_now;
        said_.by = "alice";
    }

    Custody next(CustodyEvent event, const std::string& by) {
        Custody custody = said_;
        custody.event = event;
        custody.by = by;
        custody.previous = last_;
        return custody;
    }
    std::string sign(const Custody& custody, const std::vector<std::string>& signers) {
        const std::string text = statement::render(custody).value();
        last_ = statement::id_of(text);
        return domain_.sign(Kind::custody, text, signers);
    }
    std::string created() { return begun(next(CustodyEvent::created, "alice")); }
    /// Signed by its maker and by the briefcase's own key.
    std::string begun(const Custody& custody) { return sign(custody, {custody.by, "dave-2"}); }
    std::string handed(const std::string& from, const std::string& to,
                       std::vector<std::string> signers = {}) {
        Custody custody = next(CustodyEvent::handover, from);
        custody.from = from;
        custody.to = to;
        return sign(custody, signers.empty() ? std::vector{from, to} : signers);
    }
    Custody opening(const std::string& vote) {
        Custody custody = next(CustodyEvent::opened, "dave");
        custody.nonce = nonce_for_vote(statement::id_of(text_of(vote)));
        return custody;
    }
    std::string opened(const std::string& vote, const std::string& signer = "dave-2") {
        return sign(opening(vote), {signer});
    }
    std::optional<base::Digest> last() const { return last_; }
    void go_back_to(std::optional<base::Digest> last) { last_ = last; }

    CustodyRecord read(const std::vector<std::string>& statements) {
        std::vector<FiledCustody> filed;
        for (const std::string& one : statements) {
            filed.push_back({one, &state_.policy->policy, std::nullopt});
        }
        return read_custody(state_, said_.briefcase, filed);
    }

  private:
    TestDomain& domain_;
    const DomainState& state_;
    Custody said_;
    std::optional<base::Digest> last_;
};

/// A TPM's word in a custody statement.
struct SoftTpm {
    SoftKey key = SoftKey::p256();
    std::uint8_t name = 2;          ///< of the index that counts tries
    std::uint8_t counter_name = 3;  ///< of the counter

    Custody attested(Custody custody, std::uint32_t used, std::uint64_t counter) const {
        custody.tries = 8 - used;
        custody.counter = counter;
        const base::Digest challenge = custody_challenge(custody).value();
        Attest tries;
        tries.challenge.assign(challenge.bytes.begin(), challenge.bytes.end());
        tries.index = Attest::name(name);
        tries.contents = {0, 0, 0, static_cast<std::uint8_t>(used), 0, 0, 0, 8};
        Attest count = tries;
        count.index = Attest::name(counter_name);
        count.contents = {0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(counter)};
        const base::Bytes quote = signature::make_tpm_quote(
            key.blob(), signature::test_keys::attested(key, tries.bytes()),
            signature::test_keys::attested(key, count.bytes()));
        custody.quote = std::string(base::as_text(quote));
        return custody;
    }
};

}  // namespace cheget::test_support
