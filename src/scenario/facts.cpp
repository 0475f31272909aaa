// Makes fact statements, or complains about what the policy or the order does not have.
#include "scenario/facts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "scenario/stage.h"
#include "scenario/words.h"

namespace cheget::scenario {
namespace {

using policy::Fact;
using policy::PrincipalIndex;

/// What a fact's values are, for who wrote another one.
std::string values_of(const Fact& fact) {
    switch (fact.type) {
        case Fact::Type::truth:
            return "it is `true` or `false`";
        case Fact::Type::words:
            return fmt::format("it is one of `{}`", fmt::join(fact.words, "`, `"));
        case Fact::Type::number:
            break;
    }
    return fmt::format("it is a whole number from {} to {}", fact.lowest, fact.highest);
}

std::vector<std::string_view> words_of(const Fact& fact) {
    if (fact.type == Fact::Type::truth) {
        return {"true", "false"};
    }
    return {fact.words.begin(), fact.words.end()};
}

class FactMaker {
  public:
    FactMaker(const FactScene& scene, policy::Diagnostics& diagnostics)
        : scene_(scene), diagnostics_(diagnostics) {}

    std::optional<std::vector<statement::Fact>> make(const Said& said, base::Time at) {
        const Fact* fact = scene_.policy.find_fact(said.fact.text);
        if (fact == nullptr) {
            complain_of_fact(said.fact);
            return std::nullopt;
        }
        if (!fact->value_of(said.value.text)) {
            complain(
                said.value.at,
                fmt::format("`{}` is no value of `{}`", base::shown(said.value.text), fact->name),
                advice_for(said.value.text, words_of(*fact), values_of(*fact)));
            return std::nullopt;
        }
        std::vector<statement::FactSubject> subjects;
        std::vector<std::string> sources;
        if (!take_subjects(*fact, said, subjects) || !take_sources(*fact, said, sources)) {
            return std::nullopt;
        }
        std::vector<statement::Fact> facts;
        for (const std::string& source : sources) {
            for (const auto& subject : subjects) {
                facts.push_back({scene_.policy.domain(), fact->name, subject, said.value.text,
                                 source, at, std::nullopt});
            }
        }
        return facts;
    }

  private:
    bool complain(Position at, std::string what, std::string advice) {
        diagnostics_.add(at, std::move(what), std::move(advice));
        return false;
    }

    bool complain_of_fact(const Word& name) {
        std::vector<std::string_view> names;
        for (const Fact& fact : scene_.policy.facts) {
            names.push_back(fact.name);
        }
        return complain(
            name.at, fmt::format("the policy has no fact `{}`", name.text),
            advice_for(name.text, names,
                       names.empty() ? std::string("it has no facts at all")
                                     : fmt::format("it has `{}`", fmt::join(names, "`, `"))));
    }

    bool take_sources(const Fact& fact, const Said& said, std::vector<std::string>& sources) {
        for (const Word& name : said.sources) {
            if (!find_person(scene_.policy, name, diagnostics_)) {
                return false;
            }
            sources.push_back(name.text);
        }
        if (said.sources.empty()) {
            for (const PrincipalIndex source : fact.sources) {
                sources.push_back(scene_.policy.principals[source].name);
            }
        }
        return true;
    }

    bool take_subjects(const Fact& fact, const Said& said,
                       std::vector<statement::FactSubject>& subjects) {
        if (fact.about == Fact::About::world) {
            subjects.emplace_back(std::monostate{});
            return !said.about ||
                   complain(said.about->at, fmt::format("`{}` is about the world", fact.name),
                            fmt::format("write `when {} is {}`", fact.name, said.value.text));
        }
        const std::string_view what = fact.about == Fact::About::target ? "target"
                                      : fact.about == Fact::About::file ? "file"
                                                                        : "order";
        if (!said.about) {
            return complain(
                said.fact.at,
                fmt::format("`{}` is about {} {}", fact.name,
                            fact.about == Fact::About::order ? "an" : "a", what),
                fmt::format("write `when {}({}) is {}`", fact.name, what, said.value.text));
        }
        const std::string& about = said.about->text;
        switch (fact.about) {
            case Fact::About::target:
                subjects.emplace_back(statement::AboutTarget{
                    about == "target" ? std::get<std::string>(scene_.order.target) : about});
                return true;
            case Fact::About::order:
                subjects.emplace_back(statement::OnOrder{scene_.order_id});
                return about == "order" ||
                       complain(said.about->at,
                                fmt::format("`{}` is about this order alone", fact.name),
                                fmt::format("write `{}(order)`", fact.name));
            case Fact::About::file:
            case Fact::About::world:
                break;
        }
        return take_files(fact, *said.about, subjects);
    }

    bool take_files(const Fact& fact, const Word& about,
                    std::vector<statement::FactSubject>& subjects) {
        if (about.text == "file") {
            for (const base::Digest& digest :
                 scene_.bound != nullptr ? scene_.bound->files() : std::vector<base::Digest>()) {
                subjects.emplace_back(statement::AboutFile{digest});
            }
            return scene_.bound == nullptr || !subjects.empty() ||
                   complain(about.at, "the order binds no file that this could be about",
                            fmt::format("leave the line out: `{}` does not ask for `{}`",
                                        scene_.order.rule.action, fact.name));
        }
        if (const auto digest = base::parse_digest(about.text)) {
            subjects.emplace_back(statement::AboutFile{*digest});
            return true;
        }
        for (const statement::FileReference& file : scene_.order.files) {
            if (file.path == about.text) {
                subjects.emplace_back(statement::AboutFile{file.digest});
                return true;
            }
        }
        return complain(
            about.at, fmt::format("the order has no file `{}`", base::shown(about.text)),
            fmt::format("write `{}(file)`, the path of one of its files, or a digest", fact.name));
    }

    const FactScene& scene_;
    policy::Diagnostics& diagnostics_;
};

}  // namespace

std::optional<std::vector<statement::Fact>> make_facts(const FactScene& scene, const Said& said,
                                                       base::Time at,
                                                       policy::Diagnostics& diagnostics) {
    return FactMaker(scene, diagnostics).make(said, at);
}

}  // namespace cheget::scenario
