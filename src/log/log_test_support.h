// For tests of the log: keys that really sign, and the tree as RFC 6962 defines it, by recursion.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/checkpoint.h"
#include "log/proof.h"

namespace cheget::log::testing {

/// An Ed25519 key made from a number, which signs notes under a name.
class TestSigner {
  public:
    TestSigner(std::string_view name, std::uint8_t type, std::uint8_t number) {
        std::array<std::uint8_t, crypto_sign_SEEDBYTES> seed{};
        seed.fill(number);
        std::array<std::uint8_t, 32> point{};
        crypto_sign_seed_keypair(point.data(), secret_.data(), seed.data());
        key_ = signature::make_note_key(name, type, point).value();
    }

    const NoteKey& key() const { return key_; }

    NoteSignature sign(std::string_view text) const { return make_signature(key_, bare(text)); }
    NoteSignature cosign(std::string_view text, std::int64_t seconds) const {
        return make_cosignature(key_, {seconds}, bare(cosigned_message({seconds}, text)));
    }

  private:
    base::Bytes bare(std::string_view message) const {
        base::Bytes signature(crypto_sign_BYTES);
        const base::BytesView bytes = base::as_bytes(message);
        crypto_sign_detached(signature.data(), nullptr, bytes.data(), bytes.size(), secret_.data());
        return signature;
    }

    NoteKey key_;
    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret_{};
};

inline const TestSigner& test_log() {
    static const TestSigner signer("log.example/prod", signature::k_note_ed25519, 1);
    return signer;
}

/// w1, w2, …: the witness of that number, from 1.
inline TestSigner test_witness(std::uint8_t number) {
    return {"w" + std::to_string(number) + ".example", signature::k_note_cosignature,
            static_cast<std::uint8_t>(100 + number)};
}

inline Trust test_trust(std::uint8_t witnesses, std::size_t needed) {
    std::vector<NoteKey> keys;
    for (std::uint8_t i = 1; i <= witnesses; ++i) {
        keys.push_back(test_witness(i).key());
    }
    return Trust::make(test_log().key(), std::move(keys), needed).value();
}

/// A cosignature to make: the witness's number and its clock.
struct Cosigning {
    std::uint8_t witness;
    std::int64_t seconds;
};

inline std::string signed_checkpoint(const Checkpoint& checkpoint,
                                     std::vector<Cosigning> cosignings = {},
                                     const TestSigner& log = test_log()) {
    const std::string text = to_text(checkpoint);
    Note note{text, {log.sign(text)}};
    for (const Cosigning& each : cosignings) {
        note.signatures.push_back(test_witness(each.witness).cosign(text, each.seconds));
    }
    return render(note);
}

/// RFC 6962, section 2.1: MTH, PATH and SUBPROOF word by word, over leaf hashes.
inline Digest naive_root(std::span<const Digest> leaves) {
    if (leaves.empty()) {
        return base::sha256("");
    }
    if (leaves.size() == 1) {
        return leaves[0];
    }
    const std::size_t k = std::bit_floor(leaves.size() - 1);
    return hash_node(naive_root(leaves.first(k)), naive_root(leaves.subspan(k)));
}

inline Proof naive_path(std::size_t index, std::span<const Digest> leaves) {
    if (leaves.size() <= 1) {
        return {};
    }
    const std::size_t k = std::bit_floor(leaves.size() - 1);
    Proof proof =
        index < k ? naive_path(index, leaves.first(k)) : naive_path(index - k, leaves.subspan(k));
    proof.push_back(naive_root(index < k ? leaves.subspan(k) : leaves.first(k)));
    return proof;
}

inline Proof naive_subproof(std::size_t old_size, std::span<const Digest> leaves, bool whole) {
    if (old_size == leaves.size()) {
        return whole ? Proof{} : Proof{naive_root(leaves)};
    }
    const std::size_t k = std::bit_floor(leaves.size() - 1);
    Proof proof = old_size <= k ? naive_subproof(old_size, leaves.first(k), whole)
                                : naive_subproof(old_size - k, leaves.subspan(k), false);
    proof.push_back(naive_root(old_size <= k ? leaves.subspan(k) : leaves.first(k)));
    return proof;
}

/// A log's leaves, from which any node can be read.
class TestTree {
  public:
    explicit TestTree(std::size_t size, std::string_view mark = "entry") {
        for (std::size_t i = 0; i < size; ++i) {
            entries.push_back(std::string(mark) + ' ' + std::to_string(i));
            leaves.push_back(hash_leaf(base::as_bytes(entries.back())));
        }
    }

    Digest root(std::size_t size) const { return naive_root(std::span(leaves).first(size)); }
    Checkpoint checkpoint(std::size_t size) const {
        return {test_log().key().name, size, root(size)};
    }
    HashReader reader() const {
        return [this](Node node) -> base::Result<Digest> {
            if (node.end() > leaves.size()) {
                return base::bad_input("not in the tree");
            }
            return naive_root(std::span(leaves).subspan(node.begin(), node.end() - node.begin()));
        };
    }

    std::vector<std::string> entries;
    std::vector<Digest> leaves;
};

}  // namespace cheget::log::testing
