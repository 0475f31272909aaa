// Codecs of the values that are JSON: the deeds, the environment, and waves of targets. Internal to
// this folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "statement/statement.h"

namespace cheget::statement {

constexpr std::size_t k_most_waves = 64;

struct RunCodec {
    base::Result<void> read(std::string_view text, Run& value) const;
    void write(std::string& out, const Run& value) const;
};
constexpr RunCodec k_run;

struct CallCodec {
    base::Result<void> read(std::string_view text, Call& value) const;
    void write(std::string& out, const Call& value) const;
};
constexpr CallCodec k_call;

struct SignCodec {
    base::Result<void> read(std::string_view text, Sign& value) const;
    void write(std::string& out, const Sign& value) const;
};
constexpr SignCodec k_sign;

struct RefCodec {
    base::Result<void> read(std::string_view text, Ref& value) const;
    void write(std::string& out, const Ref& value) const;
};
constexpr RefCodec k_ref;

struct SqlCodec {
    base::Result<void> read(std::string_view text, Sql& value) const;
    void write(std::string& out, const Sql& value) const;
};
constexpr SqlCodec k_sql;

struct EnvironmentCodec {
    using Variables = std::vector<std::pair<std::string, std::string>>;
    base::Result<void> read(std::string_view text, Variables& value) const;
    void write(std::string& out, const Variables& value) const;
};
constexpr EnvironmentCodec k_environment;

struct TargetsCodec {
    base::Result<void> read(std::string_view text, Targets& value) const;
    void write(std::string& out, const Targets& value) const;
};
constexpr TargetsCodec k_targets;

}  // namespace cheget::statement
