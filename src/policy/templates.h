// Templates with captures (`delete_{what}`): reading, filling in, matching targets, and whether two
// target patterns can match one target.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace cheget::policy {

/// Captured values by capture name.
using Captures = std::map<std::string, std::string, std::less<>>;

/// Whether the text can stand for a capture: `[A-Za-z0-9_][A-Za-z0-9_.-]*`.
bool is_capture_value(std::string_view text);

/// Whether the text names a capture: `[a-z][a-z0-9_]*`, 63 characters at most.
bool is_capture_name(std::string_view text);

/// Reads a template: `{name}` is a capture, `{{` and `}}` are braces.
base::Result<Template> parse_template(std::string_view text);

/// The template's text again.
std::string to_text(const Template& pattern);

/// The text with each capture's value in its place. Every capture must be in `captures`.
std::string fill(const Template& pattern, const Captures& captures);

/// Whether the text is an absolute path of at most 4096 bytes without empty segments, `.` or `..`,
/// and without a slash at its end; `/` itself is one.
bool is_clean_path(std::string_view path);

/// Reads a target pattern: segments joined by `/`, each with at most one capture, no name twice.
base::Result<std::vector<Template>> parse_target(std::string_view text);

/// The pattern's text again.
std::string to_text(const std::vector<Template>& target);

/// The captures if the target matches, segment by segment; nothing if it doesn't.
std::optional<Captures> match_target(const std::vector<Template>& pattern, std::string_view target);

/// A target that both patterns match, if there is one. Exact.
std::optional<std::string> common_target(const std::vector<Template>& left,
                                         const std::vector<Template>& right);

}  // namespace cheget::policy
