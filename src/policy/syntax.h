// What a policy's text says, before any name in it is looked up. Views point into the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/lexer.h"
#include "policy/policy.h"

namespace cheget::policy {

/// Braces within braces, at most.
constexpr std::size_t k_deepest_formula = 32;

struct WordSyntax {
    std::string_view text;
    Position at;
};

struct StringSyntax {
    std::string value;  ///< decoded
    Position at;
};

/// Where something stands: its bytes, and the lines of the first and last of them.
struct Extent {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint32_t first_line = 0;
    std::uint32_t last_line = 0;
};

/// A formula as a tree in one array, children before their parents, the root last.
struct FormulaSyntax {
    enum class Quantity : std::uint8_t { number, all, any };
    struct Node {
        bool is_name = false;  ///< a bare name in braces, which is `name`
        bool shared = false;
        Quantity quantity = Quantity::number;
        std::uint32_t number = 0;             ///< when quantity is number
        WordSyntax name;                      ///< `of NAME`; empty when there are braces
        std::vector<std::uint32_t> children;  ///< what the braces hold
        Position at;
    };
    std::vector<Node> nodes;
};

struct KeySyntax {
    WordSyntax type;
    WordSyntax base64;
    std::vector<WordSyntax> marks;
    WordSyntax origin;  ///< after `web`
    Position at;
};

struct ClauseSyntax {
    enum class Kind : std::uint8_t {
        run,
        allow_environment,
        allow_stdin,
        allow_directory,
        allow_file,
        propose,
        proposer_counts,
        approve,
        web_suffices,
        by_digest,
        veto,
        expire,
        execute,
    };
    Kind kind = Kind::run;
    FormulaSyntax formula;              ///< propose, approve, veto, execute
    std::vector<StringSyntax> strings;  ///< run: argv; allow directory and file: paths
    std::vector<WordSyntax> names;      ///< allow environment
    bool any = false;                   ///< `run any`
    std::optional<WordSyntax> user;
    base::Span span;  ///< expire
    Position at;
    Extent extent;
};

struct BlockSyntax {
    enum class Kind : std::uint8_t { person, machine, group, action, amend, revoke };
    Kind kind = Kind::person;
    WordSyntax name;    ///< empty for amend and revoke
    WordSyntax target;  ///< action
    std::vector<KeySyntax> keys;
    std::vector<WordSyntax> members;
    std::vector<ClauseSyntax> clauses;
    Position at;
    Extent head;  ///< to the opening brace
    Extent extent;
};

struct PolicySyntax {
    statement::PolicyHeader header;
    std::vector<std::string_view> header_lines;
    std::size_t header_end = 0;  ///< offset of the first byte after the header's last line
    std::vector<BlockSyntax> blocks;
    std::vector<Comment> comments;
    Position end;  ///< the last line, for complaints about what is missing
};

/// How each kind of clause begins, such as `allow environment`.
std::string_view keyword(ClauseSyntax::Kind kind);

/// Each node of a formula in canonical layout on one line, in the order of its nodes.
std::vector<std::string> flat_texts(const FormulaSyntax& formula);

}  // namespace cheget::policy
