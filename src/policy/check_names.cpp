// Principals, their keys, and groups.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/checker.h"
#include "policy/key_identity.h"
#include "policy/words.h"
#include "signature/public_key.h"

namespace cheget::policy {
namespace {

bool is_principal(const BlockSyntax& block) {
    return block.kind == BlockSyntax::Kind::person || block.kind == BlockSyntax::Kind::machine;
}

}  // namespace

std::vector<PrincipalIndex> members_of(const PeopleSet& people) {
    std::vector<PrincipalIndex> members;
    members.reserve(people.count());
    for (std::size_t i = people._Find_first(); i < people.size(); i = people._Find_next(i)) {
        members.push_back(static_cast<PrincipalIndex>(i));
    }
    return members;
}

void Checker::declare_name(const WordSyntax& word, Name name) {
    if (is_reserved(word.text)) {
        bool number = word.text.find_first_not_of("0123456789") == std::string_view::npos;
        complain(word.at,
                 fmt::format("`{}` is {}", word.text,
                             number ? "a number, not a name" : "a word of the language"),
                 "take another name");
    }
    auto [place, is_new] = names_.emplace(word.text, name);
    if (is_new) {
        name_list_.push_back(word.text);
    } else {
        complain(word.at,
                 fmt::format("the name `{}` is taken by line {}", word.text, place->second.at.line),
                 "give each person, machine and group a name of its own");
    }
}

const Checker::Name* Checker::look_up(const WordSyntax& word) {
    auto found = names_.find(word.text);
    if (found != names_.end()) {
        if (found->second.is_group) {
            group_used_[found->second.index] = true;
        }
        return &found->second;
    }
    std::string advice = "declare it with `person`, `machine` or `group`";
    if (std::string hint = did_you_mean(word.text, name_list_); !hint.empty()) {
        advice = hint;
    }
    complain(word.at, fmt::format("nobody here is named `{}`", word.text), advice);
    return nullptr;
}

void Checker::declare_principals() {
    for (const BlockSyntax& block : syntax_.blocks) {
        if (!is_principal(block)) {
            continue;
        }
        if (policy_.principals.size() == k_most_principals) {
            complain(block.at, fmt::format("more than {} principals", k_most_principals),
                     "divide the domain");
            return;
        }
        declare_name(block.name, {false, policy_.principals.size(), block.at});
        Principal principal;
        principal.name = block.name.text;
        principal.kind = block.kind == BlockSyntax::Kind::person ? PrincipalKind::person
                                                                 : PrincipalKind::machine;
        principal.at = block.at;
        declare_keys(block, principal);
        policy_.principals.push_back(std::move(principal));
    }
}

void Checker::declare_keys(const BlockSyntax& block, Principal& principal) {
    for (const KeySyntax& syntax : block.keys) {
        std::string_view type = syntax.type.text;
        const char* end = syntax.base64.text.data() + syntax.base64.text.size();
        // The type, one space and the base64 usually stand side by side in the text.
        std::string copy;
        // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): both lie in the policy's text
        std::string_view text(type.data(), static_cast<std::size_t>(end - type.data()));
        if (syntax.base64.text.data() != type.data() + type.size() + 1) {
            copy = fmt::format("{} {}", type, syntax.base64.text);
            text = copy;
        }
        auto key = signature::PublicKey::from_text(text);
        if (!key) {
            complain(syntax.at,
                     fmt::format("`{}` has a key that can't be used: {}", block.name.text,
                                 key.error().message),
                     "write the first two words of the `.pub` file; Ed25519, ECDSA P-256, RSA of "
                     "2048 bits or more and the sk- kinds are read");
            continue;
        }
        Key entry{.key = std::move(*key), .at = syntax.at};
        for (const WordSyntax& mark : syntax.marks) {
            entry.pin = entry.pin || mark.text == "pin";
            entry.briefcase = entry.briefcase || mark.text == "briefcase";
            entry.custody = entry.custody || mark.text == "custody";
        }
        if (!syntax.attestation_key.text.empty()) {
            entry.tpm = syntax.attestation_key.text;
        }
        if (!syntax.origin.text.empty()) {
            entry.web_origin = syntax.origin.text;
        }
        if (principal.kind == PrincipalKind::machine &&
            (entry.key.type() != signature::KeyType::ed25519 || !syntax.marks.empty())) {
            complain(syntax.at, "a machine signs with an `ssh-ed25519` key without marks",
                     "make one with `ssh-keygen -t ed25519`");
        }
        check_key_marks(syntax, entry);
        check_key_is_new(entry, static_cast<PrincipalIndex>(policy_.principals.size()));
        principal.keys.push_back(std::move(entry));
    }
}

void Checker::check_key_marks(const KeySyntax& syntax, const Key& key) {
    for (const WordSyntax& mark : syntax.marks) {
        if (mark.text == "pin" && !key.key.is_hardware()) {
            complain(
                mark.at, "`pin` on a key that carries no PIN flag",
                "mark only `sk-` keys with `pin`; others never prove that a PIN was asked for");
        }
        if ((mark.text == "custody" || mark.text == "tpm") && !key.briefcase) {
            complain(mark.at, fmt::format("`{}` on a key that lies in no briefcase", mark.text),
                     fmt::format("write `briefcase {}`, or leave it out", mark.text));
        }
        if (mark.text == "tpm" && !signature::is_fingerprint(*key.tpm)) {
            complain(syntax.attestation_key.at, "this is no key's fingerprint",
                     "write `SHA256:` and 43 characters, as `cheget briefcase create` prints them");
        }
        if (mark.text == "briefcase" && (key.key.is_hardware() || key.web_origin)) {
            complain(mark.at, "`briefcase` on a key that no briefcase can hold",
                     "a briefcase seals a software key that is used nowhere else, such as "
                     "`ssh-ed25519`");
        }
        if (mark.text == "web" && key.key.type() != signature::KeyType::sk_ecdsa_p256) {
            complain(mark.at, "`web` on a key that no browser can use",
                     "passkeys stand here as `sk-ecdsa-sha2-nistp256@openssh.com`");
        }
    }
    if (key.web_origin && !is_web_origin(*key.web_origin)) {
        complain(syntax.origin.at, fmt::format("`{}` is not an origin", *key.web_origin),
                 "write `https://HOST` or `https://HOST:PORT` in lower case and without a path; "
                 "`http://` is for `localhost` alone");
    } else if (key.web_origin && key.key.is_hardware() &&
               !is_application_of_origin(key.key.application(), *key.web_origin)) {
        complain(syntax.origin.at,
                 fmt::format("no page of `{}` can use this key: it was made for `{}`",
                             *key.web_origin, base::shown(key.key.application())),
                 "write the origin of the page that the passkey was made on");
    }
}

void Checker::check_key_is_new(const Key& key, PrincipalIndex owner) {
    auto [place, is_new] = key_owners_.emplace(key_identity(key.key), owner);
    if (is_new) {
        return;
    }
    if (place->second == owner) {
        complain(key.at, "the same key a second time", "write each key once");
    } else {
        complain(key.at,
                 fmt::format("this key already belongs to `{}`: one key is one voice",
                             policy_.principals[place->second].name),
                 "give each principal keys of its own");
    }
}

void Checker::declare_groups() {
    for (const BlockSyntax& block : syntax_.blocks) {
        if (block.kind == BlockSyntax::Kind::group) {
            declare_name(block.name, {true, policy_.groups.size(), block.at});
            policy_.groups.push_back({std::string(block.name.text), {}, block.at});
            group_blocks_.push_back(&block);
        }
    }
    group_people_.resize(policy_.groups.size());
    group_used_.resize(policy_.groups.size(), false);
    flatten_groups();
}

void Checker::collect_members(const BlockSyntax& block, std::vector<std::size_t>& group_members,
                              PeopleSet& people) {
    for (const WordSyntax& member : block.members) {
        const Name* name = look_up(member);
        if (name != nullptr && name->is_group) {
            group_members.push_back(name->index);
        } else if (name != nullptr) {
            people.set(name->index);
        }
    }
}

// Groups of groups, innermost first; whatever is left then lies on a cycle or leads to one.
void Checker::flatten_groups() {
    std::size_t count = policy_.groups.size();
    std::vector<std::vector<std::size_t>> users(count);
    std::vector<std::size_t> open_members(count, 0);
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<std::size_t> group_members;
        collect_members(*group_blocks_[i], group_members, group_people_[i]);
        open_members[i] = group_members.size();
        for (std::size_t member : group_members) {
            users[member].push_back(i);
        }
        if (group_members.empty()) {
            ready.push_back(i);
        }
    }
    for (std::size_t next = 0; next < ready.size(); ++next) {
        std::size_t group = ready[next];
        policy_.groups[group].members = members_of(group_people_[group]);
        for (std::size_t user : users[group]) {
            group_people_[user] |= group_people_[group];
            if (--open_members[user] == 0) {
                ready.push_back(user);
            }
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (open_members[i] != 0) {
            complain(group_blocks_[i]->name.at,
                     fmt::format("the group `{}` contains itself, by way of its members",
                                 policy_.groups[i].name),
                     "take one group out of the circle");
        }
    }
    if (ready.size() == count) {
        for (const BlockSyntax* block : group_blocks_) {
            check_members(block->members);
        }
    }
}

void Checker::check_groups_used() {
    for (std::size_t i = 0; i < group_used_.size(); ++i) {
        if (!group_used_[i]) {
            complain(group_blocks_[i]->name.at,
                     fmt::format("the group `{}` is used nowhere", policy_.groups[i].name),
                     "use it in a rule, or take it out");
        }
    }
}

}  // namespace cheget::policy
