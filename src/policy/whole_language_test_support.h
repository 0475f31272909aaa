// A policy that uses the whole language, for tests.
#pragma once

#include <array>

#include "policy/policy_test_support.h"

namespace cheget::policy::testing {

/// A note's key made from a number, of the given type: 1 for a log, 4 for a witness.
inline std::string note_key_text(std::string_view name, std::uint8_t type, std::uint8_t number) {
    std::array<std::uint8_t, 32> key{};
    key.fill(number);
    return signature::to_text(signature::make_note_key(name, type, key).value());
}

/// In any layout; parse it with check_policy, or format it first.
inline std::string whole_policy() {
    return fmt::format(R"(cheget policy v1
domain: acme/prod
version: 1
log: {}
witnesses: 2 of {{ w1, w2, w3 }}

witness w1 {{ {} }}
witness w2 {{ {} }}
witness w3 {{ {} }}
drop "https://drop.acme.example/prod"
drop "/srv/share/acme drop"
person alice {{ {} }}
person bob {{ {} }}
person carol {{ {} }}
person dave {{ {} }}
person erin {{ {} }}
machine db1 {{ {} }}
machine db2 {{ {} }}
group dba = {{ alice, bob, carol }}
group security = {{ dave, erin }}
fact backup-ok(target): bool from 1 of {{ db2 }} fresh 24h
fact alert: none < raised < high from 1 of {{ db1, db2 }} fresh 15m
fact load: 0..100 from 2 of {{ db1, db2 }} fresh 5m
action drop on prod/{{name}} {{
  run ["/usr/bin/dropdb", "--limit={{rows}}", "{{name}}"] as postgres
  propose 1 of dba
  approve all of {{ 2 of dba, any of {{ alert >= high, backup-ok(target) is true }} }}
  when load <= 80
  consent 1 of {{ erin }} within 6h
  veto 1 of security
  wait 30m
  expire 8h
  execute 1 of {{ db1 }}
  valid from 2026-07-01 until 2027-07-01
  deputy dave for carol after 4h
  offline up to 1h
}}
emergency drop {{
  approve 1 of dba
  expire 15m
  at most 1 per 30d
}}
amend {{ approve 2 of dba wait 1d }}
amend lowering {{ approve all of dba wait 7d }}
revoke {{ approve 1 of security }}
)",
                       note_key_text("prod.acme.example", 1, 9), note_key_text("w1.example", 4, 1),
                       note_key_text("w2.example", 4, 2), note_key_text("w3.example", 4, 3),
                       key_text(1), key_text(2), key_text(3), key_text(4), key_text(5), key_text(6),
                       key_text(7));
}

}  // namespace cheget::policy::testing
