// `#!` lines as the kernel reads them.
#include "executor/script_line.h"

#include <gtest/gtest.h>

namespace cheget::executor {
namespace {

base::Result<std::optional<ScriptLine>> parse(std::string_view text) {
    return parse_script_line(base::as_bytes(text));
}

TEST(ScriptLine, other_files_are_no_scripts) {
    EXPECT_EQ(parse("").value(), std::nullopt);
    EXPECT_EQ(parse("\x7f"
                    "ELF")
                  .value(),
              std::nullopt);
    EXPECT_EQ(parse(" #!/bin/sh\n").value(), std::nullopt);
    EXPECT_EQ(parse("#").value(), std::nullopt);
}

TEST(ScriptLine, interpreter_and_one_argument) {
    EXPECT_EQ(parse("#!/bin/sh\n").value(), (ScriptLine{"/bin/sh", std::nullopt}));
    EXPECT_EQ(parse("#! \t/bin/sh  \t\nrest").value(), (ScriptLine{"/bin/sh", std::nullopt}));
    EXPECT_EQ(parse("#!/bin/sh -e\n").value(), (ScriptLine{"/bin/sh", "-e"}));
    EXPECT_EQ(parse("#!/bin/awk  -f  -x \n").value(), (ScriptLine{"/bin/awk", "-f  -x"}));
    EXPECT_EQ(parse("#!/bin/sh").value(), (ScriptLine{"/bin/sh", std::nullopt}));
}

TEST(ScriptLine, lines_that_the_kernel_would_cut_are_refused) {
    const std::string longest = "#!/" + std::string(k_script_head_bytes - 4, 'x') + "\n";
    ASSERT_EQ(longest.size(), k_script_head_bytes);
    EXPECT_TRUE(parse(longest));
    EXPECT_FALSE(parse("#!/x" + longest.substr(3)));
    EXPECT_FALSE(parse("#!/" + std::string(1000, 'x') + "\n"));
}

TEST(ScriptLine, only_absolute_interpreters) {
    EXPECT_FALSE(parse("#!sh\n"));
    EXPECT_FALSE(parse("#!\n"));
    EXPECT_FALSE(parse("#!  \n"));
    EXPECT_FALSE(parse(std::string_view("#!/bin/sh\0x\n", 12)));
}

TEST(ScriptLine, env_is_refused_with_advice) {
    for (const char* line : {"#!/usr/bin/env python3\n", "#!/bin/env -S python3\n", "#!/env\n"}) {
        const auto result = parse(line);
        ASSERT_FALSE(result) << line;
        EXPECT_EQ(result.error().kind, base::ErrorKind::denied);
        EXPECT_NE(result.error().message.find("explicitly"), std::string::npos);
    }
    EXPECT_TRUE(parse("#!/usr/bin/environment\n"));
}

}  // namespace
}  // namespace cheget::executor
