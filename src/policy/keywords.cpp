// How blocks and clauses begin.
#include "policy/syntax.h"

namespace cheget::policy {

std::string_view keyword(BlockSyntax::Kind kind) {
    using Block = BlockSyntax::Kind;
    switch (kind) {
        case Block::person:
            return "person";
        case Block::machine:
            return "machine";
        case Block::witness:
            return "witness";
        case Block::drop:
            return "drop";
        case Block::group:
            return "group";
        case Block::fact:
            return "fact";
        case Block::action:
            return "action";
        case Block::emergency:
            return "emergency";
        case Block::amend:
            return "amend";
        case Block::amend_lowering:
            return "amend lowering";
        case Block::revoke:
            return "revoke";
        case Block::assertion:
            return "assert";
    }
    return "";
}

std::string_view keyword(ClauseSyntax::Kind kind) {
    using Clause = ClauseSyntax::Kind;
    switch (kind) {
        case Clause::run:
            return "run";
        case Clause::call:
            return "call";
        case Clause::sql:
            return "sql";
        case Clause::ref:
            return "ref";
        case Clause::sign:
            return "sign";
        case Clause::file:
            return "file";
        case Clause::allow_environment:
            return "allow environment";
        case Clause::allow_stdin:
            return "allow stdin";
        case Clause::allow_directory:
            return "allow directory";
        case Clause::allow_file:
            return "allow file";
        case Clause::propose:
            return "propose";
        case Clause::proposer_counts:
            return "proposer counts";
        case Clause::approve:
            return "approve";
        case Clause::when:
            return "when";
        case Clause::consent:
            return "consent";
        case Clause::web_suffices:
            return "web suffices";
        case Clause::by_digest:
            return "by digest";
        case Clause::briefcase_counts:
            return "briefcase counts";
        case Clause::veto:
            return "veto";
        case Clause::wait:
            return "wait";
        case Clause::expire:
            return "expire";
        case Clause::execute:
            return "execute";
        case Clause::valid:
            return "valid";
        case Clause::deputy:
            return "deputy";
        case Clause::offline:
            return "offline up to";
        case Clause::at_most:
            return "at most";
    }
    return "";
}

}  // namespace cheget::policy
