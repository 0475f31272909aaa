// What bearers' commands share: the statement that a bearer keeps, the TPM of a case, what their
// own log or folder holds on it, and the telling of an inspection.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "briefcase/inspection.h"
#include "cli/briefcase.h"

namespace cheget::cli {

/// Options that most commands on a case take.
struct CaseOptions {
    std::string folder;
    std::string tpm;   ///< --tpm: how the case's TPM is reached
    std::string last;  ///< --last: a statement on it that was kept
    std::string keep;  ///< --keep: where this bearer keeps statements
};
/// The case's folder; with the others as `with_evidence` says.
void add_case_options(CLI::App* command, CaseOptions& options, bool with_evidence = true);

/// The case's TPM; nothing where its seal has none. Fails with usage if it has one that --tpm does
/// not name, unless `is_optional`, or if --tpm names one that the seal has nothing of.
base::Result<std::optional<briefcase::Tpm>> tpm_of(const briefcase::Case& folder,
                                                   const std::string& tpm,
                                                   bool is_optional = false);

/// Where this person keeps the last statement on a case: --keep, else below XDG_STATE_HOME.
base::Result<std::filesystem::path> kept_path(const std::string& keep, std::string_view briefcase,
                                              std::string_view ending);
/// Keeps a signed statement in place of the one before.
base::Result<void> keep_statement(const std::string& keep, std::string_view briefcase,
                                  std::string_view signed_custody);
base::Result<std::optional<std::string>> kept_statement(const CaseOptions& options,
                                                        std::string_view briefcase);

/// The custody that a domain holds on a briefcase: in this tool's copy of its log, and its folder.
base::Result<std::vector<std::string>> filed_custody(const OpenDomain& domain,
                                                     std::string_view briefcase);

/// All that can be compared: the kept statement, the domain if it is at hand, the TPM.
base::Result<briefcase::Evidence> gather_evidence(Session& session, const briefcase::Case& folder,
                                                  const briefcase::Knowledge& knowledge,
                                                  const CaseOptions& options);

/// The inspection in words, and as JSON.
void tell_inspection(Session& session, const briefcase::Case& folder,
                     const briefcase::Knowledge& knowledge, const briefcase::Inspection& found,
                     const briefcase::Evidence& evidence);
/// 0 intact, 19 a handover begun, 20 opened, 21 lost, 22 altered, 23 copied back.
int exit_code(briefcase::Verdict verdict);

/// A person's key at hand under the policy that a case knows, for custody.
base::Result<Signer> signer_of(Session& session, const briefcase::Knowledge& knowledge,
                               const std::string& name, const std::string& key);

/// Puts permits into the case once they proved good, and journals `loaded` by the bearer, whose
/// note names each with its digest. Gives the loads' names. Asks before it signs.
base::Result<std::vector<std::string>> load_into(Session& session, const briefcase::Case& folder,
                                                 const std::vector<std::string>& permits,
                                                 const CaseOptions& options);

}  // namespace cheget::cli
