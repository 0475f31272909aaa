// The checks in their order, and the reader's two doors: check_policy and parse_policy.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "policy/checker.h"
#include "policy/format.h"
#include "policy/parser.h"
#include "policy/sound_keys.h"

namespace cheget::policy {
namespace {

// Beyond the bound a complaint is dropped; then the last one kept says so.
void note_that_there_are_more(std::vector<Diagnostic>& diagnostics, bool full) {
    if (full && !diagnostics.empty()) {
        diagnostics.back().advice +=
            fmt::format("\n  (only the first {} complaints are told)", k_most_diagnostics);
    }
}

struct Read {
    PolicySyntax syntax;
    ParseOutcome outcome;
};

Read read(std::string_view text) {
    Diagnostics diagnostics(text);
    Read result;
    result.syntax = parse_syntax(text, diagnostics);
    if (diagnostics.empty()) {
        Policy policy = Checker(result.syntax, diagnostics).check();
        if (diagnostics.empty()) {
            policy.id = statement::id_of(text);
            policy.domain_id = policy.header.first_policy.value_or(policy.id);
            result.outcome.policy = std::move(policy);
        }
    }
    bool full = diagnostics.full();
    result.outcome.diagnostics = diagnostics.take();
    note_that_there_are_more(result.outcome.diagnostics, full);
    return result;
}

std::string_view line_of(std::string_view text, std::size_t number) {
    for (std::size_t i = 1; i < number; ++i) {
        base::take_until(text, '\n');
    }
    return base::take_until(text, '\n');
}

}  // namespace

Policy Checker::check() {
    policy_.header = syntax_.header;
    check_log();
    check_drops();
    declare_principals();
    declare_groups();
    declare_facts();
    if (diagnostics_.empty()) {
        check_fact_sources();
        check_actions();
        check_changes();
        check_assertions();
        check_groups_used();
    }
    if (diagnostics_.empty()) {  // a broken condition leaves its fact unused
        check_facts_used();
    }
    policy_.index();
    return std::move(policy_);
}

void Checker::check_changes() {
    using Block = BlockSyntax::Kind;
    std::map<Block, const BlockSyntax*> first;
    for (const BlockSyntax& block : syntax_.blocks) {
        bool is_change = block.kind == Block::amend || block.kind == Block::amend_lowering ||
                         block.kind == BlockSyntax::Kind::revoke;
        if (!is_change) {
            continue;
        }
        auto [place, is_new] = first.emplace(block.kind, &block);
        if (!is_new) {
            complain(block.at,
                     fmt::format("a second `{}`; the first is in line {}", keyword(block.kind),
                                 place->second->at.line),
                     "keep one of them");
            continue;
        }
        if (block.kind == Block::amend_lowering) {
            policy_.amend_lowering.emplace();
        }
        check_change(block, block.kind == Block::amend    ? policy_.amend
                            : block.kind == Block::revoke ? policy_.revoke
                                                          : *policy_.amend_lowering);
    }
    if (!first.contains(Block::amend)) {
        complain(syntax_.end, "the policy lacks `amend`: nobody could ever change it",
                 "write who may change it, such as `amend { approve 2 of dba }`");
    }
    if (!first.contains(Block::revoke)) {
        complain(syntax_.end, "the policy lacks `revoke`: nobody could void another's stolen key",
                 "write who may revoke keys, such as `revoke { approve 1 of security }`");
    }
}

void Checker::check_change(const BlockSyntax& block, ChangeRule& rule) {
    rule.at = block.at;
    bool approved = false;
    check_clauses_once(block);
    rule.briefcase_counts =
        std::any_of(block.clauses.begin(), block.clauses.end(), [](const ClauseSyntax& clause) {
            return clause.kind == ClauseSyntax::Kind::briefcase_counts;
        });
    briefcase_counts_ = rule.briefcase_counts || block.kind == BlockSyntax::Kind::revoke;
    for (const ClauseSyntax& clause : block.clauses) {
        if (clause.kind == ClauseSyntax::Kind::wait) {
            needs_log(clause.at, "wait", "when anything was said");
            if (!clause.formula.nodes.empty()) {
                complain(clause.formula.nodes.back().at,
                         "`seen by` speaks about orders, and this rule about policies",
                         "write the wait alone");
            }
            rule.wait = clause.span;
            continue;
        }
        if (clause.kind == ClauseSyntax::Kind::briefcase_counts) {
            continue;
        }
        bool veto = clause.kind == ClauseSyntax::Kind::veto;
        approved = approved || !veto;
        auto formula = check_formula(clause.formula, veto ? Role::veto : Role::change);
        if (formula && formula->root().in_sequence) {
            complain(clause.at, "voices in sequence stand in actions alone",
                     "write `approve all of { ... }`");
        } else if (formula && veto) {
            rule.veto = std::move(formula);
        } else if (formula) {
            rule.approve = std::move(*formula);
        }
    }
    if (!approved) {
        complain(block.at, "this rule lacks `approve`",
                 "write who must agree, such as `approve 2 of dba`");
    }
}

ParseOutcome check_policy(std::string_view text) {
    return read(text).outcome;
}

ParseOutcome check_new_policy(std::string_view text) {
    SoundKeys none;
    return check_new_policy(text, none);
}

ParseOutcome check_new_policy(std::string_view text, SoundKeys& sound) {
    ParseOutcome outcome = check_policy(text);
    if (!outcome.policy) {
        return outcome;
    }
    Diagnostics diagnostics(text);
    for (const Principal& principal : outcome.policy->principals) {
        for (const Key& key : principal.keys) {
            const base::BytesView blob = key.key.blob();
            std::string bytes(blob.begin(), blob.end());
            if (sound.contains(bytes)) {
                continue;
            }
            if (auto checked = key.key.check_subgroup(); !checked) {
                diagnostics.add(
                    key.at, std::move(checked).error().message,
                    fmt::format("copy the key of `{}` again from its .pub file", principal.name));
            } else {
                sound.insert(std::move(bytes));
            }
        }
    }
    if (!diagnostics.empty()) {
        outcome.policy.reset();
        outcome.diagnostics = diagnostics.take();
    }
    return outcome;
}

base::Result<Policy> parse_policy(std::string_view text) {
    Read result = read(text);
    if (!result.outcome.policy) {
        std::string complaints = to_text(result.outcome.diagnostics, "policy");
        complaints.pop_back();  // the last line feed
        return base::bad_input("the policy can't be used\n" + complaints);
    }
    std::string canonical = format(result.syntax);
    if (canonical != text) {
        std::size_t same = static_cast<std::size_t>(
            std::mismatch(text.begin(), text.end(), canonical.begin(), canonical.end()).first -
            text.begin());
        auto line = static_cast<std::size_t>(
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(same), '\n') + 1);
        return base::bad_input(fmt::format(
            "the policy is not in canonical layout: line {} is `{}` and should be `{}`; write it "
            "anew with `cheget policy format`",
            line, line_of(text, line), line_of(canonical, line)));
    }
    return std::move(*result.outcome.policy);
}

base::Result<std::string> format_policy(std::string_view text) {
    Diagnostics diagnostics(text);
    PolicySyntax syntax = parse_syntax(text, diagnostics);
    if (!diagnostics.empty()) {
        std::string complaints = to_text(diagnostics.take(), "policy");
        complaints.pop_back();
        return base::bad_input("the policy can't be read\n" + complaints);
    }
    return format(syntax);
}

}  // namespace cheget::policy
