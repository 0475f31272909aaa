// Makes the extracts of the corpus: each is a whole log.
#include "support/logged_corpus.h"

#include "support/logged_domain.h"

namespace cheget::test_support {

namespace {

using base::Span;
using statement::Outcome;
using statement::Verdict;

constexpr Span k_hour{3600};

std::string render(const TestLog& log, const std::vector<std::string>& checkpoints,
                   const std::vector<std::string>& outside = {}, std::uint64_t first = 0) {
    permit::Permit permit;
    permit.statements.assign(outside.begin(), outside.end());
    permit.extract = {
        first,
        {log.entries().begin() + static_cast<std::ptrdiff_t>(first), log.entries().end()},
        checkpoints};
    return permit::render_permit(permit).value();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

/// One order with everything that may be said of it.
void add_order(std::map<std::string, std::string>& files) {
    LoggedDomain made;
    const std::string order = made.propose();
    made.log_.add(order);
    made.log_.add(made.approve(order, "bob"));
    const std::string early = made.log_.seal(LoggedDomain::at(k_now));
    made.log_.add(made.approve(order, "carol"));
    made.log_.add(made.claim(order, "db2"));
    made.log_.add(made.claim(order, "db2"));
    made.log_.add(made.claim(order, "db1"));
    made.log_.add("what nobody can read");
    made.log_.add(made.receipt(order, made.claim(order, "db2"), Outcome::started, "db2"));
    const std::string late = made.log_.seal(LoggedDomain::at(k_now + k_hour));
    files["log_order"] = render(made.log_, {early, late});
    files["log_part"] = render(made.log_, {early, late}, {}, 2);
    files["log_without_checkpoint"] = render(made.log_, {early});
    files["log_veto_outside"] =
        render(made.log_, {late},
               {made.say(order, "dave", Verdict::veto), made.approve(order, "erin"),
                made.domain_.vote_by(made.state(), made.first_, "bob")});
    made.log_.add(made.domain_.revocation(made.state(), "bob", "bob", "dave", "dave"));
    made.log_.add(made.domain_.revocation(made.state(), "bob", "bob", "erin", "erin"));
    made.log_.add(made.domain_.revocation(made.state(), "carol", "bob", "erin", "erin"));
    files["log_revoked"] = render(made.log_, {made.log_.seal(LoggedDomain::at(k_now + k_hour))});
}

void add_emergencies(std::map<std::string, std::string>& files) {
    LoggedDomain made;
    for (int i = 0; i < 3; ++i) {
        const std::string order =
            made.propose([](statement::Order& one) { one.rule.emergency = true; });
        made.log_.add(order);
        made.log_.add(made.approve(order, "dave"));
        const std::string claim = made.claim(order, "db1", static_cast<std::uint8_t>(i));
        made.log_.add(claim);
        made.log_.add(claim);
        made.log_.add(made.receipt(order, claim, i == 0 ? Outcome::refused : Outcome::started));
        made.log_.add(made.receipt(order, claim, Outcome::refused));
        made.log_.add(made.receipt(order, claim, Outcome::refused, "db2"));
        made.log_.add(made.claim(order, "alice"));
    }
    files["log_emergencies"] = render(made.log_, {made.log_.seal(LoggedDomain::at(k_now))});
}

void add_amendments(std::map<std::string, std::string>& files) {
    LoggedDomain made;
    const std::string text =
        made.next_text(replaced(k_logged_blocks, "approve 2 of dba\n", "approve 3 of dba\n"));
    const std::string other = made.next_text(k_logged_blocks);
    const auto [completed, early] = made.approve_amendment(text);
    made.log_.add(made.domain_.vote_by(made.state(), other, "carol"));
    made.log_.add("something");
    const std::string late = made.log_.seal(LoggedDomain::at(k_now + k_hour));
    // None of these has force.
    made.log_.add(made.enactment(text, completed, {early}));
    made.log_.add(made.enactment(text, completed, {}));
    made.log_.add(made.enactment(text, completed, {early, "nonsense"}));
    made.log_.add(made.enactment(text, 999, {early, late}));
    made.log_.add(made.enactment(text, completed, {early, late}, "alice", "bob"));
    made.log_.add(made.enactment(other, 2, {early, late}));
    made.log_.add(made.enactment(made.first_, completed, {early, late}));
    made.log_.add(made.enactment(text, completed, std::vector<std::string>(17, early)));
    // This one has.
    made.log_.add(made.enactment(text, completed, {early, late}));
    files["log_amended"] = render(made.log_, {early, made.log_.seal(LoggedDomain::at(k_now))});
}

/// An order that rests on a fact, and on a deputy for somebody who speaks up in the end.
void add_purge(std::map<std::string, std::string>& files) {
    LoggedDomain made;
    const std::string order = made.propose([](statement::Order& one) {
        one.rule.action = "purge";
        one.target = "crm/mallory";
        one.deed = statement::Run{{"/usr/bin/purge", "mallory"}};
        one.user.reset();
    });
    made.log_.add(order);
    statement::Fact fact;
    fact.domain = made.state().domain;
    fact.fact = "ready";
    fact.about = statement::AboutTarget{"crm/mallory"};
    fact.value = "true";
    fact.by = "db2";
    fact.at = k_now;
    const auto say = [&](const std::string& signer) {
        return made.domain_.sign(statement::Kind::fact, statement::render(fact).value(), {signer});
    };
    made.log_.add(say("db2"));
    made.log_.add(say("db2") + say("db2").substr(text_of(say("db2")).size()));
    made.log_.add(say("db1"));
    fact.by = "db1";
    made.log_.add(say("db1"));
    fact.domain.first_policy = base::sha256("another");
    made.log_.add(say("db1"));
    auto vote = made.domain_.vote(made.state(), text_of(order), "dave");
    vote.stands_for = "bob";
    made.log_.add(made.domain_.sign_vote(vote, {"dave"}));
    vote.stands_for = "stranger";
    made.log_.add(made.domain_.sign_vote(vote, {"dave"}));
    files["log_purge"] = render(made.log_, {made.log_.seal(LoggedDomain::at(k_now))});
    made.log_.add(made.say(order, "bob", Verdict::seen));
    made.log_.add(made.approve(order, "bob"));
    made.log_.add(made.claim(order, "db2"));
    files["log_purge_spoken"] = render(made.log_, {made.log_.seal(LoggedDomain::at(k_now))});
}

/// Votes that suffice, and nobody has enacted yet.
void add_proposal(std::map<std::string, std::string>& files) {
    LoggedDomain made;
    const std::string text =
        made.next_text(replaced(k_logged_blocks, "approve 2 of dba\n", "approve 3 of dba\n"));
    made.log_.add(made.domain_.vote_by(made.state(), text, "alice"));
    files["log_one_vote"] = render(made.log_, {made.log_.seal(LoggedDomain::at(k_now))});
    made.log_.add(made.domain_.vote_by(made.state(), text, "bob"));
    made.log_.add(made.domain_.vote_by(made.state(), text, "carol"));
    made.log_.add(made.domain_.vote_by(made.state(), text, "mallory"));
    made.log_.add(made.domain_.vote_by(made.state(), made.first_, "bob"));
    files["log_proposed"] = render(made.log_, {made.log_.seal(LoggedDomain::at(k_now))});
}

/// Kinds that the chronicle only files, and what it passes over.
void add_other_kinds(std::map<std::string, std::string>& files) {
    LoggedDomain made;
    const std::string order = made.propose();
    statement::Fact fact;
    fact.domain = made.state().domain;
    fact.fact = "backup-ok";
    fact.value = "true";
    fact.by = "db1";
    fact.at = k_now;
    const std::vector<statement::FactSubject> subjects{
        std::monostate(), statement::AboutTarget{"prod/eu-1/invoices"},
        statement::AboutFile{base::sha256("file")},
        statement::OnOrder{statement::id_of(text_of(order))}};
    for (const statement::FactSubject& about : subjects) {
        fact.about = about;
        made.log_.add(
            made.domain_.sign(statement::Kind::fact, statement::render(fact).value(), {"db1"}));
    }
    statement::Custody custody;
    custody.domain = fact.domain;
    custody.briefcase = made.domain_.key("dave").public_key().fingerprint();
    custody.by = "dave";
    custody.at = k_now;
    made.log_.add(
        made.domain_.sign(statement::Kind::custody, statement::render(custody).value(), {"dave"}));
    for (const std::string kind : {"order", "vote", "fact", "claim", "receipt", "enactment",
                                   "revocation", "custody", "policy"}) {
        made.log_.add(
            made.domain_.sign(statement::Kind::vote, "cheget " + kind + " v1\n", {"bob"}));
    }
    auto vote = made.domain_.vote(made.state(), text_of(order), "bob");
    vote.stands_for = "carol";
    made.log_.add(order);
    made.log_.add(made.domain_.sign_vote(vote, {"bob"}));
    vote.stands_for = "nobody-known";
    made.log_.add(made.domain_.sign_vote(vote, {"bob"}));
    made.log_.add(made.first_);
    files["log_other_kinds"] = render(made.log_, {made.log_.seal(LoggedDomain::at(k_now))});
}

/// What is wrong with the framing of an extract.
void add_extract_framing(std::map<std::string, std::string>& files) {
    const std::string head = "cheget permit v1\n";
    files["extract_gap"] = head + "entry 0 1\nxentry 2 1\nx";
    files["extract_index"] = head + "entry 00 1\nx";
    files["extract_length"] = head + "entry 0 99999\nx";
    files["extract_cut"] = head + "entry 0 9\nx";
    files["extract_order"] = head + "checkpoint 1\nxentry 0 1\nx";
    files["extract_empty_checkpoint"] = head + "checkpoint 0\n";
    files["extract_checkpoint_cut"] = head + "checkpoint 9\nx";
    files["extract_junk_checkpoint"] = head + "entry 0 1\nxcheckpoint 1\nx";
    files["extract_statement_after"] = head + "entry 0 1\nxstatement 1\nx";
}

void add_rotation(std::map<std::string, std::string>& files) {
    LoggedDomain made;
    const std::string text = made.next_text(k_logged_blocks, 9, {3, 4, 5});
    const auto [completed, early] = made.approve_amendment(text);
    made.log_.add("something");
    const std::string late = made.log_.seal(LoggedDomain::at(k_now + k_hour));
    made.log_.add(made.enactment(text, completed, {early, late}));
    const std::int64_t then = (k_now + k_hour).seconds;
    const std::string bridge = made.log_.seal({1, {{1, then}, {2, then}, {3, then}, {4, then}}, 9});
    const std::string only_new = made.log_.seal({9, {{4, then}, {5, then}}, 0});
    made.log_.add("after it");
    const std::string last = made.log_.seal({9, {{4, then}, {5, then}}, 0});
    files["log_rotated"] = render(made.log_, {early, bridge, last});
    files["log_rotated_unbridged"] = render(made.log_, {early, last});
    files["log_rotated_by_new"] = render(made.log_, {early, only_new, last});
}

}  // namespace

const permit::Chronicle& corpus_chronicle() {
    static const LoggedDomain domain;
    return domain.copy_.knowledge().chronicle;
}

std::map<std::string, std::string> logged_corpus() {
    std::map<std::string, std::string> files;
    add_order(files);
    add_emergencies(files);
    add_amendments(files);
    add_rotation(files);
    add_other_kinds(files);
    add_purge(files);
    add_proposal(files);
    add_extract_framing(files);
    return files;
}

}  // namespace cheget::test_support
