// A domain made up for tests: people with keys, a policy they all signed, orders and votes on them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "permit/judge.h"
#include "statement/statement.h"
#include "support/signing.h"

namespace cheget::test_support {

/// The time at which the orders made here are open.
constexpr base::Time k_proposed{1'800'000'000};
constexpr base::Time k_now{1'800'000'060};
constexpr base::Time k_expires{1'800'003'600};

/// Makes signed texts. Keys are found by `NAME` or, for someone's second key, `NAME-2`; each is
/// made from its name when it is first asked for, unless one was put there.
class TestDomain {
  public:
    std::string name = "acme/prod";

    const TestKey& key(const std::string& of);
    void put_key(const std::string& of, TestKey key) { keys_.insert_or_assign(of, std::move(key)); }

    /// `{KEY:NAME}` in the text becomes the key's `TYPE BASE64`; the layout becomes canonical.
    std::string policy_text(std::string text);
    /// The header of the policy after `before`, then `blocks` as policy_text() takes them.
    std::string next_policy_text(const policy::Policy& before, const std::string& blocks,
                                 const std::string& log_lines = "log: none\n");

    /// The text signed by each of these keys in the kind's namespace.
    std::string sign(statement::Kind kind, std::string_view text,
                     const std::vector<std::string>& signers);

    /// Alice's order to drop a database, fitting k_blocks; change it before signing.
    statement::Order order(const permit::DomainState& state);
    std::string sign_order(const statement::Order& order, const std::string& signer);

    /// A vote on an order's or a policy's text.
    statement::Vote vote(const permit::DomainState& state, std::string_view subject,
                         const std::string& by,
                         statement::Verdict verdict = statement::Verdict::approve);
    std::string sign_vote(const statement::Vote& vote, const std::vector<std::string>& signers);
    /// The same, signed by `by` with their first key.
    std::string vote_by(const permit::DomainState& state, std::string_view subject,
                        const std::string& by,
                        statement::Verdict verdict = statement::Verdict::approve);

    std::string revocation(const permit::DomainState& state, const std::string& key_of,
                           const std::string& of, const std::string& by, const std::string& signer);

    /// A state whose first policy these blocks make, signed by the people named.
    permit::DomainState begin(const std::string& blocks, const std::vector<std::string>& people);

  private:
    std::map<std::string, TestKey> keys_;
    std::uint8_t next_nonce_ = 1;
};

/// Five people of whom three approve, a veto by security, two of dba to amend, one to revoke.
extern const std::string k_blocks;
extern const std::vector<std::string> k_people;

/// The text of a signed statement, without its signatures.
std::string text_of(std::string_view signed_text);

}  // namespace cheget::test_support
