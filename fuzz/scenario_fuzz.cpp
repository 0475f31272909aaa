// The reader of scenario files on any bytes, and what it read played under a policy that has every
// clause: it must neither crash nor contradict itself.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "scenario/scenario.h"

namespace {

constexpr std::string_view k_policy = R"(cheget policy v1
domain: acme/prod
version: 1
log: prod.acme.example+4f4a160d+AYNv8YTntBseE8tf2J+h3pjburmenSkYkT/0O4alx8IT

person  alice { ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEm2nOygKn6COmn23+ATFsVnzcZwV+cN1y+ai/K8+iZK }
person  bob   { ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEtSDTrFJjyrtV3AvBscgWW8ACLF/XrHL+GqyieUCVwk }
person  carol { ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKg6M59050PicPeTiKzy2X988uRc+OJkcGT3qbM13rZo }
person  dave  { ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbVn1ckmlwWIyoMN1iYQCqBrsLbeY4B1/Gy15KUYASn }
person  erin  { ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJIjmmH79J6go2oSfnVGwpWqE9Ptny3wCcxBzyVr8SLo }
machine db1   { ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF7NmS9gVyB8XX724GqcIVkXY2RRa0/ot1azTjH0vCQb }
machine db2   { ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL8xO0GgnWLOVSXixdAanYZc4PleBZnwAjqKx71vmzaJ }

group dba = { alice, bob, carol }

fact backup-ok(target): bool from 1 of { db2 } fresh 24h
fact alert: none < raised < high from 1 of { db1, db2 } fresh 15m
fact load: 0..100 from 2 of { db1, db2 } fresh 5m
fact tested(file): bool from 1 of { db1 } fresh 7d
fact reviewed(order): bool from 1 of { erin } fresh 1d

action drop on prod/{name} {
  run      ["/usr/bin/dropdb", "--limit={rows}", "{name}"] as postgres
  propose  1 of dba
  approve  all of { 2 of dba, any of { alert >= high, backup-ok(target) is true } }
  when     load <= 80
  consent  1 of { erin } within 6h
  veto     1 of { dave }
  wait     30m seen by 1 of { erin }
  expire   8h
  execute  1 of { db1, db2 }
  deputy   dave for carol after 4h
}

emergency drop {
  approve  1 of dba
  expire   15m
  at most 1 per 30d
}

action install on install/{host} {
  run      ["/usr/bin/install", "{artifact}"]
  file     {artifact}
  propose  1 of dba
  approve  in sequence { 1 of dba, 1 of { dave } }
  when     all of { tested(file) is true, reviewed(order) is true }
  expire   1d
  execute  1 of { db1 }
}

action delete on tool/delete_{what} {
  call     "crm" "delete_{what}" { "rows": {rows}, "note": "by {who}" }
  propose  1 of dba
  approve  any of { all of { 1 of dba, rows <= 1000 }, 2 of dba }
  expire   1h
  execute  1 of { db1 }
}

action purge on sql/{customer} {
  sql      "crm" ["DELETE FROM invoices WHERE customer = $1"] with ["{customer}", {rows}]
  propose  1 of dba
  approve  2 of dba
  expire   1h
  execute  1 of { db1 }
}

action publish on git/{name} {
  ref      "acme/{name}" "refs/heads/main"
  propose  1 of dba
  approve  2 of dba
  expire   1h
  execute  1 of { db1 }
}

action sign on release/{version} {
  sign     sshsig with "release" in "file"
  propose  1 of dba
  approve  1 of dba
  when     tested(file) is true
  expire   1h
  execute  1 of { db1 }
}

action any on any/{name} {
  run      any
  propose  1 of dba
  approve  weight >= 3 of { alice: 2, bob: 2, carol: 1 }
  expire   1h
  execute  1 of { db1 }
}

amend {
  approve  2 of dba
  veto     1 of { dave }
  wait     1d
}

revoke { approve 1 of { dave, erin } }
)";

/// The policy, and one that may follow it.
struct Known {
    cheget::policy::Policy first;
    cheget::policy::Policy next;
};

Known make_known() {
    using namespace cheget;
    policy::Policy first = policy::check_policy(k_policy).policy.value();
    const std::string id = base::to_text(first.id);
    std::string text(k_policy);
    text.replace(text.find("acme/prod\nversion: 1\n"), 21,
                 "acme/prod " + id + "\nversion: 2\nprevious: " + id + "\n");
    return {std::move(first), policy::check_policy(text).policy.value()};
}

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cheget;
    static const Known known = make_known();
    const std::string_view text = base::as_text({data, size});
    const scenario::ParseOutcome parsed = scenario::parse(text);
    demand(parsed.file.has_value() == parsed.diagnostics.empty());
    policy::to_text(parsed.diagnostics, "scenarios");
    if (!parsed.file) {
        return 0;
    }
    demand(!parsed.file->scenarios.empty());
    scenario::Policies policies;
    for (const scenario::Word& path : parsed.file->policies()) {
        policies.emplace(path.text, path.text == "next.policy" ? known.next : known.first);
    }
    const scenario::PlayOutcome played = scenario::play(*parsed.file, text, policies);
    demand(played.diagnostics.empty() == !played.scenarios.empty());
    policy::to_text(played.diagnostics, "scenarios");
    for (const scenario::Played& one : played.scenarios) {
        demand(!one.checks.empty());  // nothing passes without a check
        for (const scenario::Check& check : one.checks) {
            demand(!check.came.empty() && !check.result.explanation.empty());
        }
    }
    return 0;
}
