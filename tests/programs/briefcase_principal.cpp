// usage: briefcase_principal CASE PASSPHRASE ORDER VERDICT [TCTI]
//
// A principal in tests, without a screen: opens a case, journals it, votes on the order whose id
// begins so, journals that, and leaves the vote in the outbox. ORDER `-` opens it and no more.
#include <fmt/format.h>

#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "briefcase/journal.h"
#include "briefcase/signing.h"

namespace base = cheget::base;
namespace briefcase = cheget::briefcase;
namespace statement = cheget::statement;

namespace {

using base::Result;

base::Time now() {
    return {static_cast<std::int64_t>(std::time(nullptr))};
}

Result<statement::Vote> find_order(const briefcase::Case& folder, const std::string& begin) {
    const auto knowledge = TRY(briefcase::Knowledge::read(folder));
    for (const base::Digest& id : knowledge->orders()) {
        if (base::to_hex(id).starts_with(begin)) {
            const auto judged = TRY(knowledge->judge(id, now()));
            statement::Vote vote;
            vote.domain = folder.seal().domain;
            vote.on = statement::OnOrder{id};
            vote.by = folder.seal().principal;
            vote.voted = now();
            vote.subject_text = judged.order_text;
            return vote;
        }
    }
    return base::bad_input("the briefcase holds no such order");
}

Result<void> run(const std::vector<std::string>& words) {
    if (words.size() < 4) {
        return base::fail(base::ErrorKind::usage, "CASE PASSPHRASE ORDER VERDICT [TCTI]");
    }
    TRY(cheget::keys::start_sodium());
    const briefcase::Case folder = TRY(briefcase::Case::open(words[0]));
    std::optional<briefcase::Tpm> tpm;
    if (words.size() > 4) {
        tpm = TRY(briefcase::Tpm::connect(words[4]));
    }
    const auto evaluate = tpm ? tpm->evaluate(folder.seal().tpm) : briefcase::no_tpm();
    auto secrets = TRY(briefcase::open_slots(folder.seal(), base::as_bytes(words[1]), evaluate));
    const auto key = TRY(briefcase::OpenKey::make(folder.seal(), std::move(secrets)));
    TRY(briefcase::record_opening(folder, key, tpm ? &*tpm : nullptr, std::nullopt, now()));
    if (words[2] == "-") {
        return {};
    }
    statement::Vote vote = TRY(find_order(folder, words[2]));
    for (const auto verdict : {statement::Verdict::approve, statement::Verdict::consent,
                               statement::Verdict::veto, statement::Verdict::seen}) {
        vote.verdict = statement::name_of(verdict) == words[3] ? verdict : vote.verdict;
    }
    const std::string whole = TRY(key.sign_vote(std::move(vote)));
    const auto parts = TRY(statement::split_signed(whole));
    TRY(briefcase::record_opening(folder, key, tpm ? &*tpm : nullptr, statement::id_of(parts.text),
                                  now()));
    return folder.put_out(whole);
}

}  // namespace

int main(int count, char** arguments) {
    const auto done = run(std::vector<std::string>(arguments + 1, arguments + count));
    if (!done) {
        fmt::print(stderr, "briefcase_principal: {}\n", done.error().message);
        return static_cast<int>(done.error().kind);
    }
    return 0;
}
