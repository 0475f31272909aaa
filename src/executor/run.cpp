// The main job. Nothing of the command runs before its claim and its start are durable; whatever
// fails before the claim leaves the order as it was, whatever fails after it leaves a record.
#include "executor/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "executor/claiming.h"
#include "executor/judging.h"
#include "executor/launch.h"
#include "executor/observing.h"
#include "executor/sealing.h"
#include "executor/state.h"
#include "executor/subject.h"

namespace cheget::executor {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using statement::Outcome;
using store::ClaimRecord;
using store::Outgoing;

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written <= 0) {
            return;  // nobody listens any more; the command goes on and its output is kept
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

Json text_value(std::string text) {
    return Json{std::move(text)};
}
Json number_value(std::int64_t number) {
    return Json{Json::Number{fmt::format("{}", number)}};
}

/// One run, from its state's lock to its report.
class Run {
  public:
    Run(const Config& config, const keys::MachineKey& key, const RunRequest& request, State state,
        Subject subject)
        : config_(config),
          key_(key),
          request_(request),
          state_(std::move(state)),
          subject_(std::move(subject)) {}

    Result<RunReport> go();

  private:
    /// Catches up with the log, where there is one, and learns when the order's entries were there.
    Result<void> follow_log();
    /// Goes on with a claim that the log did not hold yet when it was made.
    Result<void> resume(const permit::Judgement& judgement, ClaimRecord open);
    Result<void> claim(const permit::Judgement& judgement);
    /// Records a claim's mark, so that nobody takes it for abandoned.
    Result<void> mark_alive(const Digest& claim);
    Result<RunReport> act(Launch& launch, const Sandbox& sandbox);
    Result<RunReport> run_command(Launch& launch, const Sandbox& sandbox);
    /// The target, if the order is permitted or passes because it is observed.
    Result<std::string> require_passage(const permit::Judgement& judgement) const;
    Result<void> still_permitted(Reach reach);
    /// For URLs nobody waits where the log isn't asked either.
    Reach reach() const { return request_.offline ? Reach::folders : Reach::all; }
    Result<void> send();
    Result<void> finish(Outcome outcome, const Ending* ending);
    /// Ends a claim of which nothing ran: the error it gives is the reason itself.
    std::unexpected<base::Error> give_up(base::Error reason);
    RunReport report(std::string_view answer, int exit_code, std::string text) const;
    RunReport report_of(const Ending& ending) const;

    const Config& config_;
    const keys::MachineKey& key_;
    const RunRequest& request_;
    State state_;
    Subject subject_;

    Digest order_;
    std::string target_;
    bool drill_ = false;
    base::Time until_;
    std::optional<ClaimRecord> claim_;
    std::optional<LoggedClaim> logged_;
    base::Time low_before_;
    std::optional<RunningMark> mark_;
    base::Time began_;
    std::string output_path_;
    std::vector<std::string> warnings_;
    std::optional<Observation> observation_;
};

Result<RunReport> Run::go() {
    if (state_.log() != nullptr) {
        TRY(follow_log());
    }
    const Verdict verdict = TRY(judge_now(config_, state_, subject_, {}, reach()));
    const permit::Judgement& judgement = verdict.judgement;
    warnings_.insert(warnings_.end(), verdict.warnings.begin(), verdict.warnings.end());
    order_ = judgement.order_id;
    if (judgement.log) {
        low_before_ = judgement.log->low;
    }
    // Claimed comes first: it is what somebody who runs an order again has to be told.
    const auto* target = std::get_if<std::string>(&judgement.order.target);
    std::optional<ClaimRecord> open;
    drill_ = judgement.order.drill;
    if (target != nullptr) {
        open = TRY(state_.open_claim(order_, *target));
        TRY(require_unclaimed(state_, verdict, *target,
                              open ? std::optional(open->id) : std::nullopt));
    }
    if (open && !request_.dry_run) {
        TRY(resume(judgement, *std::move(open)));
    } else {
        target_ = TRY(require_passage(judgement));
    }
    const bool permitted = judgement.decision.answer == policy::Answer::permit;
    until_ = permitted ? judgement.decision.until : judgement.order.expires;
    if (request_.observe) {
        observation_ = observe(judgement, target_, clock_now());
    }

    const Sandbox& sandbox = config_.sandbox_for(judgement.bound->action().name);
    std::optional<base::BytesView> input;
    if (judgement.order.standard_input) {
        input = verdict.material->file(judgement.order.standard_input->digest);
    }
    const SealedCommand command =
        TRY(seal_command(judgement.order, config_.most_file_bytes, input));
    const Identities identities = TRY(identities_for(judgement.order.user, config_.keep_groups));
    Launch::block_signals();
    Launch launch = TRY(Launch::prepare(command, config_, sandbox, identities));
    if (request_.dry_run) {
        return report(permitted ? "permitted" : "observed", 0,
                      fmt::format("{}: everything is in place, nothing was claimed or run "
                                  "(--dry-run)",
                                  permitted ? "permitted until " + base::to_text(until_)
                                            : std::string("passes because it is observed")));
    }
    if (Launch::was_asked_to_stop()) {
        return fail(ErrorKind::unreachable,
                    "asked to stop before the claim; nothing was claimed or run");
    }
    if (!claim_) {
        if (observation_) {
            TRY(record(config_, *observation_));
        }
        TRY(claim(judgement));
    }
    return act(launch, sandbox);
}

Result<void> Run::follow_log() {
    LogFollower& log = *state_.log();
    if (request_.offline) {
        log.stay_offline();
    }
    const Material material = TRY(subject_.load());
    TRY(state_.follow(material.extract));
    const Digest order = TRY(order_among(material.statements));
    TRY(log.refine_times(order, views(material.statements)));
    for (std::string& warning : log.take_warnings()) {
        warnings_.push_back(std::move(warning));
    }
    if (auto trouble = state_.hand_in_receipts()) {
        warnings_.push_back(*std::move(trouble));
    }
    return {};
}

Result<void> Run::resume(const permit::Judgement& judgement, ClaimRecord open) {
    TRY(mark_alive(open.id));
    target_ = open.target;
    began_ = open.claimed_at;
    claim_ = std::move(open);
    // What can be known to be in vain is ended here; the rest is decided at the claim.
    if (!judgement.bound || judgement.decision.answer == policy::Answer::deny) {
        const Result<std::string> passes = require_passage(judgement);
        if (!passes) {
            return give_up(passes.error());
        }
    }
    return {};
}

Result<std::string> Run::require_passage(const permit::Judgement& judgement) const {
    if (!request_.observe) {
        return require_permit(judgement, config_, key_);
    }
    TRY(require_observing(config_, clock_now()));
    return passes_observed(judgement) ? require_executor(judgement, config_, key_)
                                      : require_permit(judgement, config_, key_);
}

Result<void> Run::claim(const permit::Judgement& judgement) {
    const ClaimRecord record = TRY(make_claim(config_, key_, state_, judgement, target_));
    TRY(mark_alive(record.id));
    if (!TRY(state_.ledger().add_claim(record))) {
        return fail(ErrorKind::denied, fmt::format("order {} is claimed for {} already",
                                                   short_id(order_), base::shown(target_)));
    }
    claim_ = record;
    began_ = record.claimed_at;
    return {};
}

Result<void> Run::mark_alive(const Digest& claim) {
    RunningMark mark = TRY(state_.mark_running(claim));
    mark_.emplace(std::move(mark));
    return {};
}

Result<void> Run::send() {
    const std::vector<Outgoing> sent = TRY(state_.send());
    for (std::string& failure : subject_.file_beside(sent)) {
        warnings_.push_back("not filed beside the order: " + std::move(failure));
    }
    return {};
}

/// The decision at the claim, with everything that has arrived since.
Result<void> Run::still_permitted(Reach reach) {
    const Verdict verdict = TRY(judge_now(config_, state_, subject_, logged_, reach));
    if (verdict.judgement.order_id != order_) {
        return fail(ErrorKind::denied, "the permit was exchanged while it was acted on");
    }
    if (logged_) {
        TRY(permit::require_first_claim(verdict.judgement, claim_->id));
    }
    TRY(require_unclaimed(state_, verdict, target_, claim_->id));
    TRY(require_passage(verdict.judgement));
    return {};
}

std::unexpected<base::Error> Run::give_up(base::Error reason) {
    const Result<void> finished = finish(Outcome::refused, nullptr);
    if (!finished) {
        reason.message += "; its receipt is not written yet: " + finished.error().message;
    }
    reason.message += "; nothing was run, and the order stays claimed";
    if (logged_ && reason.kind == ErrorKind::waiting) {
        reason.kind = ErrorKind::denied;  // what comes after the claim can't help it any more
    }
    return std::unexpected(std::move(reason));
}

Result<RunReport> Run::act(Launch& launch, const Sandbox& sandbox) {
    Result<void> sent = send();
    if (!sent) {
        return give_up(std::move(sent).error());
    }
    if (state_.log() != nullptr) {
        // Until the log is seen to hold it, the claim stays open.
        logged_ = TRY(await_claim(config_, state_, *claim_, low_before_));
    }
    Result<void> permitted = still_permitted(reach());
    if (!permitted) {
        return give_up(std::move(permitted).error());
    }
    statement::Receipt details;
    details.outcome = Outcome::started;
    details.began = began_ = clock_now();
    Result<Outgoing> started = make_receipt(key_, state_.ledger().owner(), *claim_, details);
    if (!started) {
        return give_up(std::move(started).error());
    }
    Result<void> recorded = state_.ledger().record_started(claim_->id, *started);
    if (!recorded) {
        return give_up(std::move(recorded).error());
    }
    sent = send();
    if (!sent) {
        return give_up(std::move(sent).error());
    }
    // Whoever serves the outbox or the order's folder may have kept us waiting: the order can have
    // expired since, or been vetoed. After this look comes the byte.
    permitted = still_permitted(Reach::folders);
    if (!permitted) {
        return give_up(std::move(permitted).error());
    }
    if (drill_) {
        TRY(finish(Outcome::succeeded, nullptr));
        return report("drilled", 0,
                      "drill: permitted, claimed and recorded; nothing was run, as the order asks");
    }
    return run_command(launch, sandbox);
}

Result<RunReport> Run::run_command(Launch& launch, const Sandbox& sandbox) {
    state_.unlock();  // a long command keeps nobody else from deciding
    Result<void> began = launch.start(sandbox);
    if (!began && began.error().kind == ErrorKind::unknown_outcome) {
        TRY(finish(Outcome::unknown, nullptr));
        return std::unexpected(std::move(began).error());
    }
    if (!began) {
        return give_up(std::move(began).error());
    }
    const Echo echo = [&](int descriptor, std::string_view piece) {
        if (request_.echo) {
            write_all(descriptor, piece);
        }
    };
    const Result<Ending> ending = launch.wait(sandbox, echo);
    if (!ending) {
        TRY(finish(Outcome::unknown, nullptr));
        return fail(ErrorKind::unknown_outcome,
                    "the command began and how it ended is unknown: " + ending.error().message);
    }
    const Result<void> finished =
        finish(ending->code == 0 ? Outcome::succeeded : Outcome::failed, &*ending);
    if (!finished) {
        return fail(ErrorKind::unknown_outcome,
                    fmt::format("the command ended with code {}, and that could not be recorded: "
                                "{}",
                                ending->code, finished.error().message));
    }
    return report_of(*ending);
}

Result<void> Run::finish(Outcome outcome, const Ending* ending) {
    statement::Receipt details;
    details.outcome = outcome;
    details.began = began_;
    details.ended = clock_now();
    std::optional<std::int32_t> code;
    if (ending != nullptr) {
        code = details.code = ending->code;
        if (!ending->output.empty()) {
            details.output = {base::sha256(ending->output), ending->output.size()};
            // How it ended must not be lost with its output.
            Result<std::string> stored = state_.store_output(claim_->id, ending->output);
            if (stored) {
                output_path_ = *std::move(stored);
            } else {
                warnings_.push_back("the command's output is not kept: " + stored.error().message);
            }
        }
    }
    if (*details.ended < began_) {
        details.ended = began_;  // the clock was set back meanwhile
    }
    const Outgoing receipt = TRY(make_receipt(key_, state_.ledger().owner(), *claim_, details));
    TRY(state_.ledger().record_end(claim_->id, outcome, code, receipt));
    const Result<void> sent = send();
    if (!sent) {
        warnings_.push_back("the receipt is recorded, and will be sent at the next run: " +
                            sent.error().message);
    }
    if (auto trouble = state_.hand_in_receipts()) {
        warnings_.push_back(*std::move(trouble));
    }
    return {};
}

RunReport Run::report_of(const Ending& ending) const {
    const std::string kept = ending.output_bytes > ending.output.size()
                                 ? fmt::format(" (the first {} of {} bytes of its output are kept)",
                                               ending.output.size(), ending.output_bytes)
                                 : "";
    RunReport report;
    if (ending.code == 0) {
        report = this->report("succeeded", 0, "done: the command succeeded" + kept);
    } else {
        const std::string how = ending.code < 0
                                    ? fmt::format("was ended by signal {}", -ending.code)
                                    : fmt::format("failed with code {}", ending.code);
        report = this->report(
            "failed", static_cast<int>(ErrorKind::command_failed),
            fmt::format("the command {}{}{}", how,
                        ending.timed_out ? " when its time limit had passed" : "", kept));
    }
    auto& object = std::get<Json::Object>(report.json.value);
    object["code"] = number_value(ending.code);
    object["output_bytes"] = number_value(static_cast<std::int64_t>(ending.output_bytes));
    if (!output_path_.empty()) {
        object["output_file"] = text_value(output_path_);
    }
    return report;
}

RunReport Run::report(std::string_view answer, int exit_code, std::string text) const {
    RunReport report;
    report.exit_code = exit_code;
    Json::Object object;
    object["answer"] = text_value(std::string(answer));
    object["order"] = text_value(base::to_text(order_));
    object["target"] = text_value(target_);
    object["drill"] = Json{drill_};
    object["until"] = text_value(base::to_text(until_));
    if (logged_) {
        object["index"] = number_value(static_cast<std::int64_t>(logged_->index));
        text += fmt::format("\n  entry   {} of the log {}", logged_->index, state_.owner().log);
    }
    if (claim_) {
        object["claim"] = text_value(base::to_text(claim_->id));
        object["outbox"] = text_value(config_.outbox + "/" + base::to_hex(order_));
        text += fmt::format("\n  order   {}\n  target  {}\n  claim   {}\n  receipts in {}/{}",
                            base::to_text(order_), base::shown(target_), base::to_text(claim_->id),
                            config_.outbox, base::to_hex(order_));
    }
    if (observation_) {
        object["observed"] = to_json(*observation_);
        text += "\nobserved: without --observe the policy would have answered\n" +
                observation_->explanation;
    }
    Json::Array warnings;
    for (const std::string& warning : warnings_) {
        warnings.push_back(text_value(warning));
        text += "\nwarning: " + warning;
    }
    if (!warnings.empty()) {
        object["warnings"] = Json{std::move(warnings)};
    }
    report.text = std::move(text);
    report.json = Json{std::move(object)};
    return report;
}

}  // namespace

Result<RunReport> run_order(const Config& config, const keys::MachineKey& key,
                            const RunRequest& request) {
    Subject subject = TRY(Subject::open(request.subject));
    State state = TRY(State::open(config, key));
    Run run(config, key, request, std::move(state), std::move(subject));
    return run.go();
}

}  // namespace cheget::executor
