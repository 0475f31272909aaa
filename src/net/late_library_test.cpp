// What is missing is told, with what to do.
#include "net/late_library.h"

#include <gmock/gmock.h>

#include <cmath>

namespace cheget::net {

namespace {

using testing::HasSubstr;

TEST(LateLibrary, FindsFunctions) {
    LateLibrary library("libm.so.6");
    double (*const root)(double) = library["sqrt"];
    ASSERT_NE(root, nullptr);
    EXPECT_EQ(root(49), 7);
    EXPECT_EQ(library.failure(), "");
}

TEST(LateLibrary, TellsOfAMissingFunction) {
    LateLibrary library("libm.so.6");
    double (*const none)(double) = library["no_such_function"];
    EXPECT_EQ(none, nullptr);
    EXPECT_THAT(library.failure(), HasSubstr("no_such_function"));
}

TEST(LateLibrary, G10_tells_of_a_missing_library) {
    LateLibrary library("libnowhere.so.7");
    double (*const none)(double) = library["sqrt"];
    EXPECT_EQ(none, nullptr);
    EXPECT_THAT(library.failure(), HasSubstr("libnowhere.so.7 can't be loaded"));
}

}  // namespace

}  // namespace cheget::net
