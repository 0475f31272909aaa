// What others send with proofs in it: proof files, requests to a witness, evidence of a fork.
#include <cstdlib>

#include "log/fork.h"
#include "log/log_test_support.h"
#include "log/proof_file.h"
#include "log/witness.h"

namespace base = cheget::base;
namespace log_ = cheget::log;

static void ask_witness(std::string_view bytes, std::uint64_t size) {
    static const log_::testing::TestTree tree(9);
    log_::WitnessedLog known;
    known.keys = {log_::testing::test_log().key()};
    known.size = size;
    known.root = tree.root(size);
    const auto answer = log_::decide_witness(bytes, [&](std::string_view origin) {
        return origin == known.keys[0].name ? &known : nullptr;
    });
    const bool grown = answer.accepted && answer.accepted->size >= size;
    if ((answer.status == 200) != grown || (grown && answer.text.empty())) {
        std::abort();
    }
}

// Any fork of two small logs of ours can be proved, and nothing else.
static void prove_fork(std::uint8_t first, std::uint8_t second, std::uint8_t at) {
    static const log_::testing::TestTree honest(9);
    log_::testing::TestTree other(9);
    other.leaves[at % 9U] = cheget::base::sha256("other");
    const std::size_t smaller = first % 10U;
    const std::size_t larger = second % 10U;
    auto evidence =
        log_::make_fork_evidence(log_::testing::signed_checkpoint(honest.checkpoint(smaller)),
                                 log_::testing::signed_checkpoint(other.checkpoint(larger)),
                                 log_::testing::test_log().key(), other.reader());
    if (evidence.has_value() != (smaller <= larger && at % 9U < smaller)) {
        std::abort();
    }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const log_::Trust trust = log_::testing::test_trust(3, 2);
    const std::string_view bytes = base::as_text({data, size});
    if (size > 2) {
        prove_fork(data[0], data[1], data[2]);
    }
    if (auto file = log_::parse_proof_file(bytes)) {
        if (log_::render(*file) != bytes) {
            std::abort();
        }
        const bool first = log_::verify(*file, base::as_bytes("entry 0"), trust).has_value();
        const bool third = log_::verify(*file, base::as_bytes("entry 3"), trust).has_value();
        if (first && third) {
            std::abort();
        }
    }
    if (auto request = log_::parse_add_checkpoint(bytes)) {
        if (log_::render(*request) != bytes) {
            std::abort();
        }
    }
    for (std::uint64_t known : {0U, 7U, 9U}) {
        ask_witness(bytes, known);
    }
    if (auto evidence = log_::parse_fork_evidence(bytes)) {
        if (log_::render(*evidence) != bytes) {
            std::abort();
        }
        if (auto fork = log_::verify(*evidence, trust.log())) {
            if (fork->beginning == fork->smaller.root) {
                std::abort();
            }
        }
    }
    return 0;
}
