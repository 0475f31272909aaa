// The words of each field. Values come from a statement that was read strictly, so a value that
// does not read here can't be; should it be all the same, it is shown as it stands.
#include "statement/explain.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"
#include "statement/deeds.h"
#include "statement/values.h"

namespace cheget::statement {
namespace {

using Rows = std::vector<Row>;

// A string of anything, between quotes so that its ends show.
std::string quoted(std::string_view value) {
    return fmt::format("\"{}\"", base::shown(value));
}

std::string bytes_text(std::uint64_t bytes) {
    return bytes == 1 ? "1 byte" : fmt::format("{} bytes", bytes);
}

// What the codec reads, or nothing.
template <typename T, typename Codec>
std::optional<T> read(const Codec& codec, std::string_view value) {
    T read{};
    return codec.read(value, read) ? std::optional<T>(std::move(read)) : std::nullopt;
}

Rows explain_domain(std::string_view value) {
    std::string_view rest = value;
    std::string_view name = base::take_until(rest, ' ');
    Rows rows{{"domain", std::string(name)}};
    if (!rest.empty()) {
        rows.push_back({"its first policy", std::string(rest)});
    }
    return rows;
}

Rows explain_policy(std::string_view value) {
    std::string_view rest = value;
    std::string_view version = base::take_until(rest, ' ');
    return {{"policy version", std::string(version)}, {"policy id", std::string(rest)}};
}

Rows explain_rule(std::string_view value) {
    auto rule = read<RuleReference>(k_rule, value);
    return {{rule && rule->emergency ? "EMERGENCY rule" : "rule",
             rule ? rule->action : base::shown(value)}};
}

std::string wave_size(const Wave& wave) {
    switch (wave.size) {
        case Wave::Size::count:
            return wave.amount == 1 ? "1 target" : fmt::format("{} targets", wave.amount);
        case Wave::Size::percent:
            return fmt::format("{}% of the targets, rounded up", wave.amount);
        case Wave::Size::rest:
            break;
    }
    return "the rest";
}

Rows explain_targets(std::string_view value) {
    Rows rows;
    if (auto targets = read<Targets>(k_targets, value)) {
        rows.push_back({"targets", fmt::format("{} in a list", targets->count)});
        rows.push_back({"root of the list", base::to_text(targets->root)});
        for (std::size_t i = 0; i < targets->waves.size(); ++i) {
            const Wave& wave = targets->waves[i];
            std::string hold =
                wave.hold ? fmt::format(", then a hold of {}", base::to_words(*wave.hold)) : "";
            rows.push_back({fmt::format("wave {}", i + 1), wave_size(wave) + hold});
        }
    }
    return rows;
}

Rows explain_run(std::string_view value) {
    Rows rows;
    if (auto run = read<Run>(k_run, value)) {
        for (std::size_t i = 0; i < run->argv.size(); ++i) {
            rows.push_back({i == 0 ? "runs the program" : fmt::format("argument {}", i),
                            quoted(run->argv[i])});
        }
    }
    return rows;
}

// The members of a JSON object, each in its one ASCII form.
void add_members(Rows& rows, std::string_view what, const base::Json& json) {
    if (const auto* object = std::get_if<base::Json::Object>(&json.value)) {
        for (const auto& [key, member] : *object) {
            rows.push_back({fmt::format("{} {}", what, quoted(key)), base::to_canonical(member)});
        }
    }
}

Rows explain_call(std::string_view value) {
    Rows rows;
    if (auto call = read<Call>(k_call, value)) {
        rows.push_back({"calls the tool", quoted(call->tool)});
        rows.push_back({"of the server", quoted(call->server)});
        add_members(rows, "argument", call->arguments);
    }
    return rows;
}

Rows explain_sign(std::string_view value) {
    Rows rows;
    if (auto sign = read<Sign>(k_sign, value)) {
        rows.push_back({"signs", base::to_text(sign->digest)});
        rows.push_back({"of size", bytes_text(sign->bytes)});
        rows.push_back({"in the form", sign->form});
        rows.push_back({"with the key", quoted(sign->key)});
        if (!sign->name_space.empty()) {
            rows.push_back({"in the namespace", quoted(sign->name_space)});
        }
    }
    return rows;
}

Rows explain_ref(std::string_view value) {
    auto ref = read<Ref>(k_ref, value);
    return ref ? Rows{{"in the repository", quoted(ref->repository)},
                      {"moves the ref", quoted(ref->ref)},
                      {"from", quoted(ref->old_value)},
                      {"to", quoted(ref->new_value)}}
               : Rows{};
}

Rows explain_sql(std::string_view value) {
    Rows rows;
    if (auto sql = read<Sql>(k_sql, value)) {
        rows.push_back({"in the database", quoted(sql->database)});
        for (std::size_t i = 0; i < sql->statements.size(); ++i) {
            rows.push_back({fmt::format("SQL statement {}", i + 1), quoted(sql->statements[i])});
        }
        for (std::size_t i = 0; i < sql->parameters.size(); ++i) {
            rows.push_back(
                {fmt::format("parameter {}", i + 1), base::to_canonical(sql->parameters[i])});
        }
    }
    return rows;
}

Rows explain_directory(std::string_view value) {
    auto directory = read<std::string>(k_directory, value);
    return {{"in the directory", directory ? quoted(*directory) : base::shown(value)}};
}

Rows explain_environment(std::string_view value) {
    Rows rows;
    if (auto variables = read<EnvironmentCodec::Variables>(k_environment, value)) {
        for (const auto& [name, variable] : *variables) {
            rows.push_back({"variable " + name, quoted(variable)});
        }
    }
    return rows;
}

Rows explain_content(std::string_view value, std::string_view what) {
    auto content = read<ContentReference>(k_content, value);
    return content ? Rows{{std::string(what), base::to_text(content->digest)},
                          {"of size", bytes_text(content->bytes)}}
                   : Rows{};
}

Rows explain_stdin(std::string_view value) {
    return explain_content(value, "standard input");
}
Rows explain_output(std::string_view value) {
    return explain_content(value, "its output");
}

Rows explain_file(std::string_view value) {
    auto file = read<FileReference>(k_file, value);
    return file ? Rows{{"names the file", quoted(file->path)},
                       {"with content", base::to_text(file->digest)},
                       {"of size", bytes_text(file->bytes)}}
                : Rows{};
}

Rows explain_parameter(std::string_view value) {
    auto parameter = read<Parameter>(k_parameter, value);
    return parameter ? Rows{{"parameter " + parameter->name, quoted(parameter->value)}} : Rows{};
}

Rows explain_drill(std::string_view) {
    return {{"a DRILL", "the whole way, and nothing is done"}};
}

// Plain text, letter by letter, which the format allows; what is beyond ASCII is named too.
Rows explain_free_text(std::string_view name, std::string_view value) {
    auto text = read<std::string>(k_free_text, value);
    if (!text) {
        return {};
    }
    Rows rows{{std::string(name), *text}};
    if (base::shown(*text).size() != text->size()) {
        rows.push_back({"spelt out", base::shown(*text)});
    }
    return rows;
}

Rows explain_on(std::string_view value) {
    auto subject = read<VoteSubject>(k_vote_subject, value);
    if (!subject) {
        return {};
    }
    if (const auto* order = std::get_if<OnOrder>(&*subject)) {
        return {{"votes on the order", base::to_text(order->id)}};
    }
    const auto& policy = std::get<PolicyReference>(*subject);
    return {{"votes on policy", fmt::format("version {}", policy.version)},
            {"policy id", base::to_text(policy.id)}};
}

Rows explain_verdict(std::string_view value) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> meanings{
        {{"approve", "APPROVES it"},
         {"consent", "CONSENTS to it"},
         {"veto", "VETOES it, which is final"},
         {"withdraw", "WITHDRAWS, which is final"},
         {"seen", "has SEEN it, and says nothing more"}}};
    for (const auto& [word, meaning] : meanings) {
        if (word == value) {
            return {{"verdict", std::string(meaning)}};
        }
    }
    return {};
}

struct Words {
    std::string_view name;
    Rows (*explain)(std::string_view value);
};

constexpr std::array<Words, 18> k_explained{{{"domain", explain_domain},
                                             {"policy", explain_policy},
                                             {"rule", explain_rule},
                                             {"targets", explain_targets},
                                             {"run", explain_run},
                                             {"call", explain_call},
                                             {"sign", explain_sign},
                                             {"ref", explain_ref},
                                             {"sql", explain_sql},
                                             {"directory", explain_directory},
                                             {"environment", explain_environment},
                                             {"stdin", explain_stdin},
                                             {"output", explain_output},
                                             {"file", explain_file},
                                             {"parameter", explain_parameter},
                                             {"drill", explain_drill},
                                             {"on", explain_on},
                                             {"verdict", explain_verdict}}};

// Fields whose value stands for itself, with the words for their names.
struct Label {
    std::string_view name;
    std::string_view label;
};

constexpr std::array<Label, 14> k_labels{{{"user", "as the user"},
                                          {"for", "stands in for"},
                                          {"after", "after the vote"},
                                          {"mark", "mark"},
                                          {"nonce", "nonce"},
                                          {"executor", "by the executor"},
                                          {"size", "log entries read"},
                                          {"claim", "after the claim"},
                                          {"code", "exit code"},
                                          {"of", "a key of"},
                                          {"why", "because it was"},
                                          {"completed", "completed by entry"},
                                          {"seal", "digest of the seal"},
                                          {"previous", "the one before"}}};

std::string label_of(std::string_view name) {
    for (const Label& each : k_labels) {
        if (each.name == name) {
            return std::string(each.label);
        }
    }
    return std::string(name);
}

}  // namespace

std::vector<Row> Explainer::explain(std::string_view name, std::string_view value) {
    if (name == "reason" || name == "note") {
        return explain_free_text(name, value);
    }
    if (Rows times = explain_when(name, value); !times.empty()) {
        return times;
    }
    for (const Words& each : k_explained) {
        if (each.name == name) {
            Rows rows = each.explain(value);
            return rows.empty() ? Rows{{std::string(name), base::shown(value)}} : rows;
        }
    }
    return {{label_of(name), base::shown(value)}};
}

// A time, with the day of the week; the end of an order also as its length.
std::vector<Row> Explainer::explain_when(std::string_view name, std::string_view value) {
    auto time = read<base::Time>(k_time, value);
    if (!time) {
        return {};
    }
    constexpr std::array<std::string_view, 7> days{"Thursday", "Friday",  "Saturday", "Sunday",
                                                   "Monday",   "Tuesday", "Wednesday"};
    std::string_view day = days[static_cast<std::size_t>(time->seconds / 86400 % 7)];
    std::string text = fmt::format("{}, {} {} UTC", day, value.substr(0, 10), value.substr(11, 8));
    if (name == "proposed") {
        proposed_ = *time;
    }
    if (name == "expires" && proposed_) {
        base::Span span{time->seconds - proposed_->seconds};
        return {{std::string(name), text}, {"which is", base::to_words(span) + " after proposed"}};
    }
    return {{std::string(name), text}};
}

}  // namespace cheget::statement
