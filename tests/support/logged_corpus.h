// Permits with an extract of a log, from which the fuzzer of permits starts; part of
// fuzz/corpus/permit.
#pragma once

#include <map>
#include <string>

#include "permit/chronicle.h"

namespace cheget::test_support {

/// Before the first entry of the log that the extracts are of.
const permit::Chronicle& corpus_chronicle();

/// A file's name and its bytes.
std::map<std::string, std::string> logged_corpus();

}  // namespace cheget::test_support
