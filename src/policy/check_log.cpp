// The log and its witnesses.
#include <fmt/format.h>

#include <algorithm>

#include "policy/checker.h"
#include "policy/words.h"

namespace cheget::policy {

// What only a log can hold, where there is none.
void Checker::needs_log(Position at, std::string_view what, std::string_view why) {
    if (!syntax_.has_log) {
        complain(at, fmt::format("`{}` needs a log: without one nothing proves {}", what, why),
                 "take it out, or name a log in the header, `log: NAME+KEYID+BASE64`");
    }
}

void Checker::declare_witness(const BlockSyntax& block, std::vector<bool>& used) {
    const std::string_view name = block.name.text;
    bool named = false;
    for (std::size_t i = 0; i < syntax_.witnesses.size(); ++i) {
        if (syntax_.witnesses[i].text == name) {
            used[i] = named = true;
        }
    }
    if (!named) {
        complain(block.name.at,
                 fmt::format("the witness `{}` is not in the header's `witnesses`", name),
                 "name it there, or take it out");
    }
    auto key = signature::parse_note_key(block.note_key.text);
    if (!key) {
        complain(block.note_key.at,
                 fmt::format("`{}` has a key that can't be used: {}", name, key.error().message),
                 "write the witness's key as it publishes it, `NAME+KEYID+BASE64`");
        return;
    }
    if (key->type != signature::k_note_cosignature) {
        complain(block.note_key.at,
                 fmt::format("the key of `{}` is of type {}, and witnesses sign with type 4", name,
                             key->type),
                 "write the key that the witness cosigns with");
    } else if (syntax_.log && syntax_.log->key == key->key) {
        complain(block.note_key.at, "this key is the log's own: a log can't witness for itself",
                 "write the key of somebody else, who watches the log");
    }
    for (const Witness& other : policy_.witnesses) {
        if (other.name == name) {
            complain(block.name.at,
                     fmt::format("a witness named `{}` is in line {} already", name, other.at.line),
                     "give each witness a name of its own");
        } else if (other.key.key == key->key) {
            complain(
                block.note_key.at,
                fmt::format("this key already belongs to `{}`: one key is one witness", other.name),
                "give each witness a key of its own");
        }
    }
    policy_.witnesses.push_back({std::string(name), std::move(*key), block.at});
}

void Checker::check_log() {
    policy_.has_log = syntax_.has_log;
    policy_.log = syntax_.log;
    policy_.witnesses_needed = syntax_.witnesses_needed;
    std::vector<bool> used(syntax_.witnesses.size(), false);
    std::vector<std::string_view> names;
    for (const BlockSyntax& block : syntax_.blocks) {
        if (block.kind == BlockSyntax::Kind::witness) {
            names.push_back(block.name.text);
            declare_witness(block, used);
        }
    }
    const auto& wanted = syntax_.witnesses;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto is_same = [&](const WordSyntax& other) { return other.text == wanted[i].text; };
        auto first = std::find_if(wanted.begin(), wanted.end(), is_same);
        if (first != wanted.begin() + static_cast<std::ptrdiff_t>(i)) {
            complain(wanted[i].at, fmt::format("`{}` stands twice", wanted[i].text),
                     "name each witness once");
        } else if (!used[i]) {
            std::string hint = did_you_mean(wanted[i].text, names);
            complain(wanted[i].at, fmt::format("no witness is named `{}`", wanted[i].text),
                     hint.empty()
                         ? fmt::format("declare it: `witness {} {{ VKEY }}`", wanted[i].text)
                         : hint);
        }
    }
    std::size_t needed = policy_.witnesses_needed;
    if (needed > wanted.size()) {
        complain(syntax_.witnesses_at,
                 fmt::format("{} witnesses are needed of {}: nothing could ever be witnessed",
                             needed, wanted.size()),
                 "write a smaller number, or name more witnesses");
    } else if (needed != 0 && needed * 2 <= wanted.size()) {
        complain(syntax_.witnesses_at,
                 fmt::format("{} of {} witnesses is no more than half: two halves could vouch for "
                             "two logs",
                             needed, wanted.size()),
                 fmt::format("write `{} of` them at least", wanted.size() / 2 + 1));
    }
}

}  // namespace cheget::policy
