// briefcase drill: the whole way from opening to a vote, on an order that does nothing.
#include <CLI/App.hpp>
#include <chrono>

#include "base/text.h"
#include "briefcase/signing.h"
#include "briefcase/terminal_window.h"
#include "cli/bearer.h"
#include "cli/ceremony.h"
#include "cli/commands.h"
#include "cli/passphrase.h"
#include "cli/recording.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using Clock = std::chrono::steady_clock;

struct Options {
    CaseOptions of_case;
    std::string passphrase_file;
    bool report = false;
};

std::string seconds_since(Clock::time_point begin) {
    const auto passed = std::chrono::duration<double>(Clock::now() - begin).count();
    return fmt::format("{:.1f} s", passed);
}

/// The drill that waits longest and that its principal has not answered yet.
Result<permit::Judgement> find_drill(const briefcase::Case& folder,
                                     const briefcase::Knowledge& knowledge) {
    for (auto id = knowledge.orders().rbegin(); id != knowledge.orders().rend(); ++id) {
        auto judged = knowledge.judge(*id, now());
        if (!judged || !judged->order.drill || !judged->bound ||
            judged->decision.answer != policy::Answer::wait) {
            continue;
        }
        const auto& principals = judged->state.policy->policy.principals;
        const bool is_answered =
            std::any_of(judged->votes.begin(), judged->votes.end(), [&](const auto& vote) {
                return principals[vote.voice.by].name == folder.seal().principal;
            });
        if (!is_answered) {
            return std::move(*judged);
        }
    }
    return fail(ErrorKind::usage,
                "no drill waits in this briefcase: propose one (`cheget propose … --drill`) and "
                "load it");
}

/// Its key, by the passphrase.
Result<briefcase::OpenKey> open_key(const briefcase::Case& folder, const Options& options,
                                    std::optional<briefcase::Tpm>& tpm) {
    const auto passphrase =
        TRY(read_passphrase(options.passphrase_file, "Passphrase of the briefcase:"));
    const auto evaluate = tpm ? tpm->evaluate(folder.seal().tpm) : briefcase::no_tpm();
    auto secrets = TRY(briefcase::open_slots(folder.seal(), passphrase.view(), evaluate));
    return briefcase::OpenKey::make(folder.seal(), std::move(secrets));
}

Outcome drill(Session& session, const Options& options) {
    briefcase::guard_process();
    const briefcase::Case folder = TRY(briefcase::Case::open(options.of_case.folder));
    const auto knowledge = TRY(read_knowledge(folder));
    const permit::Judgement judged = TRY(find_drill(folder, *knowledge));
    auto tpm = TRY(tpm_of(folder, options.of_case.tpm));
    session.say("{} this order is an exercise: whatever is voted on it, nothing will run.\n",
                session.bold("DRILL:"));
    const auto begin = Clock::now();
    const briefcase::OpenKey key = TRY(open_key(folder, options, tpm));
    TRY(briefcase::record_opening(folder, key, tpm ? &*tpm : nullptr, std::nullopt, now()));
    const std::string opening = seconds_since(begin);
    session.say("It opened after {}.\n\n", opening);
    statement::Vote vote =
        new_vote(knowledge->domain().policy->policy, statement::OnOrder{judged.order_id},
                 statement::Verdict::approve, folder.seal().principal, "drill",
                 std::string(judged.order_text));
    show_what_is_signed(session, judged.order_text);
    TRY(session.confirm("Approve this drill from the briefcase?"));
    const std::string signed_vote = TRY(key.sign_vote(std::move(vote)));
    const auto parts = TRY(statement::split_signed(signed_vote));
    TRY(briefcase::record_opening(folder, key, tpm ? &*tpm : nullptr, statement::id_of(parts.text),
                                  now()));
    TRY(folder.put_out(signed_vote));
    const std::string whole = seconds_since(begin);
    const base::Span since{
        std::max<std::int64_t>(0, now().seconds - judged.order.proposed.seconds)};
    session.say(
        "{} the vote waits in the outbox after {}, {} after the drill was proposed.\nTake it out "
        "(`cheget briefcase export`, `cheget courier collect`) to finish the exercise; `cheget "
        "briefcase drill --report` then tells how long each person took.\n",
        session.good("Done:"), whole, base::to_words(since));
    session.write_json({base::Json::Object{
        {"opened_after", text_json(opening)},
        {"order", text_json(base::to_text(judged.order_id))},
        {"seconds_since_proposed", number_json(static_cast<std::uint64_t>(since.seconds))},
        {"voted_after", text_json(whole)}}});
    return 0;
}

/// Of every drill in the domain: who answered, and how long after it was proposed by their own
/// word.
Outcome report(Session& session) {
    session.globals.follow = Follow::if_new;
    const OpenDomain domain = TRY(open_domain(session));
    base::Json::Array told;
    for (const base::Digest& id : TRY(domain.folder.orders())) {
        const auto judged = judge_order(domain, id, Times::as_known);
        if (!judged || !judged->judgement->order.drill) {
            continue;
        }
        const permit::Judgement& judgement = *judged->judgement;
        session.say("{} {} at {}\n", session.bold("drill"), short_id(id),
                    base::to_text(judgement.order.proposed));
        for (const permit::CountedVote& vote : judgement.votes) {
            const std::string& name = judgement.state.policy->policy.principals[vote.voice.by].name;
            const base::Span after{
                std::max<std::int64_t>(0, vote.voted.seconds - judgement.order.proposed.seconds)};
            session.say("  {} after {}\n", name, base::to_words(after));
            told.push_back({base::Json::Object{
                {"order", text_json(base::to_text(id))},
                {"person", text_json(name)},
                {"seconds", number_json(static_cast<std::uint64_t>(after.seconds))}}});
        }
    }
    if (told.empty()) {
        session.say("No drill was answered yet.\n");
    }
    session.write_json({base::Json::Object{{"answers", {told}}}});
    return 0;
}

}  // namespace

void add_briefcase_drill(CLI::App& briefcase, Session& session) {
    CLI::App* command = add_command(
        briefcase, "drill", "Rehearse: open a briefcase and vote on an order that does nothing",
        "  cheget propose drop-database prod/eu-1/test --reason 'fire drill' --drill\n"
        "  cheget briefcase drill /media/case\n"
        "  cheget briefcase drill --report --domain acme");
    auto options = std::make_shared<Options>();
    command->add_option("case", options->of_case.folder, "The briefcase's folder")
        ->type_name("CASE");
    command
        ->add_option("--tpm", options->of_case.tpm,
                     "How its TPM is reached, such as device:/dev/tpmrm0 (where it has one)")
        ->type_name("TCTI");
    command
        ->add_option("--passphrase-file", options->passphrase_file,
                     "Read the passphrase from a file's first line or /dev/fd/N")
        ->type_name("FILE");
    command->add_flag("--report", options->report,
                      "Tell of the domain's drills how long each person took");
    add_log_places(command, session);
    on_chosen(command, session, [&session, options]() -> Outcome {
        if (options->report) {
            return report(session);
        }
        if (options->of_case.folder.empty()) {
            return fail(ErrorKind::usage, "drilling: name the briefcase, or --report");
        }
        return drill(session, *options);
    });
}

}  // namespace cheget::cli
