// One good text of each kind with every field that it can have, for the tests that spoil them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "statement/statement.h"

namespace cheget::statement::samples {

inline const std::string k_id = "sha256:" + std::string(64, 'a');
inline const std::string k_other_id = "sha256:" + std::string(64, 'b');
inline const std::string k_key = "SHA256:" + std::string(42, 'A') + "E";

inline const std::string k_order =
    "cheget order v1\n"
    "domain: acme/prod " +
    k_id +
    "\n"
    "policy: 3 " +
    k_other_id +
    "\n"
    "rule: drop-database\n"
    "target: prod/eu-1/invoices\n"
    "run: [\"/usr/bin/dropdb\",\"invoices\"]\n"
    "user: postgres\n"
    "directory: /var/lib\n"
    "environment: {\"PGHOST\":\"/run\"}\n"
    "stdin: " +
    k_id +
    " 42\n"
    "file: " +
    k_id +
    " 7 /srv/a\n"
    "file: " +
    k_id +
    " 7 \"/srv/b c\"\n"
    "parameter: name invoices\n"
    "parameter: rows 1000\n"
    "drill: yes\n"
    "reason: \"ticket 4711\"\n"
    "proposer: alice\n"
    "proposed: 2026-11-21T10:00:00Z\n"
    "expires: 2026-11-21T14:00:00Z\n"
    "nonce: 5f0c27005f0c27005f0c27005f0c2700\n";

inline std::string vote_on(const std::string& subject, const std::string& on) {
    return "cheget vote v1\n"
           "domain: acme/prod " +
           k_id +
           "\n"
           "on: " +
           on +
           "\n"
           "verdict: approve\n"
           "by: bob\n"
           "for: carol\n"
           "after: " +
           k_id +
           "\n"
           "mark: " +
           std::string(64, 'c') +
           "\n"
           "voted: 2026-11-21T11:00:00Z\n"
           "note: \"fine\"\n"
           "\n" +
           subject;
}

inline const std::string k_vote = vote_on(k_order, "order " + base::to_text(id_of(k_order)));

inline const std::string k_policy =
    "cheget policy v1\n"
    "domain: acme/prod " +
    k_id +
    "\n"
    "version: 4\n"
    "previous: " +
    k_other_id +
    "\n"
    "log: none\n"
    "\n"
    "person alice { ssh-ed25519 AAAA }\n";

inline const std::string k_policy_vote =
    vote_on(k_policy, "policy 4 " + base::to_text(id_of(k_policy)));

inline const std::string k_fact =
    "cheget fact v1\n"
    "domain: acme/prod " +
    k_id +
    "\n"
    "fact: backup-ok\n"
    "about: target prod/eu-1/invoices\n"
    "value: true\n"
    "by: backups\n"
    "at: 2026-11-21T09:00:00Z\n"
    "note: \"nightly\"\n";

inline const std::string k_claim =
    "cheget claim v1\n"
    "domain: acme/prod " +
    k_id +
    "\n"
    "order: " +
    k_id +
    "\n"
    "target: prod/eu-1/invoices\n"
    "executor: db1\n"
    "policy: 3 " +
    k_id +
    "\n"
    "size: 0\n"
    "nonce: 5f0c27005f0c27005f0c27005f0c2700\n"
    "commitment: " +
    std::string(128, 'd') + "\n";

inline const std::string k_receipt =
    "cheget receipt v1\n"
    "domain: acme/prod " +
    k_id +
    "\n"
    "order: " +
    k_id +
    "\n"
    "target: prod/eu-1/invoices\n"
    "executor: db1\n"
    "claim: " +
    k_id +
    "\n"
    "outcome: failed\n"
    "code: -9\n"
    "output: " +
    k_id +
    " 12\n"
    "began: 2026-11-21T12:00:00Z\n"
    "ended: 2026-11-21T12:00:01Z\n";

inline const std::string k_enactment =
    "cheget enactment v1\n"
    "domain: acme/prod " +
    k_id +
    "\n"
    "policy: 4 " +
    k_id +
    "\n"
    "completed: 17\n"
    "evidence: YWI=\n"
    "by: alice\n"
    "at: 2026-11-21T12:00:00Z\n";

inline const std::string k_revocation =
    "cheget revocation v1\n"
    "domain: acme/prod " +
    k_id +
    "\n"
    "key: " +
    k_key +
    "\n"
    "of: bob\n"
    "why: stolen\n"
    "by: alice\n"
    "at: 2026-11-21T12:00:00Z\n";

inline const std::string k_custody =
    "cheget custody v1\n"
    "domain: acme/prod " +
    k_id +
    "\n"
    "briefcase: " +
    k_key +
    "\n"
    "event: handover\n"
    "by: bob\n"
    "from: bob\n"
    "to: carol\n"
    "seal: " +
    k_id +
    "\n"
    "tries: 3\n"
    "counter: 5\n"
    "nonce: " +
    std::string(32, 'e') +
    "\n"
    "quote: YWI=\n"
    "previous: " +
    k_id +
    "\n"
    "at: 2026-11-21T12:00:00Z\n";

inline const std::string k_armor =
    "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n";

inline std::string message_of(std::string_view text) {
    base::Result<Statement> read = parse(text);
    return read ? "(read)" : read.error().message;
}

inline std::string changed(std::string text, std::string_view from, std::string_view to) {
    std::size_t place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return text.replace(place, from.size(), to);
}

}  // namespace cheget::statement::samples
