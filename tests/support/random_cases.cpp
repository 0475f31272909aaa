// Makes random cases. Every formula obeys the language's rule on overlaps: an `all of` overlaps in
// its flat parts only, everything else is disjoint, `shared` or an `any of`.
#include "support/random_cases.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

#include "signature/wire.h"

namespace cheget::test_support {

namespace {

using policy::Formula;
using policy::PrincipalIndex;
using People = std::vector<PrincipalIndex>;

signature::PublicKey key_of_seed(std::uint8_t number) {
    std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
    seed[0] = number;
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> point{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
    crypto_sign_seed_keypair(point.data(), secret.data(), seed.data());
    signature::WireWriter writer;
    writer.write_string("ssh-ed25519");
    writer.write_string(base::BytesView(point));
    return *signature::PublicKey::from_blob(writer.take());
}

/// Two keys for each of the most principals; made once, as making them is slow.
const signature::PublicKey& key(std::size_t number) {
    static const auto keys = [] {
        std::vector<signature::PublicKey> made;
        for (std::uint8_t i = 0; i < 16; ++i) {
            made.push_back(key_of_seed(i));
        }
        return made;
    }();
    return keys[number];
}

People random_subset(Random& random, const People& pool) {
    People subset;
    for (const PrincipalIndex person : pool) {
        if (!random.once_in(3)) {
            subset.push_back(person);
        }
    }
    if (subset.empty()) {
        subset.push_back(pool[random.below(static_cast<std::uint32_t>(pool.size()))]);
    }
    return subset;
}

class FormulaMaker {
  public:
    explicit FormulaMaker(Random& random) : random_(random) {}

    Formula make(const People& pool, unsigned depth) {
        add(pool, depth);
        return std::move(formula_);
    }

  private:
    std::uint32_t add(const People& pool, unsigned depth) {
        if (depth == 0 || pool.size() == 1 || random_.once_in(4)) {
            return add_people(random_subset(random_, pool));
        }
        switch (random_.below(4)) {
            case 0:
                return add_overlapping(pool, depth);
            case 1:
                return add_split(pool, depth);
            case 2:
                return add_on_whole_pool(pool, depth, true);
            default:
                return add_on_whole_pool(pool, depth, false);
        }
    }

    std::uint32_t add_people(People people) {
        const auto size = static_cast<std::uint32_t>(people.size());
        Formula::Node node;
        node.kind = Formula::Node::Kind::people;
        node.need =
            random_.once_in(3) ? 1 + random_.below(size) : 1 + random_.below((size + 1) / 2);
        node.people = std::move(people);
        formula_.nodes.push_back(std::move(node));
        return static_cast<std::uint32_t>(formula_.nodes.size() - 1);
    }

    std::uint32_t add_threshold(std::vector<std::uint32_t> children, std::uint32_t need,
                                bool shared) {
        Formula::Node node;
        node.kind = Formula::Node::Kind::threshold;
        node.need = need;
        node.children = std::move(children);
        node.shared = shared;
        formula_.nodes.push_back(std::move(node));
        return static_cast<std::uint32_t>(formula_.nodes.size() - 1);
    }

    /// `all of` flat parts with people in common, beside a nested part of other people sometimes.
    std::uint32_t add_overlapping(const People& pool, unsigned depth) {
        const std::size_t apart = random_.once_in(2) && pool.size() > 4 ? 2 : 0;
        const People common(pool.begin() + static_cast<std::ptrdiff_t>(apart), pool.end());
        std::vector<std::uint32_t> parts;
        for (std::uint32_t i = 0, count = 2 + random_.below(3); i < count; ++i) {
            parts.push_back(add_people(random_subset(random_, common)));
            auto& need = formula_.nodes[parts.back()].need;
            need = std::min(need, 1 + random_.below(2));
        }
        if (apart != 0) {
            parts.push_back(
                add(People(pool.begin(), pool.begin() + static_cast<std::ptrdiff_t>(apart)),
                    depth - 1));
        }
        const auto count = static_cast<std::uint32_t>(parts.size());
        return add_threshold(std::move(parts), count, false);
    }

    /// `k of` parts that have nobody in common.
    std::uint32_t add_split(const People& pool, unsigned depth) {
        const std::size_t cut = 1 + random_.below(static_cast<std::uint32_t>(pool.size()) - 1);
        const auto middle = pool.begin() + static_cast<std::ptrdiff_t>(cut);
        std::vector<std::uint32_t> parts{add(People(pool.begin(), middle), depth - 1),
                                         add(People(middle, pool.end()), depth - 1)};
        return add_threshold(std::move(parts), 1 + random_.below(2), false);
    }

    /// `shared`, or an `any of`, over the same people again and again.
    std::uint32_t add_on_whole_pool(const People& pool, unsigned depth, bool shared) {
        std::vector<std::uint32_t> parts;
        const std::uint32_t count = 2 + random_.below(2);
        for (std::uint32_t i = 0; i < count; ++i) {
            parts.push_back(add(random_subset(random_, pool), depth - 1));
        }
        return add_threshold(std::move(parts), shared ? 1 + random_.below(count) : 1, shared);
    }

    Random& random_;
    Formula formula_;
};

policy::Template literal(std::string text) {
    return {{std::move(text)}, {}, {}};
}
policy::Template capture(std::string before, std::string name) {
    return {{std::move(before), ""}, {std::move(name)}, {}};
}

policy::Action random_action(Random& random, const People& everyone, std::size_t number) {
    policy::Action action;
    action.name = "act-" + std::to_string(number);
    action.target = {literal(action.name), capture("to_", "name")};
    action.run.argv = {literal("/bin/act"), capture("--name=", "name")};
    action.propose = FormulaMaker(random).make(everyone, 0);
    action.propose.nodes[0].need = random.once_in(12) ? 2 : 1;
    if (action.propose.nodes[0].need > action.propose.nodes[0].people.size()) {
        action.propose.nodes[0].need = 1;
    }
    if (random.once_in(2)) {
        action.propose.nodes[0].people = everyone;
    }
    action.proposer_counts = random.once_in(2);
    action.approve = FormulaMaker(random).make(everyone, 3);
    action.web_suffices = random.once_in(3);
    if (random.once_in(2)) {
        action.veto = FormulaMaker(random).make(everyone, 1);
    }
    action.expire = {3600};
    action.executors = {0};
    return action;
}

std::int64_t near(Random& random, std::int64_t instant) {
    return instant - 1 + random.below(3);
}

}  // namespace

std::uint64_t Random::next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
}

policy::Policy random_policy(Random& random) {
    policy::Policy policy;
    policy.header.domain = "random/domain";
    policy.header.version = 1;
    policy.id.bytes[0] = static_cast<std::uint8_t>(random.next());
    policy.domain_id = policy.id;
    People everyone;
    for (std::uint32_t i = 0, count = 4 + random.below(4); i < count; ++i) {
        policy::Principal principal;
        principal.name = "person-" + std::to_string(i);
        principal.keys.push_back({.key = key(2 * i), .at = {}});
        if (random.once_in(3)) {
            principal.keys[0].web_origin = "https://page.example";
        }
        if (random.once_in(4)) {
            principal.keys.push_back({.key = key(2 * i + 1), .at = {}});
        }
        policy.principals.push_back(std::move(principal));
        policy.principals_by_name.push_back(static_cast<PrincipalIndex>(i));
        everyone.push_back(static_cast<PrincipalIndex>(i));
    }
    for (std::size_t i = 0, count = 1 + random.below(3); i < count; ++i) {
        policy.actions.push_back(random_action(random, everyone, i));
    }
    policy.amend.approve = FormulaMaker(random).make(everyone, 2);
    policy.revoke.approve = FormulaMaker(random).make(everyone, 2);
    if (random.once_in(2)) {
        policy.amend.veto = FormulaMaker(random).make(everyone, 0);
    }
    return policy;
}

RandomCase random_case(Random& random, const policy::Policy& policy) {
    RandomCase result;
    const auto principals = static_cast<std::uint32_t>(policy.principals.size());
    const auto& action =
        policy.actions[random.below(static_cast<std::uint32_t>(policy.actions.size()))];
    statement::Order& order = result.order;
    order.domain = policy.domain();
    order.policy = policy.reference();
    order.rule.action = action.name;
    order.target = action.name + "/to_x" + (random.once_in(64) ? "/y" : "");
    order.deed = statement::Run{{"/bin/act", random.once_in(64) ? "--name=y" : "--name=x"}};
    order.reason = "random";
    const auto& proposers = action.propose.nodes[0].people;
    order.proposer =
        policy
            .principals[random.once_in(16)
                            ? random.below(principals)
                            : proposers[random.below(static_cast<std::uint32_t>(proposers.size()))]]
            .name;
    order.proposed = {1'000'000};
    order.expires = {1'000'000 + 1 + random.below(random.once_in(64) ? 4000 : 3600)};
    result.evidence.now_low = {random.once_in(4) ? near(random, order.proposed.seconds)
                                                 : order.proposed.seconds + 1};
    result.evidence.now_high = {random.once_in(6) ? near(random, order.expires.seconds)
                                                  : result.evidence.now_low.seconds};

    const std::uint32_t eagerness = random.below(5);
    const bool quarrel = random.once_in(3);
    for (std::uint32_t i = 0; i < principals; ++i) {
        policy::Voice voice;
        voice.by = static_cast<PrincipalIndex>(i);
        const auto& keys = policy.principals[i].keys;
        while (random.below(5) < eagerness) {
            voice.verdict = statement::Verdict::approve;
            voice.web =
                keys[random.below(static_cast<std::uint32_t>(keys.size()))].web_origin.has_value();
            result.voices.push_back(voice);
            if (!random.once_in(4)) {
                break;
            }
        }
        if (quarrel && random.once_in(6)) {
            constexpr std::array k_others{statement::Verdict::veto, statement::Verdict::withdraw,
                                          statement::Verdict::consent, statement::Verdict::seen};
            voice.verdict = k_others[random.below(4)];
            result.voices.push_back(voice);
        }
    }
    for (std::size_t i = result.voices.size(); i > 1; --i) {
        std::swap(result.voices[i - 1], result.voices[random.below(static_cast<std::uint32_t>(i))]);
    }
    for (std::size_t i = 0; i < result.voices.size(); ++i) {
        result.voices[i].statement = static_cast<std::uint32_t>(i);
    }
    return result;
}

}  // namespace cheget::test_support
