// Journals of a briefcase, good and bad, from which the fuzzer of custody starts.
#pragma once

#include <map>
#include <string>

#include "permit/judge.h"

namespace cheget::test_support {

/// The state under which the fuzzer reads them, and the key that lies in the briefcase.
const permit::DomainState& custody_state();
const std::string& custody_key();

/// A file's name and its bytes, permit files of custody statements. Those whose names begin with
/// `tpm-` are others each time: what attests signs with fresh randomness.
std::map<std::string, std::string> custody_corpus();

}  // namespace cheget::test_support
