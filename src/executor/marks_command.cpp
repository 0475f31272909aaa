// Marks on the command line.
#include "executor/marks_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "base/text.h"
#include "executor/alarm.h"
#include "executor/marks.h"
#include "executor/say.h"

namespace cheget::executor {

namespace {

using base::Json;
using base::Result;

Result<int> list(const Config& config, bool json) {
    const Marks marks = TRY(Marks::load(config));
    if (json) {
        Json::Object object;
        Json::Array keys;
        for (const std::string& key : marks.keys()) {
            keys.push_back(Json{key});
        }
        object["keys"] = Json{std::move(keys)};
        object["silent_alarm"] = Json{!config.silent_alarm.empty()};
        say(STDOUT_FILENO, "{}\n", base::to_canonical(Json{std::move(object)}));
        return 0;
    }
    for (const std::string& key : marks.keys()) {
        say(STDOUT_FILENO, "{}\n", key);
    }
    if (marks.empty()) {
        say(STDOUT_FILENO,
            "none: approvals out of briefcases count for nothing here; take in what `cheget "
            "briefcase create --marks FILE` wrote with `cheget-exec marks add FILE`\n");
    }
    if (config.silent_alarm.empty()) {
        say(STDOUT_FILENO, "no silent_alarm is set in {}: a vote under duress tells nobody\n",
            base::shown(config.path));
    }
    return 0;
}

}  // namespace

CLI::App* describe_marks(CLI::App& app, MarksRequest& request) {
    CLI::App* marks = app.add_subcommand(
        "marks",
        "keep the secrets behind briefcases' marks, without which their approvals are void");
    marks->require_subcommand(0, 1);
    CLI::App* add = marks->add_subcommand("add", "take in a mark file");
    add->add_option("FILE", request.subject, "as `cheget briefcase create --marks` wrote it")
        ->required();
    add->callback([&request] { request.what = MarksRequest::What::add; });
    CLI::App* remove = marks->add_subcommand("remove", "forget the secret of a key");
    remove->add_option("KEY", request.subject, "its fingerprint, SHA256:...")->required();
    remove->callback([&request] { request.what = MarksRequest::What::remove; });
    CLI::App* tell = marks->add_subcommand("tell", "run `silent_alarm` for alarms not told yet");
    tell->add_flag("--apart", request.apart, "in a process of its own");
    tell->callback([&request] { request.what = MarksRequest::What::tell; });
    for (CLI::App* command : {add, remove, tell}) {
        command->fallthrough();
    }
    return marks;
}

Result<int> keep_marks(const std::string& path, const MarksRequest& request) {
    const Config config = TRY(load_config(path));
    switch (request.what) {
        case MarksRequest::What::list:
            return list(config, request.json);
        case MarksRequest::What::add: {
            const std::string key = TRY(add_mark(config, request.subject));
            say(STDOUT_FILENO,
                "approvals by {} count here from now on; now destroy {}, or carry it to the next "
                "executor\n",
                key, base::shown(request.subject));
            return 0;
        }
        case MarksRequest::What::remove:
            TRY(remove_mark(config, request.subject));
            say(STDOUT_FILENO, "approvals by {} count here no more\n", request.subject);
            return 0;
        case MarksRequest::What::tell:
            if (request.apart && ::fork() != 0) {
                return 0;  // whoever started this waits for nothing
            }
            TRY(tell_alarms(config));
            return 0;
    }
    return base::fail(base::ErrorKind::usage, "`cheget-exec marks --help` shows how it goes");
}

}  // namespace cheget::executor
