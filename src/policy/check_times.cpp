// Clauses about time and about who stands for whom: that they fit each other, and the log.
#include <fmt/format.h>

#include <algorithm>

#include "policy/checker.h"

namespace cheget::policy {
namespace {

using Clause = ClauseSyntax::Kind;

}  // namespace

std::optional<PrincipalIndex> Checker::check_person(const WordSyntax& word) {
    const Name* name = look_up(word);
    if (name == nullptr) {
        return std::nullopt;
    }
    if (name->is_group || policy_.principals[name->index].kind != PrincipalKind::person) {
        complain(word.at, fmt::format("`{}` is no person", word.text),
                 "name one person, declared with `person`");
        return std::nullopt;
    }
    return static_cast<PrincipalIndex>(name->index);
}

// Who stands for whom, before formulas are read.
void Checker::check_deputies(const BlockSyntax& block, Action& action) {
    for (const ClauseSyntax& clause : block.clauses) {
        if (clause.kind != Clause::deputy) {
            continue;
        }
        needs_log(clause.at, "deputy", "that someone let an order rest");
        auto deputy = check_person(clause.names[0]);
        auto stands_for = check_person(clause.names[1]);
        if (!deputy || !stands_for) {
            continue;
        }
        if (*deputy == *stands_for) {
            complain(clause.names[1].at, "nobody is their own deputy", "name another person");
            continue;
        }
        for (const Deputy& other : action.deputies) {
            if (other.stands_for == *stands_for) {
                complain(clause.names[1].at,
                         fmt::format("`{}` has a deputy in line {} already", clause.names[1].text,
                                     other.at.line),
                         "keep one of them");
            } else if (other.stands_for == *deputy || other.deputy == *stands_for) {
                complain(clause.at,
                         fmt::format("a deputy has no deputy: `{}` would stand for someone and be "
                                     "stood for",
                                     other.stands_for == *deputy ? clause.names[0].text
                                                                 : clause.names[1].text),
                         "name people who take no other's place");
            }
        }
        action.deputies.push_back({*deputy, *stands_for, clause.span, clause.at});
    }
}

// What only the whole action tells of one deputy.
void Checker::check_deputy(const ClauseSyntax& clause, const Action& action, std::size_t index) {
    const Deputy& deputy = action.deputies[index];
    bool approves = false;
    for (const Formula::Node& node : action.approve.nodes) {
        auto has = [&](PrincipalIndex person) {
            return std::binary_search(node.people.begin(), node.people.end(), person);
        };
        approves = approves || has(deputy.stands_for);
        if (node.kind == Formula::Node::Kind::weight && has(deputy.stands_for) &&
            has(deputy.deputy)) {
            complain(clause.at,
                     fmt::format("`{}` and `{}` are weighed together: one voice has one weight",
                                 clause.names[0].text, clause.names[1].text),
                     "name a deputy who has no weight there");
        }
    }
    if (!action.approve.nodes.empty() && !approves) {
        complain(clause.names[1].at,
                 fmt::format("`{}` approves nothing here, and a deputy never consents",
                             clause.names[1].text),
                 "take the clause out, or name someone in `approve`");
    }
    base::Span wait = action.wait.value_or(base::Span{});
    if (action.expire.seconds != 0 && clause.span.seconds + wait.seconds >= action.expire.seconds) {
        complain(
            clause.span_at,
            fmt::format("an order expires after {}, before the deputy's voice could {}",
                        base::to_text(action.expire), wait.seconds == 0 ? "count" : "have waited"),
            "write a shorter span, or a longer `expire`");
    }
}

void Checker::check_times(const BlockSyntax& block, const Action& action) {
    std::size_t deputy = 0;
    bool open = action.expire.seconds != 0;
    for (const ClauseSyntax& clause : block.clauses) {
        bool outlasts = open && clause.span >= action.expire;
        if (clause.kind == Clause::wait) {
            needs_log(clause.at, "wait", "when anything was said");
            if (outlasts) {
                complain(clause.span_at,
                         fmt::format("the wait outlasts the order, which expires after {}",
                                     base::to_text(action.expire)),
                         "write a shorter wait, or a longer `expire`");
            }
        } else if (clause.kind == Clause::consent && clause.within) {
            needs_log(clause.span_at, "within", "when anything was said");
            if (open && *clause.within >= action.expire) {
                complain(clause.span_at,
                         fmt::format("`within` changes nothing: the order expires after {}",
                                     base::to_text(action.expire)),
                         "write a shorter span, or take it out");
            }
        } else if (clause.kind == Clause::valid && clause.until && *clause.until <= *clause.from) {
            complain(clause.span_at, "the rule would end before it begins",
                     "write an `until` that lies after `from`");
        } else if (clause.kind == Clause::offline) {
            needs_log(clause.at, "offline", "that a permit is the newest word");
            if (action.executors.size() > 1) {
                complain(clause.at,
                         fmt::format("`offline` with {} executors: each could act, and none would "
                                     "know of the others",
                                     action.executors.size()),
                         "name exactly one machine in `execute`");
            }
            if (open && clause.span > action.expire) {
                complain(clause.span_at,
                         fmt::format("no permit lives that long: an order expires after {}",
                                     base::to_text(action.expire)),
                         "write a shorter span, or a longer `expire`");
            }
        } else if (clause.kind == Clause::deputy && deputy < action.deputies.size() &&
                   action.deputies[deputy].at == clause.at) {
            check_deputy(clause, action, deputy);
            ++deputy;
        }
    }
}

}  // namespace cheget::policy
