// The templates of `cheget init --template`: commented policies with their scenarios, into which go
// the people, the machines and the log. Their texts are src/cli/templates/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/init.h"

namespace cheget::cli {

/// The two texts of one template, as they were built in.
struct TemplateTexts {
    std::string_view name;
    std::string_view policy;     ///< opens with lines `@template`, `@role` and `@command`
    std::string_view scenarios;  ///< for `cheget policy test`
};
const std::vector<TemplateTexts>& template_texts();

/// A part that people or machines play in a template.
struct Role {
    enum class Who { people, machines, anyone };
    std::string name;
    Who who = Who::people;
    std::size_t fewest = 1;
    std::size_t most = 0;    ///< 0: any number
    bool needs_log = false;  ///< without a log its clauses can't be kept
    std::string purpose;
};

struct Template {
    std::string name;
    std::string purpose;  ///< in one line
    std::vector<Role> roles;
    std::string command;  ///< what `run` says unless --run does, with its `as USER`; or empty
    std::string_view policy;
    std::string_view scenarios;
};

/// Every template, in the order of their names.
base::Result<std::vector<Template>> all_templates();
base::Result<Template> find_template(std::string_view name);

/// `2 or more`, `1`, `0 to 1`.
std::string number_of(const Role& role);

/// What templates there are, a line each; and below each its roles.
base::Result<std::string> list_templates(bool with_roles);

/// Who plays what: the names of each role, in the order of the template's roles.
struct Cast {
    std::vector<NamedKeys> people;
    std::vector<NamedKeys> machines;
    std::vector<std::vector<std::string>> names;
};

/// Reads --person, --machine and --role. A role is played by those whom --role names, else by
/// whoever bears its name; people left over play the template's first role, machines left over its
/// last.
base::Result<Cast> cast_roles(const Template& chosen, const InitOptions& options);

struct FilledTemplate {
    std::string policy;     ///< checked, in canonical layout
    std::string scenarios;  ///< for a policy that lies beside it as `policy_file`
};
base::Result<FilledTemplate> fill_template(const InitOptions& options,
                                           std::string_view policy_file);

}  // namespace cheget::cli
