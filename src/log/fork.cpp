// Evidence of a fork, made and checked.
#include "log/fork.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "log/proof_file.h"

namespace cheget::log {
namespace {

constexpr std::string_view k_header = "cheget fork evidence v1";
constexpr std::string_view k_between = "larger checkpoint:";

base::Error malformed(std::string_view why) {
    return {base::ErrorKind::bad_input, fmt::format("the text is no evidence of a fork: {}", why)};
}

base::Result<Checkpoint> open(std::string_view bytes, const NoteKey& log) {
    const Note note = TRY(parse_note(bytes));
    TRY(verify_note(note, std::span(&log, 1)));
    Checkpoint checkpoint = TRY(parse_checkpoint(note.text));
    if (checkpoint.origin != log.name) {
        return base::bad_input(fmt::format("the checkpoint is of {}, not of {}",
                                           base::shown(checkpoint.origin), log.name));
    }
    return checkpoint;
}

base::Result<Proof> read_all(std::uint64_t begin, std::uint64_t end, const HashReader& read) {
    Proof hashes;
    for (const Node& node : cover(begin, end)) {
        hashes.push_back(TRY(read(node)));
    }
    return hashes;
}

// Joins the rest to the beginning; the sizes say which subtrees the hashes are.
base::Result<Digest> larger_root(const ForkEvidence& evidence, Frontier tree, std::uint64_t size) {
    const auto nodes = cover(tree.size(), size);
    if (nodes.size() != evidence.rest.size()) {
        return std::unexpected(malformed("it has more or fewer hashes than the sizes ask for"));
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        TRY(tree.append_subtree(nodes[i].level, evidence.rest[i]));
    }
    return tree.root();
}

}  // namespace

std::string render(const ForkEvidence& evidence) {
    return fmt::format("{}\n{}\n{}\n{}{}\n{}", k_header, render_hash_lines(evidence.beginning),
                       render_hash_lines(evidence.rest), evidence.smaller, k_between,
                       evidence.larger);
}

base::Result<ForkEvidence> parse_fork_evidence(std::string_view text) {
    if (text.size() > k_longest_evidence) {
        return std::unexpected(malformed("it is too long"));
    }
    if (base::take_until(text, '\n') != k_header) {
        return std::unexpected(malformed(fmt::format("its first line is not `{}`", k_header)));
    }
    ForkEvidence evidence;
    for (Proof* part : {&evidence.beginning, &evidence.rest}) {
        auto hashes = take_hash_lines(text);
        if (!hashes) {
            return std::unexpected(malformed(hashes.error().message));
        }
        *part = std::move(*hashes);
    }
    const std::string between = fmt::format("\n{}\n", k_between);
    const std::size_t at = text.find(between);
    if (at == std::string_view::npos) {
        return std::unexpected(malformed(fmt::format("the line `{}` is missing", k_between)));
    }
    evidence.smaller = text.substr(0, at + 1);
    evidence.larger = text.substr(at + between.size());
    return evidence;
}

base::Result<Fork> verify(const ForkEvidence& evidence, const NoteKey& log) {
    Fork fork;
    fork.smaller = TRY(open(evidence.smaller, log));
    fork.larger = TRY(open(evidence.larger, log));
    if (fork.smaller.size > fork.larger.size) {
        return std::unexpected(malformed("the smaller checkpoint is the larger one"));
    }
    if (fork.smaller.size == fork.larger.size) {
        if (!evidence.beginning.empty() || !evidence.rest.empty()) {
            return std::unexpected(malformed("checkpoints of one size need no hashes"));
        }
        fork.beginning = fork.larger.root;
    } else {
        const Frontier beginning = TRY(Frontier::from(fork.smaller.size, evidence.beginning));
        fork.beginning = beginning.root();
        if (TRY(larger_root(evidence, beginning, fork.larger.size)) != fork.larger.root) {
            return std::unexpected(malformed("its hashes are not those of the larger tree"));
        }
    }
    if (fork.beginning == fork.smaller.root) {
        return base::bad_input(
            fmt::format("the tree of {} entries begins with that of {}: the log did not fork",
                        fork.larger.size, fork.smaller.size));
    }
    return fork;
}

base::Result<ForkEvidence> make_fork_evidence(std::string_view smaller, std::string_view larger,
                                              const NoteKey& log, const HashReader& read_larger) {
    const Checkpoint first = TRY(open(smaller, log));
    const Checkpoint second = TRY(open(larger, log));
    ForkEvidence evidence{std::string(smaller), std::string(larger), {}, {}};
    if (first.size < second.size) {
        evidence.beginning = TRY(read_all(0, first.size, read_larger));
        evidence.rest = TRY(read_all(first.size, second.size, read_larger));
    }
    TRY(verify(evidence, log));
    return evidence;
}

}  // namespace cheget::log
