// A made-up domain with a log: what tests and the fuzzer under a log begin with.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "permit/chronicle.h"
#include "permit/log_copy.h"
#include "support/test_domain.h"
#include "support/test_log.h"

namespace cheget::test_support {

/// Two of three witnesses.
const std::vector<std::uint8_t> k_witnesses{1, 2, 3};

/// Three of dba approve, then half an hour; an emergency once in 30 days; amendments wait an hour.
extern const std::string k_logged_blocks;
struct LoggedDomain {
    explicit LoggedDomain(const std::string& blocks = k_logged_blocks);

    /// Witnesses 1 to 3 whose clocks show the same.
    static Sealing at(base::Time time) {
        return {1, {{1, time.seconds}, {2, time.seconds}, {3, time.seconds}}, 0};
    }
    const permit::DomainState& state() const { return copy_.knowledge().chronicle.state(); }

    std::string propose(const std::function<void(statement::Order&)>& change = {});
    std::string approve(const std::string& order, const std::string& by) {
        return domain_.vote_by(state(), text_of(order), by);
    }
    std::string say(const std::string& order, const std::string& by, statement::Verdict verdict) {
        return domain_.vote_by(state(), text_of(order), by, verdict);
    }
    std::string claim(const std::string& order, const std::string& executor = "db1",
                      std::uint8_t nonce = 1);
    std::string receipt(const std::string& order, const std::string& claim,
                        statement::Outcome outcome, const std::string& executor = "db1");

    /// An order that three approved, all of it witnessed at k_now.
    std::string logged_and_approved();
    /// The policy after the one in force, of the same log.
    std::string next_text(const std::string& blocks, std::uint8_t log_key = 1,
                          const std::vector<std::uint8_t>& witnesses = k_witnesses);
    std::string enactment(const std::string& text, std::uint64_t completed,
                          std::vector<std::string> evidence, const std::string& by = "alice",
                          const std::string& signer = "alice");
    /// Two approvals, witnessed at k_now; gives the index of the second and that checkpoint.
    std::pair<std::uint64_t, std::string> approve_amendment(const std::string& text);
    base::Result<permit::Judgement> judge(const std::string& order, std::uint64_t bound,
                                          const std::vector<std::string>& outside = {},
                                          std::optional<base::Time> low = {},
                                          std::optional<base::Time> high = {},
                                          const permit::OwnKnowledge& own = {});

    TestDomain domain_;
    TestLog log_;
    std::string first_;  ///< the first policy's text
    permit::MemoryLogCopy copy_;

    std::vector<std::string> kept_;  ///< what the last judgement points into
};

}  // namespace cheget::test_support
