// Trust files: read line by line, each name before it is used.
#include "log/trust_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cheget::log {
namespace {

constexpr std::size_t k_most_of_a_kind = 256;
constexpr std::string_view k_none = "none";

using Words = std::vector<std::string_view>;

Words words_of(std::string_view line) {
    Words words;
    while (true) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty()) {
            return words;
        }
        const std::string_view word = line.substr(0, line.find_first_of(" \t"));
        words.push_back(word);
        line.remove_prefix(word.size());
    }
}

class Reader {
  public:
    base::Result<TrustFile> read(std::string_view text) {
        for (std::size_t number = 1; !text.empty(); ++number) {
            const Words words = words_of(base::take_until(text, '\n'));
            if (words.empty() || words[0].starts_with('#')) {
                continue;
            }
            auto read = read_line(words);
            if (!read) {
                return std::unexpected(
                    base::within(fmt::format("line {} of the trust file", number), read.error()));
            }
        }
        if (!has_quorum_) {
            return base::bad_input(
                "the trust file has no line `quorum NAME`; write `quorum none` to need no witness");
        }
        return std::move(file_);
    }

  private:
    base::Result<void> read_line(const Words& words) {
        if (words[0] == "log") {
            return read_log(words);
        }
        if (words[0] == "witness") {
            return read_witness(words);
        }
        if (words[0] == "group") {
            return read_group(words);
        }
        if (words[0] == "quorum") {
            return read_quorum(words);
        }
        return base::bad_input(fmt::format("`{}` begins no line; log, witness, group and quorum do",
                                           base::shown(words[0])));
    }

    base::Result<void> read_log(const Words& words) {
        if (words.size() < 2 || words.size() > 3) {
            return base::bad_input("write `log KEY [URL]`");
        }
        NoteKey key = TRY(signature::parse_note_key(words[1]));
        if (key.type != signature::k_note_ed25519) {
            return base::bad_input(fmt::format("the key is of type {}, and logs sign with type {}",
                                               key.type, signature::k_note_ed25519));
        }
        TRY(check_room(file_.logs.size()));
        for (const TrustFile::Log& other : file_.logs) {
            if (other.key.key == key.key) {
                return base::bad_input("this log's key stands in an earlier line already");
            }
        }
        file_.logs.push_back({std::move(key), words.size() == 3 ? std::string(words[2]) : ""});
        return {};
    }

    base::Result<void> read_witness(const Words& words) {
        if (words.size() < 3 || words.size() > 4) {
            return base::bad_input("write `witness NAME KEY [URL]`");
        }
        TRY(check_new_name(words[1]));
        NoteKey key = TRY(signature::parse_note_key(words[2]));
        if (key.type != signature::k_note_cosignature) {
            return base::bad_input(
                fmt::format("the key is of type {}, and witnesses sign with type {}", key.type,
                            signature::k_note_cosignature));
        }
        TRY(check_room(file_.witnesses.size()));
        for (const TrustFile::Witness& other : file_.witnesses) {
            if (other.key.key == key.key) {
                return base::bad_input(
                    fmt::format("this key is that of the witness {}: one key is one witness",
                                base::shown(other.name)));
            }
        }
        file_.witnesses.push_back({std::string(words[1]), std::move(key),
                                   words.size() == 4 ? std::string(words[3]) : ""});
        member_of_group_.push_back(false);
        return {};
    }

    base::Result<void> read_group(const Words& words) {
        if (words.size() < 4) {
            return base::bad_input("write `group NAME all|any|NUMBER MEMBER…`");
        }
        TRY(check_new_name(words[1]));
        TRY(check_room(file_.groups.size()));
        TrustFile::Group group{std::string(words[1]), 1, {}};
        for (std::size_t i = 3; i < words.size(); ++i) {
            const TrustFile::Member member = TRY(find(words[i]));
            std::vector<bool>& taken = member.is_group ? group_of_group_ : member_of_group_;
            if (taken[member.place]) {
                return base::bad_input(fmt::format(
                    "`{}` is a member already: nobody may count twice", base::shown(words[i])));
            }
            taken[member.place] = true;
            group.members.push_back(member);
        }
        if (words[2] == "all") {
            group.needed = group.members.size();
        } else if (words[2] != "any") {
            auto needed = base::parse_number(words[2], group.members.size());
            if (!needed || *needed == 0) {
                return base::bad_input(
                    fmt::format("`{}` of {} members can't be: write all, any, "
                                "or a number from 1 to that",
                                base::shown(words[2]), group.members.size()));
            }
            group.needed = static_cast<std::size_t>(*needed);
        }
        file_.groups.push_back(std::move(group));
        group_of_group_.push_back(false);
        return {};
    }

    base::Result<void> read_quorum(const Words& words) {
        if (words.size() != 2 || has_quorum_) {
            return base::bad_input("write `quorum NAME` once");
        }
        if (words[1] != k_none) {
            file_.quorum = TRY(find(words[1]));
        }
        has_quorum_ = true;
        return {};
    }

    base::Result<void> check_room(std::size_t count) const {
        return count < k_most_of_a_kind
                   ? base::Result<void>()
                   : base::bad_input(fmt::format("more than {} of them", k_most_of_a_kind));
    }

    base::Result<void> check_new_name(std::string_view name) const {
        return name != k_none && !find(name)
                   ? base::Result<void>()
                   : base::bad_input(
                         fmt::format("`{}` names something already", base::shown(name)));
    }

    base::Result<TrustFile::Member> find(std::string_view name) const {
        for (std::size_t i = 0; i < file_.witnesses.size(); ++i) {
            if (file_.witnesses[i].name == name) {
                return TrustFile::Member{false, i};
            }
        }
        for (std::size_t i = 0; i < file_.groups.size(); ++i) {
            if (file_.groups[i].name == name) {
                return TrustFile::Member{true, i};
            }
        }
        return base::bad_input(
            fmt::format("no line before names a witness or group `{}`", base::shown(name)));
    }

    TrustFile file_;
    bool has_quorum_ = false;
    std::vector<bool> member_of_group_;  // by witness
    std::vector<bool> group_of_group_;   // by group
};

bool is_trust_file_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte == '\t' || byte == '\n' || (byte >= 0x20 && byte != 0x7F);
    });
}

std::string with_url(const std::string& url) {
    return url.empty() ? "\n" : fmt::format(" {}\n", url);
}

}  // namespace

base::Result<TrustFile> parse_trust_file(std::string_view text) {
    if (text.size() > k_longest_trust_file || !is_trust_file_text(text)) {
        return base::bad_input(
            fmt::format("a trust file is a text of at most {} bytes without control characters but "
                        "tabs",
                        k_longest_trust_file));
    }
    return Reader().read(text);
}

bool TrustFile::is_quorum(std::span<const std::size_t> cosigners) const {
    if (!quorum) {
        return true;
    }
    std::vector<bool> witnessed(witnesses.size(), false);
    for (std::size_t cosigner : cosigners) {
        witnessed[cosigner] = true;
    }
    std::vector<bool> reached(groups.size(), false);
    auto has = [&](const Member& member) {
        return member.is_group ? reached[member.place] : witnessed[member.place];
    };
    for (std::size_t i = 0; i < groups.size(); ++i) {  // members stand before their group
        const auto& members = groups[i].members;
        const auto count = std::count_if(members.begin(), members.end(), has);
        reached[i] = static_cast<std::size_t>(count) >= groups[i].needed;
    }
    return has(*quorum);
}

std::string render(const TrustFile& file) {
    auto name_of = [&](const TrustFile::Member& member) -> const std::string& {
        return member.is_group ? file.groups[member.place].name : file.witnesses[member.place].name;
    };
    std::string text;
    for (const TrustFile::Log& log : file.logs) {
        text += fmt::format("log {}{}", signature::to_text(log.key), with_url(log.url));
    }
    for (const TrustFile::Witness& witness : file.witnesses) {
        text += fmt::format("witness {} {}{}", witness.name, signature::to_text(witness.key),
                            with_url(witness.url));
    }
    for (const TrustFile::Group& group : file.groups) {
        text += fmt::format("group {} {}", group.name, group.needed);
        for (const TrustFile::Member& member : group.members) {
            text += ' ' + name_of(member);
        }
        text += '\n';
    }
    return text + fmt::format("quorum {}\n", file.quorum ? name_of(*file.quorum) : k_none);
}

base::Result<OpenedCheckpoint> open_trusted(std::string_view bytes, const TrustFile& file) {
    std::vector<NoteKey> keys;
    for (const TrustFile::Witness& witness : file.witnesses) {
        keys.push_back(witness.key);
    }
    for (const TrustFile::Log& log : file.logs) {
        keys.push_back(log.key);
    }
    OpenedCheckpoint opened;
    opened.note = TRY(parse_note(bytes));
    const auto verified = TRY(verify_note(opened.note, keys));
    opened.checkpoint = TRY(parse_checkpoint(opened.note.text));
    bool by_log = false;
    std::vector<std::size_t> cosigners;
    for (const Verified& signature : verified) {
        if (signature.key < file.witnesses.size() && signature.time) {
            cosigners.push_back(signature.key);
            add_cosignature(opened.cosigned, signature.key, *signature.time);
        } else {
            by_log = by_log || keys[signature.key].name == opened.checkpoint.origin;
        }
    }
    if (!by_log) {
        return base::bad_input(fmt::format("the checkpoint is not signed by a trusted log named {}",
                                           base::shown(opened.checkpoint.origin)));
    }
    if (!file.is_quorum(cosigners)) {
        return base::bad_input(
            fmt::format("the checkpoint of {} entries lacks the quorum: {} known witnesses signed "
                        "it",
                        opened.checkpoint.size, opened.cosigned.size()));
    }
    return opened;
}

TrustFile trust_file_of(const Trust& trust, std::string_view log_url,
                        std::span<const std::string> names, std::span<const std::string> urls) {
    TrustFile file;
    file.logs.push_back({trust.log(), std::string(log_url)});
    if (!trust.has_witnesses()) {
        return file;
    }
    TrustFile::Group group{"quorum", trust.quorum(), {}};
    for (std::size_t i = 0; i < trust.cosigners().size(); ++i) {
        file.witnesses.push_back(
            {names[i], trust.cosigners()[i], i < urls.size() ? urls[i] : std::string()});
        group.members.push_back({false, i});
    }
    while (std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return name == group.name; })) {
        group.name += '-';
    }
    file.groups.push_back(std::move(group));
    file.quorum = TrustFile::Member{true, 0};
    return file;
}

base::Result<Trust> trust_of(const TrustFile& file) {
    if (file.logs.size() != 1) {
        return base::bad_input(fmt::format(
            "the trust file names {} logs, and one is followed at a time", file.logs.size()));
    }
    if (!file.quorum) {
        return Trust::make(file.logs[0].key, {}, 0);
    }
    TrustFile::Group group{"", 1, {*file.quorum}};
    if (file.quorum->is_group) {
        group = file.groups[file.quorum->place];
    }
    std::vector<NoteKey> witnesses;
    for (const TrustFile::Member& member : group.members) {
        if (member.is_group) {
            return base::bad_input(
                "the quorum is a group of groups, which proves no times: write a majority of "
                "witnesses");
        }
        witnesses.push_back(file.witnesses[member.place].key);
    }
    return Trust::make(file.logs[0].key, std::move(witnesses), group.needed);
}

}  // namespace cheget::log
