// Parts of describe()'s text (judge.h) by themselves.
#pragma once

#include <string>

#include "permit/judge.h"

namespace cheget::permit {

/// What executors did already, the answer, what is missing, the tree, and people's notes.
std::string describe_standing(const Judgement& judgement);
/// What the answer rests on: changes, what was set aside, the log or that there is none.
std::string describe_grounds(const Judgement& judgement);

}  // namespace cheget::permit
