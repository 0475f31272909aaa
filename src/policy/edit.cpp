// Editing a policy's syntax, then writing it in canonical layout.
#include "policy/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <set>

#include "base/text.h"
#include "policy/format.h"
#include "policy/parser.h"

namespace cheget::policy {
namespace {

using base::ErrorKind;
using base::fail;
using Block = BlockSyntax::Kind;
using Quantity = FormulaSyntax::Quantity;

base::Result<PolicySyntax> read(std::string_view text) {
    Diagnostics diagnostics(text);
    PolicySyntax syntax = parse_syntax(text, diagnostics);
    if (!diagnostics.empty()) {
        return base::bad_input("the policy can't be read\n" +
                               to_text(diagnostics.take(), "policy"));
    }
    return syntax;
}

bool is_principal(const BlockSyntax& block) {
    return block.kind == Block::person || block.kind == Block::machine;
}

base::Result<BlockSyntax*> find_principal(PolicySyntax& syntax, std::string_view name) {
    for (BlockSyntax& block : syntax.blocks) {
        if (is_principal(block) && block.name.text == name) {
            return &block;
        }
    }
    return fail(ErrorKind::usage,
                fmt::format("the policy knows nobody called `{}`", base::shown(name)));
}

/// The words of a key, and the text they point into.
struct KeyWords {
    explicit KeyWords(const signature::PublicKey& key) : text(key.to_text()) {}

    KeySyntax syntax(bool pin) const {
        const std::size_t space = text.find(' ');
        KeySyntax key;
        key.type.text = std::string_view(text).substr(0, space);
        key.base64.text = std::string_view(text).substr(space + 1);
        if (pin) {
            key.marks.push_back({"pin", {}});
        }
        return key;
    }

    std::string text;
};

base::Result<std::size_t> find_key(const BlockSyntax& block, const signature::PublicKey& key) {
    for (std::size_t i = 0; i < block.keys.size(); ++i) {
        auto known = signature::PublicKey::from_text(
            fmt::format("{} {}", block.keys[i].type.text, block.keys[i].base64.text));
        if (known && std::ranges::equal(known->blob(), key.blob())) {
            return i;
        }
    }
    return fail(ErrorKind::usage,
                fmt::format("{} has no key {} in the policy", block.name.text, key.fingerprint()));
}

base::Result<void> refuse_if_there(const PolicySyntax& syntax, const signature::PublicKey& key) {
    for (const BlockSyntax& block : syntax.blocks) {
        if (is_principal(block) && find_key(block, key)) {
            return fail(ErrorKind::usage, fmt::format("the key {} is in the policy already: {}'s",
                                                      key.fingerprint(), block.name.text));
        }
    }
    return {};
}

/// Takes one name out of everywhere.
class Remover {
  public:
    explicit Remover(std::string_view name) : name_(name) {}

    std::vector<std::string> run(PolicySyntax& syntax) {
        find_groups(syntax);
        take_out(syntax);
        for (BlockSyntax& block : syntax.blocks) {
            std::string whose(block.name.text.empty() ? keyword(block.kind) : block.name.text);
            std::erase_if(block.members, [&](const WordSyntax& one) { return one.text == name_; });
            std::erase_if(block.clauses, [&](const ClauseSyntax& clause) {
                return clause.kind == ClauseSyntax::Kind::deputy &&
                       std::ranges::any_of(
                           clause.names, [&](const WordSyntax& one) { return one.text == name_; });
            });
            for (ClauseSyntax& clause : block.clauses) {
                take_from(clause.formula, whose);
            }
            take_from(block.fact.sources, whose);
            take_from(block.assertion.set, whose);
        }
        std::erase_if(syntax.blocks, speaks_of_nobody);
        return std::move(fewer_);
    }

  private:
    /// `assert no coalition for drop inside { alice }` once alice is gone.
    static bool speaks_of_nobody(const BlockSyntax& block) {
        return block.kind == Block::assertion &&
               block.assertion.claim == Assertion::Claim::none_inside &&
               block.assertion.set.nodes.back().name.text.empty() &&
               block.assertion.set.nodes.back().children.empty();
    }

    /// The line before takes the place of the one taken out, so that no gap is left.
    void take_out(PolicySyntax& syntax) {
        for (std::size_t i = 0; i < syntax.blocks.size(); ++i) {
            if (!is_principal(syntax.blocks[i]) || syntax.blocks[i].name.text != name_) {
                continue;
            }
            const Extent extent = syntax.blocks[i].extent;
            if (i > 0 && syntax.blocks[i - 1].extent.last_line + 1 == extent.first_line) {
                syntax.blocks[i - 1].extent.last_line = extent.last_line;
            }
            syntax.blocks.erase(syntax.blocks.begin() + static_cast<std::ptrdiff_t>(i));
            return;
        }
    }

    /// The groups that hold the name, groups of groups included.
    void find_groups(const PolicySyntax& syntax) {
        holders_.insert(name_);
        for (bool grew = true; grew;) {
            grew = false;
            for (const BlockSyntax& block : syntax.blocks) {
                if (block.kind == Block::group &&
                    std::ranges::any_of(block.members, [&](const WordSyntax& one) {
                        return holders_.contains(one.text);
                    })) {
                    grew = holders_.insert(block.name.text).second || grew;
                }
            }
        }
    }

    void take_from(FormulaSyntax& formula, const std::string& whose) {
        const std::vector<std::string> texts = flat_texts(formula);
        for (std::size_t i = 0; i < formula.nodes.size(); ++i) {
            FormulaSyntax::Node& node = formula.nodes[i];
            if (node.quantity == Quantity::all && asks_for_them(formula, node)) {
                fewer_.push_back(fmt::format("{}: {}", whose, texts[i]));
            }
            std::erase_if(node.children,
                          [&](std::uint32_t child) { return is_them(formula.nodes[child]); });
            for (std::size_t j = node.members.size(); j-- > 0;) {
                if (node.members[j].text == name_) {
                    node.members.erase(node.members.begin() + static_cast<std::ptrdiff_t>(j));
                    node.weights.erase(node.weights.begin() + static_cast<std::ptrdiff_t>(j));
                }
            }
        }
    }

    bool is_them(const FormulaSyntax::Node& node) const {
        return node.is_name && node.relation == FormulaSyntax::Relation::none &&
               node.name.text == name_;
    }

    /// Whether an `all of` counts the person: by name, or in a group that stands for its people.
    bool asks_for_them(const FormulaSyntax& formula, const FormulaSyntax::Node& node) const {
        if (node.children.empty()) {
            return holders_.contains(node.name.text);
        }
        return std::ranges::any_of(node.children, [&](std::uint32_t child) {
            const FormulaSyntax::Node& one = formula.nodes[child];
            return one.is_name && one.relation == FormulaSyntax::Relation::none &&
                   holders_.contains(one.name.text);
        });
    }

    std::string_view name_;
    std::set<std::string_view> holders_;
    std::vector<std::string> fewer_;
};

}  // namespace

base::Result<std::string> add_key(std::string_view text, std::string_view name,
                                  const signature::PublicKey& key, bool pin) {
    PolicySyntax syntax = TRY(read(text));
    BlockSyntax* block = TRY(find_principal(syntax, name));
    TRY(refuse_if_there(syntax, key));
    const KeyWords words(key);
    block->keys.push_back(words.syntax(pin));
    return format(syntax);
}

base::Result<std::string> replace_key(std::string_view text, std::string_view name,
                                      const signature::PublicKey& old_key,
                                      const signature::PublicKey& new_key) {
    PolicySyntax syntax = TRY(read(text));
    BlockSyntax* block = TRY(find_principal(syntax, name));
    TRY(refuse_if_there(syntax, new_key));
    const std::size_t number = TRY(find_key(*block, old_key));
    KeySyntax& place = block->keys[number];
    const KeyWords words(new_key);
    const KeySyntax key = words.syntax(false);
    place.type = key.type;
    place.base64 = key.base64;
    return format(syntax);
}

base::Result<std::string> remove_key(std::string_view text, std::string_view name,
                                     const signature::PublicKey& key) {
    PolicySyntax syntax = TRY(read(text));
    BlockSyntax* block = TRY(find_principal(syntax, name));
    const std::size_t place = TRY(find_key(*block, key));
    if (block->keys.size() == 1) {
        return fail(ErrorKind::usage,
                    fmt::format("it is {}'s only key: replace it with `cheget key replace {} KEY`, "
                                "or take {} out with `cheget key remove {}`",
                                name, name, name, name));
    }
    block->keys.erase(block->keys.begin() + static_cast<std::ptrdiff_t>(place));
    return format(syntax);
}

base::Result<std::string> add_person(std::string_view text, std::string_view name,
                                     const signature::PublicKey& key, bool pin,
                                     const std::vector<std::string>& groups) {
    PolicySyntax syntax = TRY(read(text));
    TRY(refuse_if_there(syntax, key));
    for (const std::string& group : groups) {
        const auto known = std::ranges::find_if(syntax.blocks, [&](const BlockSyntax& block) {
            return block.kind == Block::group && block.name.text == group;
        });
        if (known == syntax.blocks.end()) {
            return fail(ErrorKind::usage,
                        fmt::format("the policy has no group `{}`", base::shown(group)));
        }
        known->members.push_back({name, {}});
    }
    const auto others =
        std::ranges::find_if(syntax.blocks | std::views::reverse,
                             [](const BlockSyntax& block) { return block.kind == Block::person; });
    const KeyWords words(key);
    BlockSyntax person;
    person.kind = Block::person;
    person.name.text = name;
    person.keys.push_back(words.syntax(pin));
    auto place = others == (syntax.blocks | std::views::reverse).end() ? syntax.blocks.begin()
                                                                       : others.base();
    if (place != syntax.blocks.begin()) {
        // Behind whatever stands on the line of the person before, a comment included.
        const Extent& before = std::prev(place)->extent;
        const std::size_t end = std::min(text.find('\n', before.end), text.size());
        person.extent = {end, end, before.last_line, before.last_line};
    }
    syntax.blocks.insert(place, std::move(person));
    return format(syntax);
}

base::Result<Removal> remove_principal(std::string_view text, std::string_view name) {
    PolicySyntax syntax = TRY(read(text));
    TRY(find_principal(syntax, name));
    Removal removal;
    removal.fewer = Remover(name).run(syntax);
    removal.text = format(syntax);
    return removal;
}

}  // namespace cheget::policy
