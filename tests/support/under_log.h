// The fixture of the attack tests under a log.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/logged_domain.h"

namespace cheget::test_support {

class UnderLog : public testing::Test, protected LoggedDomain {
  protected:
    /// Reads what the log serves; a failure fails the test.
    void follow() {
        const auto followed = permit::catch_up(copy_, log_.fetch());
        ASSERT_TRUE(followed) << followed.error().message;
    }
};

}  // namespace cheget::test_support
