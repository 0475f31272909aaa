// Look-ups in a policy.
#include "policy/policy.h"

#include <algorithm>

#include "base/text.h"

namespace cheget::policy {

bool Principal::has_briefcase_alone() const {
    return std::all_of(keys.begin(), keys.end(), [](const Key& key) { return key.briefcase; });
}

std::optional<PrincipalIndex> Policy::find_principal(std::string_view name) const {
    auto place = std::lower_bound(principals_by_name.begin(), principals_by_name.end(), name,
                                  [&](PrincipalIndex index, std::string_view wanted) {
                                      return std::string_view(principals[index].name) < wanted;
                                  });
    if (place == principals_by_name.end() || principals[*place].name != name) {
        return std::nullopt;
    }
    return *place;
}

const Group* Policy::find_group(std::string_view name) const {
    auto place = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& group) { return group.name == name; });
    return place == groups.end() ? nullptr : &*place;
}

const Action* Policy::find_action(std::string_view name) const {
    auto place = std::find_if(actions.begin(), actions.end(),
                              [&](const Action& action) { return action.name == name; });
    return place == actions.end() ? nullptr : &*place;
}

const Fact* Policy::find_fact(std::string_view name) const {
    auto place = std::find_if(facts.begin(), facts.end(),
                              [&](const Fact& fact) { return fact.name == name; });
    return place == facts.end() ? nullptr : &*place;
}

const Emergency* Policy::find_emergency(std::string_view action) const {
    auto place =
        std::find_if(emergencies.begin(), emergencies.end(),
                     [&](const Emergency& emergency) { return emergency.rule.name == action; });
    return place == emergencies.end() ? nullptr : &*place;
}

std::optional<std::uint64_t> parameter_number(std::string_view text) {
    constexpr std::uint64_t largest = 999'999'999'999'999'999;
    auto number = base::parse_number(text, largest);
    return number ? std::optional(*number) : std::nullopt;
}

std::optional<std::uint64_t> Fact::value_of(std::string_view text) const {
    switch (type) {
        case Type::truth:
            return text == "true"    ? std::optional<std::uint64_t>(1)
                   : text == "false" ? std::optional<std::uint64_t>(0)
                                     : std::nullopt;
        case Type::words: {
            auto place = std::find(words.begin(), words.end(), text);
            return place == words.end()
                       ? std::nullopt
                       : std::optional(static_cast<std::uint64_t>(place - words.begin()));
        }
        case Type::number:
            break;
    }
    auto number = parameter_number(text);
    return number && *number >= lowest && *number <= highest ? number : std::nullopt;
}

std::optional<Policy::KeyPlace> Policy::find_key(base::BytesView blob) const {
    std::string_view wanted = base::as_text(blob);
    auto blob_at = [&](const KeyPlace& place) {
        return base::as_text(principals[place.principal].keys[place.key].key.blob());
    };
    auto place = std::lower_bound(
        keys_by_blob.begin(), keys_by_blob.end(), wanted,
        [&](const KeyPlace& entry, std::string_view value) { return blob_at(entry) < value; });
    if (place == keys_by_blob.end() || blob_at(*place) != wanted) {
        return std::nullopt;
    }
    return *place;
}

void Policy::index() {
    principals_by_name.clear();
    keys_by_blob.clear();
    for (std::size_t i = 0; i < principals.size(); ++i) {
        principals_by_name.push_back(static_cast<PrincipalIndex>(i));
        for (std::size_t key = 0; key < principals[i].keys.size(); ++key) {
            keys_by_blob.push_back({static_cast<PrincipalIndex>(i), key});
        }
    }
    std::sort(principals_by_name.begin(), principals_by_name.end(),
              [&](PrincipalIndex left, PrincipalIndex right) {
                  return principals[left].name < principals[right].name;
              });
    std::sort(keys_by_blob.begin(), keys_by_blob.end(),
              [&](const KeyPlace& left, const KeyPlace& right) {
                  return base::as_text(principals[left.principal].keys[left.key].key.blob()) <
                         base::as_text(principals[right.principal].keys[right.key].key.blob());
              });
}

}  // namespace cheget::policy
