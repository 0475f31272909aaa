// What the kinds of votes share.
#pragma once

#include <string>

#include "cli/ceremony.h"

namespace cheget::cli {

struct VoteOptions {
    statement::Verdict verdict = statement::Verdict::approve;
    std::string subject;
    std::string note;
    std::string stands_for;  ///< --for: whom a deputy stands in for
    std::string after;       ///< --after: `first`, or a vote's id
    std::string new_key;     ///< of a vote on a policy: the file of a key that it gives the voter
    bool unsigned_only = false;
    std::string output;
};

/// Votes on whatever the subject names.
Outcome vote_now(Session& session, const VoteOptions& options);

/// Signs a new domain's first policy.
Outcome sign_first_policy(Session& session, const VoteOptions& options);

/// A policy's text with the header that the next policy must have: this domain, the next version,
/// the policy in force as its previous one.
std::string with_next_header(std::string_view text, const policy::Policy& current);

/// Proposes the next policy, checked and with its header, by a vote for it. `whence` names where
/// the text is from.
Outcome propose_policy(Session& session, OpenDomain& domain, std::string_view next,
                       const std::string& whence, const VoteOptions& options);

/// Votes on the policy with this text, which is checked to follow the one in force.
Outcome vote_on_new_policy(Session& session, OpenDomain& domain, const std::string& subject,
                           const VoteOptions& options);

/// The same for one that is in the folder by its id.
Outcome vote_on_amendment(Session& session, OpenDomain& domain, const base::Digest& id,
                          const VoteOptions& options);

/// After a vote on a policy: opens the domain anew, writes the convenience copy if it is in force,
/// and tells what is missing if not.
Outcome tell_amendment(Session& session, const base::Digest& id);

/// The person by --as or the keys at hand; a failure if there is none.
base::Result<std::string> require_person(const Session& session, const policy::Policy& policy);

/// A judgement as JSON.
base::Json judgement_json(const permit::Judgement& judgement);

}  // namespace cheget::cli
