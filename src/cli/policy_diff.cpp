// policy diff: what a change of a policy makes easier, and for whom.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "analysis/policy_difference_words.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/policy_difference_json.h"
#include "cli/policy_file.h"

namespace cheget::cli {

namespace {

using analysis::PolicyDifference;
using analysis::Shift;
using base::Json;

struct Options {
    std::vector<std::string> files;
    std::string batch;
    std::size_t most = 3;
};

int code_of(Shift shift) {
    constexpr int k_codes[] = {0, 10, 11, 12};
    return k_codes[static_cast<std::size_t>(shift)];
}

/// Any layout; the caller has no use for advice on keys.
base::Result<policy::Policy> read_policy(const std::string& file) {
    const PolicyFile written = TRY(read_policy_file(file));
    policy::ParseOutcome outcome = policy::check_policy(written.text);
    if (!outcome.policy) {
        return base::bad_input("comparing policies:\n" +
                               policy::to_text(outcome.diagnostics, base::shown(file)));
    }
    return std::move(*outcome.policy);
}

base::Result<PolicyDifference> compared(const policy::Policy& before, const policy::Policy& after,
                                        std::size_t most) {
    PolicyDifference difference = analysis::difference_of(before, after, most);
    TRY(analysis::confirm(before, after, difference));
    return difference;
}

std::string painted(const Session& session, Shift shift, const std::string& text) {
    return shift == Shift::lowered || shift == Shift::changed ? session.bad(text)
           : shift == Shift::raised                           ? session.warning(text)
                                                              : session.good(text);
}

Outcome diff(Session& session, const Options& options) {
    if (options.files.empty()) {
        return base::fail(base::ErrorKind::usage,
                          "comparing policies: name the new one, or an old and a new one, or "
                          "--batch LIST");
    }
    const std::string& new_file = options.files.back();
    const std::string old_file = options.files.size() > 1 ? options.files[0] : std::string();
    const std::string old_text = TRY(policy_text(session, old_file));
    policy::ParseOutcome old_policy = policy::check_policy(old_text);
    if (!old_policy.policy) {
        return base::bad_input("comparing policies:\n" +
                               policy::to_text(old_policy.diagnostics, base::shown(old_file)));
    }
    const policy::Policy& before = *old_policy.policy;
    const policy::Policy after = TRY(read_policy(new_file));
    const PolicyDifference difference = TRY(compared(before, after, options.most));
    if (session.globals.json) {
        session.write_json({difference_json(difference)});
    } else {
        const std::string text = analysis::report(before, after, difference);
        const std::size_t verdict = text.find(':');
        session.say("{}", painted(session, difference.shift, text.substr(0, verdict)));
        session.write_people(std::string_view(text).substr(verdict));
    }
    return code_of(difference.shift);
}

// Many pairs.

struct Pair {
    std::string before;
    std::string after;
};

base::Result<std::vector<Pair>> read_pairs(const std::string& file) {
    constexpr std::size_t k_longest_list = std::size_t{64} << 20U;
    const std::string content = TRY(read_input(file, k_longest_list));
    std::vector<Pair> pairs;
    std::string_view rest = content;
    for (std::size_t number = 1; !rest.empty(); ++number) {
        std::string_view line = base::take_until(rest, '\n');
        if (line.empty()) {
            continue;
        }
        const std::size_t cut = line.find(line.find('\t') != line.npos ? '\t' : ' ');
        if (cut == line.npos || cut == 0 || cut + 1 == line.size()) {
            return base::bad_input(fmt::format(
                "reading the pairs in {}: line {} is not `OLD NEW`, two paths with a space or, if "
                "they hold spaces, a tab between them",
                base::shown(file), number));
        }
        pairs.push_back({std::string(line.substr(0, cut)), std::string(line.substr(cut + 1))});
    }
    return pairs;
}

struct Told {
    std::string line;
    int code = 0;
};

base::Result<PolicyDifference> compare_files(const Pair& pair, std::size_t most) {
    const policy::Policy before = TRY(read_policy(pair.before));
    const policy::Policy after = TRY(read_policy(pair.after));
    return compared(before, after, most);
}

Told tell_pair(const Pair& pair, std::size_t most) {
    Json::Object told;
    int code = 0;
    if (auto difference = compare_files(pair, most)) {
        told = difference_json(*difference);
        code = code_of(difference->shift);
    } else {
        told["error"] = text_json(difference.error().message);
        code = static_cast<int>(difference.error().kind);
    }
    told["old"] = text_json(pair.before);
    told["new"] = text_json(pair.after);
    return {base::to_canonical(Json{told}) + "\n", code};
}

/// A failure is worse than any verdict.
bool is_worse(int one, int other) {
    constexpr int k_first_verdict = 10;
    const auto weight = [](int code) {
        return code == 0 ? 0 : code >= k_first_verdict ? code : 100 + code;
    };
    return weight(one) > weight(other);
}

Outcome diff_batch(Session& session, const Options& options) {
    if (!options.files.empty()) {
        return base::fail(base::ErrorKind::usage,
                          "comparing policies: --batch takes its pairs from the list alone");
    }
    const std::vector<Pair> pairs = TRY(read_pairs(options.batch));
    std::vector<Told> told(pairs.size());
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> done = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < pairs.size(); i = next++) {
            told[i] = tell_pair(pairs[i], options.most);
            ++done;
        }
    };
    const std::size_t helpers =
        std::min<std::size_t>(pairs.size() / 16, std::max(1U, std::thread::hardware_concurrency()));
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < helpers; ++i) {
        threads.emplace_back(work);
    }
    if (threads.empty()) {
        work();
    }
    const bool shows = isatty(STDERR_FILENO) == 1;
    for (int tenths = 0; shows && done < pairs.size(); ++tenths) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        if (tenths > 10) {
            fmt::print(stderr, "\r{} of {} pairs", done.load(), pairs.size());
        }
    }
    threads.clear();
    if (shows) {
        fmt::print(stderr, "\r\x1b[K");
    }
    int worst = 0;
    session.keep_stdout_for_data();
    for (const Told& one : told) {
        session.write_data(one.line);
        worst = is_worse(one.code, worst) ? one.code : worst;
    }
    return worst;
}

}  // namespace

void add_policy_diff(CLI::App& policy, Session& session) {
    CLI::App* command = add_command(
        policy, "diff", "What a change makes easier, what harder, and for whom",
        "  cheget policy diff old.policy new.policy\n"
        "  cheget policy diff new.policy                  against the policy in force\n"
        "  cheget policy diff old.policy new.policy --json\n"
        "  cheget policy diff --batch pairs.txt           OLD NEW on each line; JSON lines out\n"
        "Exit codes: 0 SAME, 10 RAISED (nobody gains), 11 CHANGED (some gain, some lose),\n"
        "12 LOWERED. Somebody gains by 11 and by 12.");
    auto options = std::make_shared<Options>();
    command
        ->add_option("files", options->files,
                     "The old policy's file (else the policy in force in the domain), and the new "
                     "one's")
        ->expected(1, 2)
        ->type_name("[OLD] NEW");
    command
        ->add_option("--batch", options->batch,
                     "Compare many pairs: a file of lines `OLD NEW`; `-` reads stdin")
        ->type_name("LIST");
    command->add_option("--most", options->most, "Name so many of the smallest coalitions (3)")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    on_chosen(command, session, [&session, options] {
        return options->batch.empty() ? diff(session, *options) : diff_batch(session, *options);
    });
}

}  // namespace cheget::cli
