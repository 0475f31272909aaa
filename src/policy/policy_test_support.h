// What the tests of the language share: keys made from numbers, a small policy, an order under it.
#pragma once

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "policy/policy.h"
#include "signature/wire.h"

namespace cheget::policy::testing {

/// The blob of an Ed25519 key made from a number, as `type` writes it.
inline base::Bytes ed25519_blob(std::uint32_t seed_number, std::string_view type = "ssh-ed25519") {
    std::array<std::uint8_t, crypto_sign_SEEDBYTES> seed{};
    std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> point{};
    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
    for (std::size_t i = 0; i < 4; ++i) {
        seed[i] = static_cast<std::uint8_t>(seed_number >> (8 * i));
    }
    crypto_sign_seed_keypair(point.data(), secret.data(), seed.data());
    signature::WireWriter writer;
    writer.write_string(type);
    writer.write_string(base::BytesView(point));
    if (type != "ssh-ed25519") {
        writer.write_string("ssh:");
    }
    return writer.take();
}

inline std::string key_text(std::uint32_t seed_number, std::string_view type = "ssh-ed25519") {
    return fmt::format("{} {}", type, base::to_base64(ed25519_blob(seed_number, type)));
}

/// A policy in canonical layout: three people, two machines, one action.
inline std::string small_policy() {
    return fmt::format(R"(cheget policy v1
domain: acme/prod
version: 1
log: none

person  alice {{ {} }}
person  bob   {{ {} }}
person  carol {{ {} }}
machine db1   {{ {} }}
machine db2   {{ {} }}

group dba = {{ alice, bob, carol }}

action drop on prod/{{name}} {{
  run      ["/usr/bin/dropdb", "--if-exists", "{{name}}"] as postgres
  allow    environment PGHOST
  allow    directory "/srv/{{name}}"
  allow    file "/usr/bin/perl"
  propose  1 of dba
  approve  2 of dba
  veto     1 of dba
  expire   8h
  execute  1 of {{ db1, db2 }}
}}

action any on any/{{what}} {{
  run      any as root
  allow    stdin
  propose  1 of dba
  approve  2 of dba
  expire   30m
  execute  1 of {{ db1 }}
}}

amend  {{ approve 2 of dba }}
revoke {{ approve 1 of dba }}
)",
                       key_text(1), key_text(2), key_text(3), key_text(4), key_text(5));
}

/// The text with its first `old` replaced; the text itself, unchanged, if there is none.
inline std::string with(std::string text, std::string_view old, std::string_view replacement) {
    std::size_t place = text.find(old);
    return place == std::string::npos ? text : text.replace(place, old.size(), replacement);
}

/// An order that fits the action `drop` of the policy.
inline statement::Order small_order(const Policy& policy) {
    statement::Order order;
    order.domain = policy.domain();
    order.policy = policy.reference();
    order.rule.action = "drop";
    order.target = std::string("prod/invoices");
    order.deed = statement::Run{{"/usr/bin/dropdb", "--if-exists", "invoices"}};
    order.user = "postgres";
    order.reason = "ticket 4711";
    order.proposer = "alice";
    order.proposed = base::parse_time("2026-11-21T10:00:00Z").value();
    order.expires = base::parse_time("2026-11-21T18:00:00Z").value();
    return order;
}

}  // namespace cheget::policy::testing
