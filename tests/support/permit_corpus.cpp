// Makes the permits of the corpus.
#include "support/permit_corpus.h"

#include <vector>

#include "permit/permit.h"
#include "support/logged_corpus.h"
#include "support/test_domain.h"

namespace cheget::test_support {

namespace {

using statement::Kind;
using statement::Verdict;

class CorpusMaker {
  public:
    CorpusMaker() : state_(corpus_state()) {
        order_ = domain_.sign_order(domain_.order(state_), "alice");
        text_ = text_of(order_);
    }

    std::map<std::string, std::string> make() {
        add_decisions();
        add_bad_votes();
        add_revocations();
        add_amendments();
        add_traces();
        add_framing();
        return std::move(files_);
    }

  private:
    std::string vote(const std::string& by, Verdict verdict = Verdict::approve) {
        return domain_.vote_by(state_, text_, by, verdict);
    }
    std::string vote_on(const std::string& policy, const std::string& by,
                        Verdict verdict = Verdict::approve) {
        return domain_.vote_by(state_, policy, by, verdict);
    }

    /// A vote, its `domain` line changed to another domain of the same name, signed again by bob.
    std::string of_another_domain(const std::string& vote) {
        std::string text = text_of(vote);
        char& digit = text[text.find("sha256:") + 7];
        digit = digit == '0' ? '1' : '0';
        return domain_.sign(Kind::vote, text, {"bob"});
    }

    void add(const std::string& name, const std::vector<std::string>& statements,
             const std::string& content = "") {
        permit::Permit permit;
        permit.statements.assign(statements.begin(), statements.end());
        if (!content.empty()) {
            permit.files.push_back({base::sha256(content), base::as_bytes(content)});
        }
        files_[name] = permit::render_permit(permit).value();
    }

    void add_decisions() {
        add("permit", {order_, vote("bob"), vote("carol"), vote("dave")}, "a named file's bytes\n");
        add("wait", {order_, vote("bob")});
        add("veto", {order_, vote("bob"), vote("erin", Verdict::veto)});
        add("withdrawn", {order_, vote("alice", Verdict::withdraw)});
        add("two_withdrew",
            {order_, vote("bob", Verdict::withdraw), vote("carol", Verdict::withdraw)});
        auto order = domain_.order(state_);
        order.target = "prod/eu-1/payroll";
        add("does_not_fit", {domain_.sign_order(order, "alice")});
        add("two_orders", {order_, domain_.sign_order(domain_.order(state_), "alice")});
        add("no_order", {vote("bob")});
        add("unsigned_order", {text_, vote("bob")});
        add("signed_twice", {order_, domain_.sign(Kind::order, text_, {"alice", "alice-2"})});
        permit::DomainState other = state_;
        other.domain.first_policy.bytes[0] ^= 1U;
        add("another_domain", {domain_.sign_order(domain_.order(other), "alice")});
        order = domain_.order(state_);
        order.policy.version = 2;
        add("another_policy", {domain_.sign_order(order, "alice")});
    }

    void add_bad_votes() {
        std::vector<std::string> votes{order_, vote("bob"), vote("bob"), vote("mallory")};
        votes.push_back(votes[1]);
        votes.push_back(text_of(vote("carol")));
        votes.push_back(domain_.sign(Kind::vote, text_of(vote("carol")), {"dave"}));
        votes.push_back(domain_.sign(Kind::claim, text_of(vote("carol")), {"carol"}));
        votes.push_back(vote("carol", Verdict::seen));
        auto made = domain_.vote(state_, text_, "dave");
        made.stands_for = "erin";
        votes.push_back(domain_.sign_vote(made, {"dave"}));
        made.stands_for.reset();
        made.after = base::sha256("before");
        made.note = "seen on the console";
        votes.push_back(domain_.sign_vote(made, {"dave"}));
        made.after.reset();
        votes.push_back(domain_.sign_vote(made, {"dave", "dave"}));
        const std::string other = text_of(domain_.sign_order(domain_.order(state_), "alice"));
        votes.push_back(domain_.vote_by(state_, other, "erin"));
        votes.push_back("nonsense\n");
        for (const std::string kind :
             {"vote", "fact", "enactment", "custody", "revocation", "claim", "receipt"}) {
            votes.push_back("cheget " + kind + " v1\n");
        }
        votes.push_back(of_another_domain(vote("carol")));
        votes.push_back(text_ +
                        "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n");
        votes.push_back(state_.policy->text);
        add("bad_votes", votes);
    }

    void add_revocations() {
        const std::string own = domain_.revocation(state_, "bob", "bob", "bob", "bob");
        const std::string one = domain_.revocation(state_, "carol", "carol", "dave", "dave");
        const std::string two = domain_.revocation(state_, "carol", "carol", "erin", "erin");
        const std::string proposers =
            domain_.revocation(state_, "alice", "alice", "alice", "alice-2");
        add("revoked", {order_, vote("bob"), vote("carol"), vote("dave"), own, one, two});
        add("revocation_pending", {order_, vote("carol"), one, one});
        add("revoked_proposer", {order_, vote("bob"), proposers});
        permit::DomainState other = state_;
        other.domain.first_policy.bytes[0] ^= 1U;
        add("bad_revocations", {order_, domain_.revocation(state_, "bob", "bob", "bob", "mallory"),
                                domain_.revocation(state_, "bob", "carol", "carol", "carol"),
                                domain_.revocation(state_, "bob", "mallory", "mallory", "mallory"),
                                domain_.revocation(other, "bob", "bob", "bob", "bob")});
    }

    void add_amendments() {
        const auto& policy = state_.policy->policy;
        std::string blocks = k_blocks;
        blocks.replace(blocks.find("expire 8h"), 9, "expire 7h");
        const std::string one = domain_.next_policy_text(policy, blocks);
        blocks.replace(blocks.find("expire 7h"), 9, "expire 6h");
        const std::string other = domain_.next_policy_text(policy, blocks);
        const std::string third =
            domain_.next_policy_text(policy::parse_policy(one).value(), k_blocks);
        add("amended", {order_, vote_on(one, "alice"), vote_on(one, "bob"), vote_on(third, "bob"),
                        vote_on(other, "carol")});
        add("siblings", {order_, vote_on(one, "alice"), vote_on(one, "bob"),
                         vote_on(other, "carol"), vote_on(other, "dave")});
        add("proposed", {order_, vote_on(one, "alice"), vote_on(one, "erin", Verdict::veto),
                         vote_on(other, "bob", Verdict::seen), vote_on(third, "carol")});
        const std::string own = domain_.revocation(state_, "bob", "bob", "bob", "bob");
        auto made = domain_.vote(state_, one, "carol");
        made.after = base::sha256("before");
        std::string misnamed = text_of(vote_on(one, "dave"));
        const std::string id = base::to_text(statement::id_of(one));
        misnamed.replace(misnamed.find(id), id.size(), base::to_text(statement::id_of(other)));
        add("bad_amendments",
            {order_, own, vote_on(one, "bob"), vote_on(one, "alice"),
             domain_.sign_vote(made, {"carol"}), domain_.sign(Kind::vote, misnamed, {"dave"}),
             of_another_domain(vote_on(one, "bob")), vote_on(state_.policy->text, "alice")});
        std::string wrong = one;
        wrong.replace(wrong.find("previous: sha256:") + 17, 4, "0000");
        add("wrong_previous", {order_, vote_on(wrong, "alice"), vote_on(wrong, "bob")});
    }

    void add_traces() {
        statement::Claim claim;
        claim.domain = state_.domain;
        claim.order = statement::id_of(text_);
        claim.target = "prod/eu-1/invoices";
        claim.executor = "db1";
        claim.policy = state_.policy->policy.reference();
        const std::string claim_text = statement::render(claim).value();
        statement::Receipt receipt;
        receipt.domain = state_.domain;
        receipt.order = claim.order;
        receipt.target = claim.target;
        receipt.executor = "db1";
        receipt.outcome = statement::Outcome::started;
        receipt.began = k_now;
        const std::string receipt_text = statement::render(receipt).value();
        claim.executor = "alice";
        const std::string by_person = statement::render(claim).value();
        claim.executor = "db2";
        auto misfit = domain_.order(state_);
        misfit.target = "prod/eu-1/payroll";
        const std::string dead = domain_.sign_order(misfit, "alice");
        claim.order = statement::id_of(text_of(dead));
        add("traces_of_a_misfit",
            {dead, domain_.sign(Kind::claim, statement::render(claim).value(), {"db2"})});
        claim.executor = "alice";
        add("trace_by_a_person",
            {dead, domain_.sign(Kind::claim, statement::render(claim).value(), {"alice"})});
        claim.domain.first_policy.bytes[0] ^= 1U;
        add("trace_of_another_domain",
            {order_, domain_.sign(Kind::claim, statement::render(claim).value(), {"db1"}),
             domain_.sign(Kind::claim, by_person, {"alice"})});
        claim.domain = state_.domain;
        claim.executor = "db2";
        add("traces", {order_, domain_.sign(Kind::claim, claim_text, {"db1"}),
                       domain_.sign(Kind::claim, claim_text, {"db1", "db2"}),
                       domain_.sign(Kind::receipt, receipt_text, {"db1"}),
                       domain_.sign(Kind::receipt, receipt_text, {"db2"}),
                       domain_.sign(Kind::claim, statement::render(claim).value(), {"db2"})});
    }

    /// What is wrong with the file itself.
    void add_framing() {
        const std::string head = "cheget permit v1\n";
        const std::string zeros(64, '0');
        files_["framing_empty"] = "";
        files_["framing_version"] = "cheget permit v2\nstatement 2\nx\n";
        files_["framing_no_statement"] = head;
        files_["framing_unknown_part"] = head + "statement 1\nxpart 1\nx";
        files_["framing_no_line"] = head + "statement 1";
        files_["framing_empty_statement"] = head + "statement 0\n";
        files_["framing_leading_zero"] = head + "statement 01\nx";
        files_["framing_cut"] = head + "statement 9\nx";
        files_["framing_file_digest"] = head + "statement 1\nxfile 1 sha256:0\nx";
        files_["framing_file_cut"] = head + "statement 1\nxfile 9 sha256:" + zeros + "\nx";
        files_["framing_statement_last"] =
            head + "statement 1\nxfile 1 sha256:" + zeros + "\nxstatement 1\nx";
        std::string many = head;
        for (std::size_t i = 0; i <= permit::k_most_statements; ++i) {
            many += "statement 1\nx";
        }
        files_["framing_many"] = many;
    }

    const permit::DomainState& state_;
    TestDomain domain_;
    std::string order_;
    std::string text_;
    std::map<std::string, std::string> files_;
};

}  // namespace

const permit::DomainState& corpus_state() {
    static const permit::DomainState state = TestDomain().begin(k_blocks, k_people);
    return state;
}

std::map<std::string, std::string> permit_corpus() {
    auto files = CorpusMaker().make();
    files.merge(logged_corpus());
    return files;
}

}  // namespace cheget::test_support
