// A briefcase's principal in tests, without a terminal to look at.
//
//   briefcase_voter vote CASE PASSPHRASE ORDER VERDICT [NOTE]   signs into the outbox; the
//   statement
//                                                               on stdout
//   briefcase_voter shown CASE                                  each order and what it makes of it
//   briefcase_voter payload FILE                                a signed statement as a code's
//   bytes briefcase_voter png FILE|- PNG                              bytes as a code in a picture
#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "briefcase/compact_vote.h"
#include "briefcase/knowledge.h"
#include "briefcase/outgoing.h"
#include "briefcase/picture.h"
#include "briefcase/signing.h"
#include "cli/session.h"
#include "keys/locked_bytes.h"
#include "store/file.h"

namespace base = cheget::base;
namespace briefcase = cheget::briefcase;
namespace statement = cheget::statement;

namespace {

using base::Result;

constexpr std::size_t k_most = std::size_t{64} << 20U;

Result<std::string> vote(const std::vector<std::string>& words) {
    TRY(cheget::keys::start_sodium());
    const briefcase::Case folder = TRY(briefcase::Case::open(words[1]));
    const auto knowledge = TRY(briefcase::Knowledge::read(folder));
    for (const base::Digest& id : knowledge->orders()) {
        if (!base::to_hex(id).starts_with(words[3])) {
            continue;
        }
        const base::Time now{static_cast<std::int64_t>(std::time(nullptr))};
        const auto judgement = TRY(knowledge->judge(id, now));
        if (!judgement.bound) {
            return base::bad_input("the order does not fit the policy: " + judgement.refusal);
        }
        auto secrets = TRY(
            briefcase::open_slots(folder.seal(), base::as_bytes(words[2]), briefcase::no_tpm()));
        const auto key = TRY(briefcase::OpenKey::make(folder.seal(), std::move(secrets)));
        statement::Vote said;
        said.domain = folder.seal().domain;
        said.on = statement::OnOrder{id};
        for (const auto verdict :
             {statement::Verdict::approve, statement::Verdict::consent, statement::Verdict::veto,
              statement::Verdict::withdraw, statement::Verdict::seen}) {
            said.verdict = statement::name_of(verdict) == words[4] ? verdict : said.verdict;
        }
        said.by = folder.seal().principal;
        said.voted = now;
        if (words.size() > 5) {
            said.note = words[5];
        }
        said.subject_text = judgement.order_text;
        std::string whole = TRY(key.sign_vote(said));
        TRY(folder.put_out(whole));
        return whole;
    }
    return base::bad_input("the briefcase holds no such order");
}

Result<std::string> shown(const std::string& path) {
    const briefcase::Case folder = TRY(briefcase::Case::open(path));
    const auto knowledge = TRY(briefcase::Knowledge::read(folder));
    std::string lines = fmt::format("size {}\n", knowledge->as_of() ? knowledge->as_of()->size : 0);
    for (const auto& one : knowledge->set_aside()) {
        lines += fmt::format("aside {}: {}\n", one.what, one.why);
    }
    const base::Time now{static_cast<std::int64_t>(std::time(nullptr))};
    for (const base::Digest& id : knowledge->orders()) {
        const auto judgement = knowledge->judge(id, now);
        lines += fmt::format("{} {} {}\n", judgement && judgement->bound ? "order" : "no-order",
                             base::to_hex(id), judgement ? judgement->votes.size() : 0);
    }
    for (const auto& one : TRY(briefcase::waiting_in(folder, *knowledge))) {
        lines +=
            fmt::format("out {} {} {}\n", one.out.name,
                        one.is_recorded ? "recorded" : "not-recorded", one.says_no ? "no" : "yes");
    }
    return lines;
}

Result<std::string> run(const std::vector<std::string>& words) {
    if (words.size() >= 5 && words[0] == "vote") {
        return vote(words);
    }
    if (words.size() == 2 && words[0] == "shown") {
        return shown(words[1]);
    }
    if (words.size() == 2 && words[0] == "payload") {
        const std::string whole = TRY(cheget::store::read_file(words[1], k_most));
        return std::string(base::as_text(TRY(briefcase::carry(whole))));
    }
    if (words.size() == 3 && words[0] == "png") {
        const std::string bytes = TRY(cheget::cli::read_input(words[1], k_most));
        const auto code =
            TRY(briefcase::make_code(base::as_bytes(bytes), briefcase::Correction::low));
        const std::string png = TRY(briefcase::to_png(briefcase::paint(code, 4)));
        TRY(cheget::store::write_file_durably(words[2], png));
        return std::string();
    }
    return base::bad_input("usage: see the source");
}

}  // namespace

int main(int count, char** arguments) {
    const auto done = run(std::vector<std::string>(arguments + 1, arguments + count));
    if (!done) {
        fmt::print(stderr, "briefcase_voter: {}\n", done.error().message);
        return 1;
    }
    std::fwrite(done->data(), 1, done->size(), stdout);
    return 0;
}
