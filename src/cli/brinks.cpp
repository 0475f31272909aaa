// Telling of rules at the brink.
#include "cli/brinks.h"

#include <algorithm>

#include "base/text.h"

namespace cheget::cli {

policy::LostKeys lost_keys(const permit::DomainState& state, const policy::Policy& policy) {
    policy::LostKeys lost;
    for (const policy::Principal& principal : policy.principals) {
        std::vector<bool>& keys = lost.emplace_back();
        for (const policy::Key& key : principal.keys) {
            keys.push_back(state.is_revoked(key.key));
        }
    }
    return lost;
}

std::vector<std::string> newly_bricked(const OpenDomain& domain, const policy::Policy& next) {
    auto bricked = [&](const policy::Policy& policy) {
        std::vector<std::string> names;
        for (const policy::Brink& brink :
             policy::find_brinks(policy, lost_keys(domain.state, policy))) {
            if (brink.bricked) {
                names.push_back(policy::name_of(policy, brink));
            }
        }
        return names;
    };
    std::vector<std::string> before = bricked(domain.policy());
    std::vector<std::string> after = bricked(next);
    std::erase_if(after, [&](const std::string& name) {
        return std::find(before.begin(), before.end(), name) != before.end();
    });
    return after;
}

void warn_of_brinks(Session& session, const policy::Policy& policy, const policy::LostKeys& lost,
                    std::string_view title) {
    std::vector<policy::Brink> brinks = policy::find_brinks(policy, lost);
    if (brinks.empty()) {
        return;
    }
    session.say("\n{}\n", session.bold(fmt::format("{}, too few may be left:", title)));
    for (const policy::Brink& brink : brinks) {
        std::string words = policy::to_words(policy, brink);
        session.say("  {}\n", brink.bricked ? session.bad(words) : session.warning(words));
    }
    session.say("  Bring in another person or key with `cheget key add`, or ask for fewer.\n");
}

base::Json brinks_json(const policy::Policy& policy, const policy::LostKeys& lost) {
    base::Json::Array listed;
    for (const policy::Brink& brink : policy::find_brinks(policy, lost)) {
        std::vector<std::string> people;
        for (policy::PrincipalIndex person : brink.people) {
            people.push_back(policy.principals[person].name);
        }
        std::vector<std::string> keys;
        for (const policy::Policy::KeyPlace& place : brink.keys) {
            keys.push_back(policy.principals[place.principal].keys[place.key].key.fingerprint());
        }
        base::Json::Object one;
        one["rule"] = text_json(policy::name_of(policy, brink));
        one["bricked"] = flag_json(brink.bricked);
        one["people"] = list_json(people);
        one["keys"] = list_json(keys);
        one["words"] = text_json(policy::to_words(policy, brink));
        listed.push_back({one});
    }
    return {listed};
}

}  // namespace cheget::cli
