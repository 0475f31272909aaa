// Inclusion and consistency proofs, made and verified.
#include "log/proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace cheget::log {
namespace {

struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

// Where RFC 6962 splits a range of more than one entry.
std::uint64_t split(Range range) {
    return range.begin + std::bit_floor(range.end - range.begin - 1);
}

base::Result<Digest> root_of(Range range, const HashReader& read) {
    std::vector<Digest> subtrees;
    for (const Node& node : cover(range.begin, range.end)) {
        subtrees.push_back(TRY(read(node)));
    }
    return fold(subtrees);
}

// The ranges were met from the root down; a proof goes up.
base::Result<Proof> roots_upwards(const std::vector<Range>& downwards, const HashReader& read) {
    Proof proof;
    for (auto range = downwards.rbegin(); range != downwards.rend(); ++range) {
        proof.push_back(TRY(root_of(*range, read)));
    }
    return proof;
}

base::Result<void> check_sizes(std::uint64_t size, std::span<const Digest> proof) {
    if (size > k_largest_size) {
        return base::bad_input(fmt::format("a tree of {} entries is larger than any log", size));
    }
    if (proof.size() > k_longest_proof) {
        return base::bad_input(fmt::format("the proof has {} hashes, and {} is the most",
                                           proof.size(), k_longest_proof));
    }
    return {};
}

// The way from a node to the root, as the hashes of a proof join it (RFC 9162).
struct Climb {
    std::uint64_t node;
    std::uint64_t last;  // the rightmost node of the same height

    bool at_root() const { return last == 0; }
    // Whether the next hash of the proof stands to the left of what was joined so far. Goes up.
    bool next_is_left() {
        const bool left = (node & 1) != 0 || node == last;
        if (left && (node & 1) == 0) {
            const int levels = std::countr_zero(node);  // a node without a right sibling goes up
            node >>= levels;
            last >>= levels;
        }
        node >>= 1;
        last >>= 1;
        return left;
    }
};

}  // namespace

base::Result<Proof> make_inclusion_proof(std::uint64_t index, std::uint64_t size,
                                         const HashReader& read) {
    if (index >= size || size > k_largest_size) {
        return base::bad_input(
            fmt::format("there is no entry {} in a log of {} entries", index, size));
    }
    std::vector<Range> siblings;
    Range range{0, size};
    while (range.end - range.begin > 1) {
        const std::uint64_t middle = split(range);
        if (index < middle) {
            siblings.push_back({middle, range.end});
            range.end = middle;
        } else {
            siblings.push_back({range.begin, middle});
            range.begin = middle;
        }
    }
    return roots_upwards(siblings, read);
}

base::Result<Proof> make_consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                           const HashReader& read) {
    if (old_size == 0 || old_size > new_size || new_size > k_largest_size) {
        return base::bad_input(fmt::format(
            "no proof leads from {} entries to {}: it goes from 1 at least to as many or more",
            old_size, new_size));
    }
    std::vector<Range> siblings;
    Range range{0, new_size};
    while (old_size != range.end) {
        const std::uint64_t middle = split(range);
        if (old_size <= middle) {
            siblings.push_back({middle, range.end});
            range.end = middle;
        } else {
            siblings.push_back({range.begin, middle});
            range.begin = middle;
        }
    }
    if (range.begin != 0) {  // else the verifier has its root: it is the older one
        siblings.push_back(range);
    }
    return roots_upwards(siblings, read);
}

base::Result<Digest> root_at(std::uint64_t size, const HashReader& read) {
    if (size > k_largest_size) {
        return base::bad_input(fmt::format("a tree of {} entries is larger than any log", size));
    }
    return root_of({0, size}, read);
}

base::Result<void> verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf,
                                    std::span<const Digest> proof, const Digest& root) {
    TRY(check_sizes(size, proof));
    if (index >= size) {
        return base::bad_input(
            fmt::format("there is no entry {} in a log of {} entries", index, size));
    }
    Climb climb{index, size - 1};
    Digest joined = leaf;
    for (const Digest& hash : proof) {
        if (climb.at_root()) {
            return base::bad_input("the inclusion proof has hashes left over");
        }
        joined = climb.next_is_left() ? hash_node(hash, joined) : hash_node(joined, hash);
    }
    if (!climb.at_root()) {
        return base::bad_input("the inclusion proof ends before the root");
    }
    if (joined != root) {
        return base::bad_input(
            fmt::format("the entry is not the one at {} under this root of {} entries: the proof "
                        "leads to another root",
                        index, size));
    }
    return {};
}

base::Result<void> verify_consistency(std::uint64_t old_size, std::uint64_t new_size,
                                      const Digest& old_root, const Digest& new_root,
                                      std::span<const Digest> proof) {
    TRY(check_sizes(new_size, proof));
    if (old_size == 0 || old_size > new_size) {
        return base::bad_input(fmt::format(
            "{} entries can't be proved to have become {}: it goes from 1 at least to as many or "
            "more",
            old_size, new_size));
    }
    if (old_size == new_size) {
        if (!proof.empty()) {
            return base::bad_input("between trees of one size the proof must be empty");
        }
        return old_root == new_root
                   ? base::Result<void>()
                   : base::bad_input(
                         fmt::format("two trees of {} entries have different roots", old_size));
    }
    Climb climb{old_size - 1, new_size - 1};
    const int joint_levels = std::countr_one(climb.node);
    climb.node >>= joint_levels;
    climb.last >>= joint_levels;
    const bool starts_at_old_root = std::has_single_bit(old_size);
    if (!starts_at_old_root && proof.empty()) {
        return base::bad_input("the consistency proof is empty");
    }
    Digest old_joined = starts_at_old_root ? old_root : proof.front();
    Digest new_joined = old_joined;
    for (const Digest& hash : proof.subspan(starts_at_old_root ? 0 : 1)) {
        if (climb.at_root()) {
            return base::bad_input("the consistency proof has hashes left over");
        }
        if (climb.next_is_left()) {
            old_joined = hash_node(hash, old_joined);
            new_joined = hash_node(hash, new_joined);
        } else {
            new_joined = hash_node(new_joined, hash);
        }
    }
    if (!climb.at_root()) {
        return base::bad_input("the consistency proof ends before the root");
    }
    if (old_joined != old_root || new_joined != new_root) {
        return base::bad_input(
            fmt::format("the proof does not show that the tree of {} entries began with that of {}",
                        new_size, old_size));
    }
    return {};
}

}  // namespace cheget::log
