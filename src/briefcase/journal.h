// The custody journal of a case: going on with it, and reading it as a chain.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "briefcase/case.h"
#include "briefcase/knowledge.h"
#include "briefcase/signing.h"
#include "briefcase/tpm.h"
#include "permit/custody.h"

namespace cheget::briefcase {

/// A custody statement on this case by somebody at a time, going on from the end of its journal;
/// event and whatever else it says are the caller's. Fails if the journal's last file is none.
base::Result<statement::Custody> next_custody(const Case& folder, std::string by, base::Time at);

/// Journals that it was opened, or with `vote` that it was used for that vote: made, signed by the
/// open key, appended and put out. `tpm` is null where the seal has none.
base::Result<void> record_opening(const Case& folder, const OpenKey& key, Tpm* tpm,
                                  std::optional<base::Digest> vote, base::Time at);

/// Lets the case's TPM speak: counts up for this statement, and fills in the tries left, the
/// counter, and a quote over all the rest of it, so call it last before signing. `line` is the
/// seal's. Each call uses up one step of the counter.
base::Result<void> attest(statement::Custody& custody, Tpm& tpm, std::string_view line);

/// Statements on a briefcase as one chain, each by the newest known policy under which its
/// signatures hold. Several copies of a statement are one.
permit::CustodyRecord read_chain(const permit::DomainState& state, const KnownPolicies& policies,
                                 std::string_view briefcase,
                                 const std::vector<std::string_view>& statements);
inline permit::CustodyRecord read_chain(const Knowledge& knowledge, std::string_view briefcase,
                                        const std::vector<std::string_view>& statements) {
    return read_chain(knowledge.domain(), knowledge.policies(), briefcase, statements);
}

/// What the loads hold on this briefcase: in the log's copy, and outside it.
base::Result<std::vector<std::string>> carried_custody(const Knowledge& knowledge,
                                                       std::string_view briefcase);

}  // namespace cheget::briefcase
