// The journal of a case.
#include "briefcase/journal.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cheget::briefcase {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<statement::Custody> next_custody(const Case& folder, std::string by, base::Time at) {
    statement::Custody custody;
    custody.domain = folder.seal().domain;
    custody.briefcase = folder.fingerprint();
    custody.by = std::move(by);
    custody.seal = folder.seal_digest();
    custody.at = at;
    const Case::Files journal = TRY(folder.journal_files());
    if (!journal.files.empty()) {
        const Case::File& last = journal.files.back();
        const auto parts = statement::split_signed(last.content);
        if (!parts || !statement::parse_custody(parts->text)) {
            return fail(ErrorKind::corrupt_state,
                        fmt::format("going on with the journal of {}: its last file, {}, is no "
                                    "custody statement; `cheget briefcase inspect` tells more",
                                    base::shown(folder.root().string()), base::shown(last.name)));
        }
        custody.previous = statement::id_of(parts->text);
    }
    return custody;
}

Result<void> attest(statement::Custody& custody, Tpm& tpm, std::string_view line) {
    custody.counter = TRY(tpm.count_up(line));
    const Tries tries = TRY(tpm.tries(line));
    if (tries.counter != *custody.counter) {
        return fail(ErrorKind::corrupt_state,
                    "the briefcase's TPM shows another counter than it has just counted up to: "
                    "something else uses it at this moment; try again");
    }
    custody.tries = tries.left();
    custody.quote.reset();
    const base::Digest challenge = TRY(permit::custody_challenge(custody));
    custody.quote = TRY(tpm.quote(line, challenge.bytes));
    return {};
}

Result<void> record_opening(const Case& folder, const OpenKey& key, Tpm* tpm,
                            std::optional<base::Digest> vote, base::Time at) {
    statement::Custody opened = TRY(next_custody(folder, folder.seal().principal, at));
    opened.event = statement::CustodyEvent::opened;
    if (vote) {
        opened.nonce = permit::nonce_for_vote(*vote);
    }
    if (tpm != nullptr) {
        TRY(attest(opened, *tpm, folder.seal().tpm));
    }
    const std::string whole = TRY(key.sign_custody(opened));
    TRY(folder.append_to_journal(whole));
    return folder.put_out(whole);
}

permit::CustodyRecord read_chain(const permit::DomainState& state, const KnownPolicies& policies,
                                 std::string_view briefcase,
                                 const std::vector<std::string_view>& statements) {
    std::vector<permit::FiledCustody> filed;
    for (const std::string_view whole : statements) {
        filed.push_back({whole, &policies.policy_for(whole)});
    }
    return permit::read_custody(state, briefcase, filed);
}

Result<std::vector<std::string>> carried_custody(const Knowledge& knowledge,
                                                 std::string_view briefcase) {
    const std::string subject = permit::subject_of_custody(briefcase);
    std::vector<std::string> found;
    if (const permit::LogCopy* const log = knowledge.log()) {
        for (permit::Entry& entry : TRY(log->about(subject))) {
            found.push_back(std::move(entry.whole));
        }
    }
    for (const std::string_view whole : knowledge.outside(subject)) {
        found.emplace_back(whole);
    }
    return found;
}

}  // namespace cheget::briefcase
