// The custody of a briefcase, as its signed statements tell it: who held it when, whether the chain
// is whole, and whether one of its votes is covered by it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "permit/judge.h"
#include "signature/tpm_quote.h"

namespace cheget::permit {

/// What a quote in a custody statement has to be over: the SHA-256 of the statement's own text
/// without its `quote` line.
base::Result<base::Digest> custody_challenge(const statement::Custody& custody);

/// What an `opened` statement carries as `nonce` when a vote was made: the vote's id.
std::string nonce_for_vote(const base::Digest& vote);

/// A valid statement: signed by `by`, at a handover by `from` and `to` too, at its making by the
/// briefcase's own key too.
struct CustodyLink {
    statement::Custody said;
    base::Digest id;
    std::optional<signature::TpmQuote> quote;  ///< verified over custody_challenge()
    std::optional<std::uint64_t> index{};      ///< in the log
};

/// Whether one of the signatures is by the very key that lies in the briefcase: who made it had it
/// open then, though no policy may know the key yet. All `created` are signed so, beside their
/// maker's signature.
bool is_signed_by_briefcase(const statement::Custody& custody,
                            const statement::SignedText& signed_text);

/// What is wrong with a chain of custody.
enum class CustodyFault : std::uint8_t {
    none,
    no_beginning,  ///< it does not begin with `created`
    gap,           ///< a statement names one before it that is not there
    fork,          ///< two name the same one before them: the case was copied
    wrong_holder,  ///< somebody handed it over who did not have it
    seal_changed,  ///< the seal is another
    counter_back,  ///< its TPM's counter went back or stood still, or another TPM speaks
    lost,          ///< it was reported lost
};
std::string_view name_of(CustodyFault fault);

struct CustodyRecord {
    std::vector<CustodyLink> links;  ///< in the chain's order, up to the fault
    CustodyFault fault = CustodyFault::none;
    std::string fault_words;       ///< what is wrong and where; empty without a fault
    std::vector<Ignored> ignored;  ///< statements that are not valid
    std::string holder;            ///< after the last link

    bool is_whole() const { return fault == CustodyFault::none && !links.empty(); }
};

/// A signed custody statement and the policy to verify it by.
struct FiledCustody {
    std::string_view whole;
    const policy::Policy* policy = nullptr;
    std::optional<std::uint64_t> index{};
    bool is_beside_log = false;  ///< then a key that is revoked says nothing: it may be new
};
/// Reads the chain of one briefcase (`SHA256:…` of its key), whatever the order in which its
/// statements come. Invalid ones and those on other briefcases are set aside.
CustodyRecord read_custody(const DomainState& state, std::string_view briefcase,
                           const std::vector<FiledCustody>& statements);

}  // namespace cheget::permit
