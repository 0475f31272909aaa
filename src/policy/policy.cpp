// Look-ups in a policy.
#include "policy/policy.h"

#include <algorithm>

namespace cheget::policy {

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
