// Keeping alarms and having them told.
#include "executor/alarm.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "store/alarm_command.h"
#include "store/descriptor.h"
#include "store/file.h"

namespace cheget::executor {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
namespace fs = std::filesystem;

/// What a program of ours or of the administrator's is started with.
std::array<char*, 2> environment() {
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    return {path, nullptr};
}

fs::path folder_of(const Config& config) {
    return fs::path(config.state) / "alarms";
}

fs::path place_of_reading(const Config& config) {
    return folder_of(config) / "read";
}

fs::path place_of_failures(const Config& config) {
    return folder_of(config) / "failures";
}

std::string details_of(const statement::VoteFields& vote, const Digest& id,
                       const std::string& key) {
    Json::Object told;
    told["alarm"] = Json{std::string("duress")};
    told["by"] = Json{std::string(vote.by)};
    told["domain"] = Json{vote.domain.name};
    told["key"] = Json{key};
    const auto* order = std::get_if<statement::OnOrder>(&vote.on);
    told["on"] = Json{base::to_text(
        order != nullptr ? order->id : std::get<statement::PolicyReference>(vote.on).id)};
    told["seen"] = Json{base::to_text(clock_now())};
    told["verdict"] = Json{std::string(statement::name_of(vote.verdict))};
    told["vote"] = Json{base::to_text(id)};
    return base::to_canonical(Json{std::move(told)}) + '\n';
}

/// Whoever has an open briefcase can sign without end; its first votes are what matters.
constexpr std::size_t k_most_alarms = 1000;
constexpr std::size_t k_longest_details = 65536;

bool is_full(const Config& config) {
    std::error_code error;
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_of(config), error)) {
        count += entry.path().extension() == ".alarm" || entry.path().extension() == ".told";
    }
    return count >= k_most_alarms;
}

/// One file for each vote out of a briefcase, whose ending says whether it was made under duress
/// and whether that was told.
Result<void> keep_alarm(const Config& config, const Marks& marks, std::string_view whole) {
    if (!whole.starts_with("cheget vote v1\n")) {
        return {};
    }
    const auto parts = statement::split_signed(whole);
    const auto said = parts ? marks.look_at(*parts) : std::nullopt;
    const auto fields = said ? statement::parse_vote_fields(parts->text)
                             : Result<statement::VoteFields>(base::bad_input("of no briefcase"));
    if (!fields) {
        return {};  // a server may log what it likes: that must not end the looking
    }
    const Digest id = statement::id_of(parts->text);
    const fs::path path = folder_of(config) / base::to_hex(id);
    std::error_code error;
    for (const char* ending : {".told", ".alarm", ".good"}) {
        if (fs::exists(path.string() + ending, error)) {
            return {};
        }
    }
    // A good vote costs the same as one under duress, down to the looking for room and the file.
    const bool has_room = !is_full(config);
    const bool is_alarm = has_room && !said->holds;
    return store::write_file_durably(path.string() + (is_alarm ? ".alarm" : ".good"),
                                     details_of(*fields, id, said->key), 0600);
}

std::uint64_t read_so_far(const Config& config) {
    const auto text = store::read_file(place_of_reading(config), 32);
    const auto number = text && text->ends_with('\n')
                            ? base::parse_number(text->substr(0, text->size() - 1), UINT64_MAX)
                            : Result<std::uint64_t>(base::bad_input("not read yet"));
    return number.value_or(0);
}

Result<void> look_through_log(const Config& config, State& state, const Marks& marks) {
    if (state.log() == nullptr) {
        return {};
    }
    const std::uint64_t size = state.log()->knowledge().chronicle.size();
    const std::uint64_t from = std::min(read_so_far(config), size);
    for (std::uint64_t index = from; index < size; ++index) {
        const std::string entry = TRY(state.log()->copy().entry(index));
        TRY(keep_alarm(config, marks, entry));
    }
    if (from != size) {
        TRY(store::write_file_durably(place_of_reading(config), fmt::format("{}\n", size), 0600));
    }
    return {};
}

/// The newest first: one whose command failed before must not keep back what was never tried.
std::vector<fs::path> untold(const Config& config) {
    std::vector<std::pair<fs::file_time_type, fs::path>> alarms;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_of(config), error)) {
        if (entry.path().extension() == ".alarm") {
            alarms.emplace_back(entry.last_write_time(error), entry.path());
        }
    }
    std::sort(alarms.rbegin(), alarms.rend());
    std::vector<fs::path> paths;
    std::transform(alarms.begin(), alarms.end(), std::back_inserter(paths),
                   [](auto& alarm) { return std::move(alarm.second); });
    return paths;
}

/// Starts this program once more, apart from this process and its terminal.
void start_telling(const std::string& config_path) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    if (::posix_spawnattr_init(&attributes) != 0 || ::posix_spawn_file_actions_init(&files) != 0) {
        return;
    }
    static_cast<void>(::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID));
    for (const int descriptor : {0, 1, 2}) {
        static_cast<void>(
            ::posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_RDWR, 0));
    }
    std::array<std::string, 6> words{"cheget-exec", "--config", config_path,
                                     "marks",       "tell",     "--apart"};
    std::array<char*, 7> arguments{};
    std::transform(words.begin(), words.end(), arguments.begin(),
                   [](std::string& word) { return word.data(); });
    pid_t child = -1;
    if (::posix_spawn(&child, "/proc/self/exe", &files, &attributes, arguments.data(),
                      environment().data()) == 0) {
        static_cast<void>(::waitpid(child, nullptr, 0));  // it goes on in a child of its own
    }
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
}

Result<void> tell(const Config& config, const fs::path& alarm) {
    const std::string details = TRY(store::read_file(alarm, k_longest_details));
    return store::run_alarm_command(config.silent_alarm, details,
                                    std::chrono::seconds(config.silent_alarm_time_limit.seconds),
                                    environment().data());
}

/// What could not be told and why, for whoever looks after the executor: those who stand at it see
/// nothing of an alarm, so nothing else could say that it fails.
void keep_failures(const Config& config, const std::string& failures) {
    if (failures.empty()) {
        if (!untold(config).empty()) {
            return;  // another process is at it
        }
        std::error_code error;
        fs::remove(place_of_failures(config), error);
    } else {
        static_cast<void>(
            store::write_file_durably(place_of_failures(config), failures, 0600).has_value());
    }
}

}  // namespace

void raise_alarms(const Config& config, State& state, const Marks& marks,
                  const std::vector<std::string_view>& outside) {
    if (marks.empty() || config.silent_alarm.empty()) {
        return;
    }
    const auto work = [&]() -> Result<void> {
        TRY(store::make_folder_durably(folder_of(config), 0700));
        for (const std::string_view whole : outside) {
            TRY(keep_alarm(config, marks, whole));
        }
        return look_through_log(config, state, marks);
    };
    // What fails is kept from whoever stands here, and looked at again the next time.
    [[maybe_unused]] const bool is_done = work().has_value();
    start_telling(config.path);  // each time, so that nobody sees by it that there is an alarm
}

Result<void> tell_alarms(const Config& config) {
    if (config.silent_alarm.empty()) {
        return fail(
            ErrorKind::usage,
            "the configuration names no command: set silent_alarm = [\"/path/to/command\"]");
    }
    std::string failures;
    std::size_t failed = 0;
    std::string first;
    for (const fs::path& path : untold(config)) {
        // Another process may be telling it now.
        const store::Descriptor lock(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (!lock.is_open() || ::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
            continue;
        }
        std::error_code error;
        if (!fs::exists(path, error)) {
            continue;  // it did so before the lock was ours
        }
        const Result<void> told = tell(config, path);
        if (told) {
            fs::rename(path, fs::path(path).replace_extension(".told"), error);
            continue;
        }
        first = first.empty() ? told.error().message : first;
        ++failed;
        failures += fmt::format("{} {}: {}\n", base::to_text(clock_now()), path.stem().string(),
                                told.error().message);
        keep_failures(config, failures);  // at once: the next may take its time
    }
    keep_failures(config, failures);
    if (failed != 0) {
        return fail(ErrorKind::unreachable,
                    fmt::format("{} of the alarms in {} could not be told: {}; they are told the "
                                "next time the executor runs or follows",
                                failed, base::shown(folder_of(config).string()), first));
    }
    return {};
}

Result<void> forget_what_was_read(const Config& config) {
    std::error_code error;
    fs::remove(place_of_reading(config), error);
    return error
               ? fail(ErrorKind::unreachable,
                      fmt::format("taking {} away: {}",
                                  base::shown(place_of_reading(config).string()), error.message()))
               : Result<void>();
}

}  // namespace cheget::executor
