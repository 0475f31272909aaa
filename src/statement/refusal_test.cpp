// Texts that are refused, each with the message that a person gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "statement/samples.h"

namespace cheget::statement {
namespace {

using namespace samples;
using testing::StartsWith;

struct Bad {
    const std::string& text;
    std::string_view from;
    std::string_view to;
    std::string_view message;  ///< how it begins
};

void expect_refused(const std::vector<Bad>& table) {
    for (const Bad& bad : table) {
        EXPECT_THAT(message_of(changed(bad.text, bad.from, bad.to)), StartsWith(bad.message))
            << bad.from << " changed to " << bad.to;
    }
}

const std::vector<Bad> k_bad_values{
    {k_order, "acme/prod", "Acme/prod", "malformed order: line 2, domain: expected a domain and"},
    {k_order, "acme/prod", "acme//prod", "malformed order: line 2, domain: expected a domain and"},
    {k_order, "acme/prod ", "acme/prod  ", "malformed order: line 2, domain: expected a domain"},
    {k_order, "sha256:aaaa", "sha256:AAAA", "malformed order: line 2, domain: expected a domain"},
    {k_order, "sha256:aaaa", "sha512:aaaa", "malformed order: line 2, domain: expected a domain"},
    {k_order, "policy: 3", "policy: 0",
     "malformed order: line 3, policy: expected a version from 1"},
    {k_order, "policy: 3", "policy: 03", "malformed order: line 3, policy: expected a version"},
    {k_order, "policy: 3", "policy: 4294967296", "malformed order: line 3, policy: expected a ver"},
    {k_order, "drop-database", "Drop",
     "malformed order: line 4, rule: expected a name of at most 63 characters: a-z, 0-9, and after "
     "the first also . _ -; found \"Drop\""},
    {k_order, "drop-database", "emergency  x", "malformed order: line 4, rule: expected a name"},
    {k_order, "drop-database", "urgent x", "malformed order: line 4, rule: expected a name"},
    {k_order, "prod/eu-1", "prod/../eu-1", "malformed order: line 5, target: expected segments of"},
    {k_order, "prod/eu-1", "/prod/eu-1", "malformed order: line 5, target: expected segments of"},
    {k_order, "prod/eu-1", "prod/eu 1", "malformed order: line 5, target: expected segments of"},
    {k_order, "prod/eu-1/invoices", "prod/", "malformed order: line 5, target: expected segments"},
    {k_order, "[\"/usr/bin/dropdb\",\"invoices\"]", "[]",
     "malformed order: line 6, run: expected a JSON array: the program, then its arguments; found"},
    {k_order, "[\"/usr/bin/dropdb\",\"invoices\"]", "\"/usr/bin/dropdb\"",
     "malformed order: line 6, run: expected a JSON array"},
    {k_order, "\"/usr/bin/dropdb\"", "\"dropdb\"",
     "malformed order: line 6, run: expected the program as an absolute path in its shortest form"},
    {k_order, "\"/usr/bin/dropdb\"", "\"/usr/./dropdb\"",
     "malformed order: line 6, run: expected the program as an absolute path"},
    {k_order, "\"/usr/bin/dropdb\"", "\"/\"",
     "malformed order: line 6, run: expected the program as an absolute path"},
    {k_order, "\"invoices\"", "7",
     "malformed order: line 6, run: expected the program and its arg"},
    {k_order, "\"invoices\"", "\"a\\u0000b\"", "malformed order: line 6, run: expected the progr"},
    {k_order, "\"invoices\"", "\"a\\u00E9\"",
     "malformed order: line 6, run: not canonical JSON from byte 26 on; write "},
    {k_order, ",\"invoices\"", ", \"invoices\"",
     "malformed order: line 6, run: not canonical JSON"},
    {k_order, "\"invoices\"", "\"\\ud800\"", "malformed order: line 6, run: not JSON at byte"},
    {k_order, "user: postgres", "user: 0root", "malformed order: line 7, user: expected a user's"},
    {k_order, "user: postgres", "user: a b", "malformed order: line 7, user: expected a user's"},
    {k_order, "directory: /var/lib", "directory: var/lib",
     "malformed order: line 8, directory: expected an absolute path in its shortest form"},
    {k_order, "directory: /var/lib", "directory: /var/lib/", "malformed order: line 8, directory"},
    {k_order, "directory: /var/lib", "directory: //var", "malformed order: line 8, directory"},
    {k_order, "directory: /var/lib", "directory: /var/..", "malformed order: line 8, directory"},
    {k_order, "directory: /var/lib", "directory: \"/var/lib\"",
     "malformed order: line 8, directory: expected the value without quotes, as it needs none"},
    {k_order, "directory: /var/lib", "directory: \"/var/l\\u202eib\"",
     "malformed order: line 8, directory: expected text without control, format or invisible "
     "characters; it holds U+202E"},
    {k_order, "{\"PGHOST\":\"/run\"}", "{}",
     "malformed order: line 9, environment: expected a JSON object of names and values, left out"},
    {k_order, "PGHOST", "2X", "malformed order: line 9, environment: expected names of letters"},
    {k_order, "PGHOST", "A=B", "malformed order: line 9, environment: expected names of letters"},
    {k_order, "\"/run\"", "1", "malformed order: line 9, environment: expected names of letters"},
    {k_order, "\"/run\"", "\"\\u0000\"", "malformed order: line 9, environment: expected names"},
    {k_order, "{\"PGHOST\":\"/run\"}", "{\"A\":\"1\",\"A\":\"2\"}",
     "malformed order: line 9, environment: the key \"A\" stands twice"},
    {k_order, "{\"PGHOST\":\"/run\"}", "{\"B\":\"1\",\"A\":\"2\"}",
     "malformed order: line 9, environment: not canonical JSON from byte 3 on"},
    {k_order, " 42\n", " 042\n", "malformed order: line 10, stdin: expected a digest and a number"},
    {k_order, " 42\n", " 9223372036854775808\n", "malformed order: line 10, stdin: expected a d"},
    {k_order, " 7 /srv/a", " 7 srv/a",
     "malformed order: line 11, file: expected an absolute path in its shortest form, or a file's"},
    {k_order, " 7 /srv/a", " 7 /srv/a b", "malformed order: line 11, file: not JSON at byte"},
    {k_order, " 7 /srv/a", " 7 ..", "malformed order: line 11, file: expected an absolute path"},
    {k_order, " 7 /srv/a", " 7 -rf", "malformed order: line 11, file: expected an absolute path"},
    {k_order, " 7 /srv/a", " /srv/a",
     "malformed order: line 11, file: expected a digest, a number"},
    {k_order, "/srv/a\n", "/srv/z\n",
     "malformed order: line 12, file: expected the files sorted by path, each once"},
    {k_order, "\"/srv/b c\"", "/srv/a",
     "malformed order: line 12, file: expected the files sorted by path, each once"},
    {k_order, "name invoices", "Name invoices",
     "malformed order: line 13, parameter: expected a n"},
    {k_order, "name invoices", "name", "malformed order: line 13, parameter: not JSON"},
    {k_order, "name invoices", "rows 5",
     "malformed order: line 14, parameter: expected the parameters sorted by name, each once"},
    {k_order, "drill: yes", "drill: no",
     "malformed order: line 15, drill: expected yes, or no such field; found \"no\""},
    {k_order, "\"ticket 4711\"", "\"\"", "malformed order: line 16, reason: expected some text"},
    {k_order, "\"ticket 4711\"", "\"  \"", "malformed order: line 16, reason: expected some text"},
    {k_order, "\"ticket 4711\"", "ticket 4711", "malformed order: line 16, reason: not JSON"},
    {k_order, "\"ticket 4711\"", "[\"x\"]",
     "malformed order: line 16, reason: expected a JSON str"},
    {k_order, "\"ticket 4711\"", "\"\\u0041\"",
     "malformed order: line 16, reason: not canonical JSON from byte 2 on; write \"A\"; found"},
    {k_order, "proposer: alice", "proposer: al ice",
     "malformed order: line 17, proposer: expected"},
    {k_order, "10:00:00Z", "10:00:00+00:00",
     "malformed order: line 18, proposed: expected a UTC time such as 2026-11-21T10:00:00Z; found"},
    {k_order, "2026-11-21T10:00:00Z", "2026-02-29T10:00:00Z",
     "malformed order: line 18, proposed: expected a UTC time"},
    {k_order, "14:00:00Z", "10:00:00Z",
     "malformed order: line 19, expires: expected a time after proposed"},
    {k_order, "nonce: 5f", "nonce: 5F",
     "malformed order: line 20, nonce: expected 32 lower-case hexadecimal digits"},
    {k_order, "nonce: 5f", "nonce: f", "malformed order: line 20, nonce: expected 32 lower-case"},
    {k_vote, "on: order", "on: vote", "malformed vote: line 3, on: expected order or policy, then"},
    {k_vote, "verdict: approve", "verdict: approved",
     "malformed vote: line 4, verdict: expected one of approve, consent, veto, withdraw, seen; "
     "found \"approved\""},
    {k_vote, "verdict: approve", "verdict: veto",
     "malformed vote: line 6, for: expected it in an approval alone, and another than by"},
    {k_vote, "for: carol", "for: bob",
     "malformed vote: line 6, for: expected it in an approval alone, and another than by"},
    {k_vote, "mark: c",
     "mark: ", "malformed vote: line 8, mark: expected 64 lower-case hexadecimal"},
    {k_vote, "\"fine\"", "\"a\\nb\"",
     "malformed vote: line 10, note: expected text without control, format or invisible "
     "characters; it holds U+000A"},
    {k_fact, "about: target", "about: world",
     "malformed fact: line 4, about: expected target, file"},
    {k_fact, "value: true", "value: 007",
     "malformed fact: line 5, value: expected a name or a whole number of at most 18 digits; "
     "found"},
    {k_fact, "value: true", "value: -0",
     "malformed fact: line 5, value: expected a name or a whole"},
    {k_fact, "value: true", "value: 1000000000000000000",
     "malformed fact: line 5, value: expected"},
    {k_fact, "value: true", "value: -x", "malformed fact: line 5, value: expected a name"},
    {k_claim, "size: 0", "size: 00", "malformed claim: line 7, size: expected a whole number"},
    {k_claim, "size: 0", "size: 18446744073709551616", "malformed claim: line 7, size: expected a"},
    {k_claim, "size: 0", "size: -1", "malformed claim: line 7, size: expected a whole number"},
    {k_claim, "commitment: dd", "commitment: d",
     "malformed claim: line 9, commitment: expected 128"},
    {k_receipt, "code: -9", "code: -0", "malformed receipt: line 8, code: expected an exit code"},
    {k_receipt, "code: -9", "code: +9", "malformed receipt: line 8, code: expected an exit code"},
    {k_receipt, "code: -9", "code: 2147483648",
     "malformed receipt: line 8, code: expected an exit"},
    {k_receipt, "outcome: failed", "outcome: done",
     "malformed receipt: line 7, outcome: expected one of started, succeeded, failed, refused, "
     "unk"},
    {k_receipt, "outcome: failed", "outcome: started",
     "malformed receipt: line 11, ended: what has started has no code, output or end yet"},
    {k_enactment, "completed: 17", "completed: x",
     "malformed enactment: line 4, completed: expected"},
    {k_enactment, "YWI=", "YWJ=", "malformed enactment: line 5, evidence: not canonical base64"},
    {k_enactment, "YWI=", "YWI", "malformed enactment: line 5, evidence: not canonical base64"},
    {k_revocation, "SHA256:A", "SHA256:",
     "malformed revocation: line 3, key: expected a key's fingerprint as ssh-keygen -l prints it"},
    {k_revocation, "SHA256:A", "MD5:A",
     "malformed revocation: line 3, key: expected a key's finger"},
    {k_revocation, "E\nof", "F\nof", "malformed revocation: line 3, key: expected a key's finger"},
    {k_revocation, "why: stolen", "why: bored",
     "malformed revocation: line 5, why: expected one of lost, stolen, left, replaced; found"},
    {k_custody, "event: handover", "event: opened up",
     "malformed custody: line 4, event: expected"},
    {k_custody, "to: carol", "to: bob",
     "malformed custody: line 7, to: expected both from and to at a handover, and two of them"},
    {k_custody, "tries: 3", "tries: 4294967296",
     "malformed custody: line 9, tries: expected a who"},
    {k_custody, "nonce: ee", "nonce: e", "malformed custody: line 11, nonce: expected 32 to 128"},
    {k_custody, "nonce: e", "nonce: E", "malformed custody: line 11, nonce: expected 32 to 128"},
    {k_policy, "acme/prod ", "acme/prod/ ", "malformed policy: line 2, domain: expected a domain"},
    {k_policy, "version: 4", "version: 0",
     "malformed policy: line 3, version: expected a whole number of at least 1; found \"0\""},
    {k_policy, "version: 4", "version: 1",
     "malformed policy: line 4, previous: expected the field \"previous\" in every version but "
     "the"},
    {k_policy, "previous: ", "former: ",
     "malformed policy: line 3, version: expected the field \"previous\" in every version but the"},
    {k_policy,
     "acme/prod sha256:", "acme/prod sha25:", "malformed policy: line 2, domain: expected"},
};

TEST(Statement, BadValuesAreRefusedByLineAndField) {
    expect_refused(k_bad_values);
}

const std::vector<Bad> k_bad_structure{
    {k_order, "cheget order v1", "cheget order v2",
     "not a statement of format 1: expected \"cheget\", a kind and \"v1\" in the first line; found "
     "\"cheget order v2\""},
    {k_order, "cheget order v1", "cheget  order v1", "not a statement of format 1"},
    {k_order, "cheget order v1", " cheget order v1", "not a statement of format 1"},
    {k_order, "cheget order v1", "cheget orders v1", "not a statement of format 1"},
    {k_order, "rule: ", "rule:",
     "malformed order: line 4: expected the field \"rule\"; found a line that is no \"field: "
     "value\""},
    {k_order, "rule: ", "role: ",
     "malformed order: line 4: expected the field \"rule\"; found the unknown field \"role\" (did "
     "you mean \"rule\"?)"},
    {k_order, "rule: ", "#rule: ",
     "malformed order: line 4: expected the field \"rule\"; found the unknown field \"#rule\""},
    {k_order, "rule: drop-database\n", "",
     "malformed order: line 4: expected the field \"rule\"; found \"target\", which has no place"},
    {k_order, "user: postgres\n", "user: postgres\nsudo: yes\n",
     "malformed order: line 8: expected the field \"reason\"; found the unknown field \"sudo\""},
    {k_order, "target: prod/eu-1/invoices\n", "",
     "malformed order: line 5: expected one of target, targets; found \"run\", which has no place"},
    {k_order, "run: [\"/usr/bin/dropdb\",\"invoices\"]\n", "",
     "malformed order: line 6: expected one of run, call, sign, ref, sql; found \"user\", which "
     "has"},
    {k_order, "domain: ", "\ndomain: ",
     "malformed order: line 2: expected the field \"domain\"; found an empty line"},
    {k_order, "nonce: 5f0c27005f0c27005f0c27005f0c2700\n", "",
     "malformed order: line 20: expected the field \"nonce\"; found the end"},
    {k_order, "0c2700\n", "0c2700\nnote: \"x\"\n",
     "malformed order: line 21: expected the end; found the unknown field \"note\""},
    {k_order, "0c2700\n", "0c2700\n\n",
     "malformed order: line 21: expected the end; found an empty"},
    {k_order, "run: [\"/usr/bin/dropdb\",\"invoices\"]",
     "ref: {\"new\":\"a\",\"old\":\"b\",\"ref\":\"c\",\"repository\":\"d\"}",
     "malformed order: line 7: expected the field \"reason\"; found \"user\", which has no place"},
    {k_vote, "\n\ncheget", "\ncheget",
     "malformed vote: line 11: expected an empty line; found a line that is no \"field: value\""},
    {k_policy_vote, "on: policy 4", "on: policy 5",
     "malformed vote: the text voted on: its version is not the one in on"},
    {k_policy_vote, "acme/prod sha256:a", "acme/test sha256:a",
     "malformed vote: the text voted on: its domain is not the vote's"},
    {k_vote, "acme/prod sha256:a", "acme/prod sha256:b",
     "malformed vote: the text voted on: its domain is not the vote's"},
};

TEST(Statement, BadStructureIsRefusedByLine) {
    expect_refused(k_bad_structure);
}

}  // namespace
}  // namespace cheget::statement
