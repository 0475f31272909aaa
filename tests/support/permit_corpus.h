// Permits, good and bad, from which the fuzzer of permits starts: fuzz/corpus/permit holds them as
// files, and a test keeps the two alike.
#pragma once

#include <map>
#include <string>

#include "permit/judge.h"

namespace cheget::test_support {

/// The state under which the fuzzer judges: the first policy of a domain made of k_blocks.
const permit::DomainState& corpus_state();

/// A file's name and its bytes. Always the same: all keys in them are made from their names.
std::map<std::string, std::string> permit_corpus();

}  // namespace cheget::test_support
