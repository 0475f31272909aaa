// Keeping and asking the secrets behind marks.
#include "executor/marks.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "executor/alarm.h"
#include "signature/sshsig.h"
#include "store/file.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t k_most_marks = 1024;

std::filesystem::path folder_of(const Config& config) {
    return std::filesystem::path(config.state) / "marks";
}

std::filesystem::path path_of(const Config& config, std::string_view key) {
    return folder_of(config) / (base::to_hex(base::sha256(key)) + ".mark");
}

std::unexpected<base::Error> corrupt(const std::filesystem::path& path, std::string_view why) {
    return fail(ErrorKind::corrupt_state,
                fmt::format("reading {}: {}; add the mark file again with `cheget-exec marks add`",
                            base::shown(path.string()), why));
}

Result<keys::MarkSecret> read_kept(const Config& config, const std::filesystem::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != ::geteuid() || (status.st_mode & 077U) != 0) {
        return corrupt(path, "it must be a file of the executor's user that nobody else may read");
    }
    std::string text = TRY(store::read_file(path, keys::k_longest_mark_file));
    auto mark = keys::parse_mark_file(text);
    sodium_memzero(text.data(), text.size());
    if (!mark) {
        return corrupt(path, mark.error().message);
    }
    if (mark->domain != config.domain.name || mark->first_policy != config.domain.first_policy ||
        path != path_of(config, mark->key)) {
        return corrupt(path, "it is of another domain or key than its place says");
    }
    return mark;
}

}  // namespace

Result<Marks> Marks::load(const Config& config) {
    Marks marks;
    std::error_code error;
    std::filesystem::directory_iterator entries(folder_of(config), error);
    if (error == std::errc::no_such_file_or_directory) {
        return marks;
    }
    if (error) {
        return corrupt(folder_of(config), error.message());
    }
    for (const auto& entry : entries) {
        if (entry.path().extension() != ".mark") {
            continue;
        }
        if (marks.secrets_.size() >= k_most_marks) {
            return corrupt(folder_of(config), "there are too many");
        }
        marks.secrets_.push_back(TRY(read_kept(config, entry.path())));
    }
    std::sort(marks.secrets_.begin(), marks.secrets_.end(),
              [](const auto& one, const auto& other) { return one.key < other.key; });
    return marks;
}

std::vector<std::string> Marks::keys() const {
    std::vector<std::string> keys;
    for (const keys::MarkSecret& one : secrets_) {
        keys.push_back(one.key);
    }
    return keys;
}

const keys::MarkSecret* Marks::find(std::string_view fingerprint) const {
    const auto found = std::find_if(secrets_.begin(), secrets_.end(),
                                    [&](const auto& one) { return one.key == fingerprint; });
    return found == secrets_.end() ? nullptr : &*found;
}

bool Marks::hold(const signature::PublicKey& key, std::string_view vote_text) const {
    const keys::MarkSecret* secret = find(key.fingerprint());
    auto vote = statement::parse_vote(vote_text);
    if (secret == nullptr || !vote) {
        return false;
    }
    const auto given = vote->mark;
    vote->mark = {};
    const auto unmarked = statement::render(*vote);
    const auto mark = unmarked
                          ? keys::mark_of(secret->secret.view(), *unmarked)
                          : Result<std::array<std::uint8_t, 32>>(std::unexpected(unmarked.error()));
    return mark && sodium_memcmp(mark->data(), given.data(), given.size()) == 0;
}

std::optional<Marks::Said> Marks::look_at(const statement::SignedText& vote) const {
    for (const std::string_view armor : vote.signatures) {
        const auto signature = signature::parse_armored(armor);
        const auto key = signature ? signature::PublicKey::from_blob(signature->public_key)
                                   : std::unexpected(signature.error());
        if (!key || find(key->fingerprint()) == nullptr) {
            continue;
        }
        const auto fields = statement::parse_vote_fields(vote.text);
        if (fields && signature::verify(*signature, *key,
                                        statement::signature_namespace(statement::Kind::vote,
                                                                       fields->domain.name),
                                        vote.text, {})) {
            return Said{key->fingerprint(), hold(*key, vote.text)};
        }
    }
    return std::nullopt;
}

Result<std::string> add_mark(const Config& config, const std::string& path) {
    std::string text = TRY(store::read_file(path, keys::k_longest_mark_file));
    const auto mark = keys::parse_mark_file(text);
    if (!mark) {
        sodium_memzero(text.data(), text.size());
        return std::unexpected(base::within(base::shown(path), mark.error()));
    }
    if (mark->domain != config.domain.name || mark->first_policy != config.domain.first_policy) {
        sodium_memzero(text.data(), text.size());
        return fail(ErrorKind::denied,
                    fmt::format("{} is of the domain {} {}, and this executor of {} {}",
                                base::shown(path), mark->domain, base::to_text(mark->first_policy),
                                config.domain.name, base::to_text(config.domain.first_policy)));
    }
    TRY(store::make_folder_durably(folder_of(config), 0700));
    const auto written = store::write_file_durably(path_of(config, mark->key), text, 0600);
    sodium_memzero(text.data(), text.size());
    TRY(written);
    TRY(forget_what_was_read(config));  // what was there before may have been made under duress
    return mark->key;
}

Result<void> remove_mark(const Config& config, const std::string& key) {
    std::error_code error;
    if (!std::filesystem::remove(path_of(config, key), error)) {
        return fail(
            error ? ErrorKind::unreachable : ErrorKind::usage,
            error ? fmt::format("forgetting the mark of {}: {}", base::shown(key), error.message())
                  : fmt::format("there is no mark of the key {}; `cheget-exec marks` lists "
                                "them",
                                base::shown(key)));
    }
    return {};
}

}  // namespace cheget::executor
