// policy check --batch: many policies at once, as a CI gate asks for.
#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "analysis/assertions.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/policy_file.h"
#include "policy/sound_keys.h"

namespace cheget::cli {

namespace {

using base::Result;

constexpr std::size_t k_longest_list = 64 * 1024 * 1024;

/// The complaints about one file; empty if it is sound.
std::string complaints_about(const std::string& file, policy::SoundKeys& sound) {
    const auto read = read_policy_file(file);
    if (!read) {
        return read.error().message;
    }
    const policy::ParseOutcome outcome =
        analysis::held(policy::check_new_policy(read->text, sound), read->text);
    return outcome.policy ? std::string() : policy::to_text(outcome.diagnostics, base::shown(file));
}

/// The complaints about each, by as many threads as there are processors.
std::vector<std::string> complaints_about_all(const std::vector<std::string>& files) {
    std::vector<std::string> complaints(files.size());
    std::atomic<std::size_t> next{0};
    const auto run = [&] {
        policy::SoundKeys sound;
        for (std::size_t i = next++; i < files.size(); i = next++) {
            complaints[i] = complaints_about(files[i], sound);
        }
    };
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) {
        threads.emplace_back(run);
    }
    run();
    threads.clear();  // joins them
    return complaints;
}

}  // namespace

Outcome check_batch(Session& session, const std::string& list) {
    const std::string text = TRY(read_input(list, k_longest_list));
    std::vector<std::string> files;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view line = base::take_until(rest, '\n');
        if (!line.empty()) {
            files.emplace_back(line);
        }
    }
    const std::vector<std::string> complaints = complaints_about_all(files);
    base::Json::Array bad;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (!complaints[i].empty()) {
            session.say("{} {}\n", session.bad("bad:"), complaints[i]);
            base::Json::Object one;
            one["file"] = text_json(files[i]);
            one["why"] = text_json(complaints[i]);
            bad.emplace_back(std::move(one));
        }
    }
    session.say("{} policies checked, {} of them bad\n", files.size(), bad.size());
    const bool all_good = bad.empty();
    base::Json::Object told;
    told["checked"] = number_json(files.size());
    told["bad"] = {std::move(bad)};
    session.write_json({std::move(told)});
    return all_good ? 0 : static_cast<int>(base::ErrorKind::bad_input);
}

}  // namespace cheget::cli
