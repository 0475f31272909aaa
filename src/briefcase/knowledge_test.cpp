// What a briefcase believes of a folder that its bearer had for a week.
#include "briefcase/knowledge.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "keys/test_folder.h"
#include "permit/permit.h"
#include "support/logged_domain.h"

namespace cheget::briefcase {
namespace {

using base::Span;
using test_support::k_now;
using test_support::TestLog;
using test_support::text_of;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Seal seal_in(const statement::Domain& domain) {
    Seal seal;
    seal.domain = domain;
    seal.policy = {1, domain.first_policy};
    seal.principal = "dave";
    seal.key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
    seal.made = k_now;
    seal.cost = GuessCost::for_tests();
    return seal;
}

class Carried : public keys::test::TestFolder, protected test_support::LoggedDomain {
  protected:
    Carried() {
        const std::string signed_policy = domain_.sign(statement::Kind::policy, first_,
                                                       {"alice", "bob", "carol", "dave", "erin"});
        auto made = Case::create(folder_ / "case", seal_in(state().domain), signed_policy);
        EXPECT_TRUE(made) << made.error().message;
        case_.emplace(std::move(*made));
    }

    /// A permit with these statements and the log from an entry on to its end.
    static std::string load(const std::vector<std::string>& statements, const TestLog& log,
                            std::uint64_t from, const std::string& checkpoint = "") {
        permit::Permit permit;
        permit.statements.assign(statements.begin(), statements.end());
        permit.extract.first = from;
        permit.extract.entries.assign(log.entries().begin() + static_cast<std::ptrdiff_t>(from),
                                      log.entries().end());
        permit.extract.checkpoints.push_back(checkpoint.empty() ? log.newest() : checkpoint);
        return permit::render_permit(permit).value();
    }
    void put(const std::string& name, std::string_view content) const {
        std::ofstream(folder_ / "case/inbox" / name, std::ios::binary) << content;
    }
    std::unique_ptr<Knowledge> read() const {
        auto knowledge = Knowledge::read(*case_);
        EXPECT_TRUE(knowledge) << knowledge.error().message;
        return std::move(*knowledge);
    }
    static std::vector<std::string> whys(const Knowledge& knowledge) {
        std::vector<std::string> whys;
        for (const permit::Ignored& one : knowledge.set_aside()) {
            whys.push_back(one.what + ": " + one.why);
        }
        return whys;
    }
    /// Two loads: an order, and then what was said on it.
    void load_two() {
        order_ = propose();
        log_.add(order_);
        log_.seal(at(k_now));
        EXPECT_TRUE(case_->add_load(load({order_}, log_, 0)));
        log_.add(approve(order_, "bob"));
        log_.add(say(order_, "erin", statement::Verdict::veto));
        log_.seal(at(k_now + Span{60}));
        EXPECT_TRUE(case_->add_load(load({}, log_, 1)));
    }
    base::Digest id() const { return statement::id_of(text_of(order_)); }

    std::optional<Case> case_;
    std::string order_;
};

TEST_F(Carried, knows_what_its_loads_prove) {
    load_two();
    const auto knowledge = read();
    EXPECT_THAT(whys(*knowledge), IsEmpty());
    EXPECT_THAT(knowledge->orders(), ::testing::ElementsAre(id()));
    ASSERT_TRUE(knowledge->as_of());
    EXPECT_EQ(knowledge->as_of()->size, 3U);
    EXPECT_EQ(knowledge->as_of()->witnessed, k_now + Span{60});
    const auto judged = knowledge->judge(id(), k_now + Span{60});
    ASSERT_TRUE(judged) << judged.error().message;
    EXPECT_EQ(judged->decision.reason, policy::Reason::vetoed);
}

TEST_F(Carried, names_of_loads_tell_nothing) {
    load_two();
    std::filesystem::rename(folder_ / "case/inbox/000001.permit",
                            folder_ / "case/inbox/000009.permit");
    const auto knowledge = read();
    EXPECT_THAT(whys(*knowledge), IsEmpty());
    EXPECT_EQ(knowledge->as_of()->size, 3U);
}

TEST_F(Carried, G5_dropped_load_makes_it_older_and_is_told) {
    load_two();
    std::filesystem::remove(folder_ / "case/inbox/000001.permit");
    const auto knowledge = read();
    EXPECT_THAT(whys(*knowledge), ::testing::ElementsAre(HasSubstr("a load was taken out")));
    EXPECT_FALSE(knowledge->as_of());
}

TEST_F(Carried, G5_veto_cut_out_of_a_load) {
    load_two();
    TestLog cut;
    cut.add(log_.entries()[0]);
    cut.add(log_.entries()[1]);
    put("000002.permit", load({}, cut, 1, log_.newest()));
    const auto knowledge = read();
    EXPECT_THAT(whys(*knowledge), SizeIs(1));
    EXPECT_EQ(knowledge->as_of()->size, 1U);
}

TEST_F(Carried, G7_fork_that_overlaps_is_an_alarm) {
    load_two();
    TestLog fork;
    fork.add(log_.entries()[0]);
    fork.add(approve(order_, "carol"));
    fork.add(approve(order_, "alice"));
    fork.add(approve(order_, "bob"));
    fork.seal(at(k_now + Span{70}));
    put("000003.permit", load({}, fork, 1));
    const auto knowledge = read();
    EXPECT_THAT(knowledge->forks(), ::testing::ElementsAre(HasSubstr("the log forked")));
    EXPECT_EQ(knowledge->as_of()->size, 3U);
    const auto judged = knowledge->judge(id(), k_now + Span{60});
    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->decision.reason, policy::Reason::vetoed);
}

TEST_F(Carried, G7_checkpoint_of_another_tree_is_an_alarm) {
    load_two();
    TestLog fork;
    fork.add(log_.entries()[0]);
    fork.add(approve(order_, "carol"));
    fork.seal(at(k_now + Span{70}));
    permit::Permit permit;
    permit.extract.first = 3;
    permit.extract.checkpoints.push_back(fork.newest());
    put("000003.permit", permit::render_permit(permit).value());
    EXPECT_THAT(read()->forks(), SizeIs(1));
}

TEST_F(Carried, altered_load_is_no_fork) {
    load_two();
    TestLog altered;
    altered.add(log_.entries()[0]);
    altered.add(approve(order_, "carol"));
    altered.add(log_.entries()[2]);
    put("000002.permit", load({}, altered, 1, log_.newest()));
    const auto knowledge = read();
    EXPECT_THAT(knowledge->forks(), IsEmpty());
    EXPECT_THAT(whys(*knowledge), SizeIs(1));
}

TEST_F(Carried, later_witnessing_of_the_same_size_makes_it_younger_and_an_earlier_one_not_older) {
    load_two();
    const std::string newer = log_.signed_checkpoint(at(k_now + Span{600}), 3);
    permit::Permit permit;
    permit.extract.first = 3;
    permit.extract.checkpoints.push_back(newer);
    put("000003.permit", permit::render_permit(permit).value());
    permit.extract.checkpoints = {log_.signed_checkpoint(at(k_now + Span{5}), 3)};
    put("000004.permit", permit::render_permit(permit).value());
    const auto knowledge = read();
    EXPECT_THAT(whys(*knowledge), IsEmpty());
    EXPECT_EQ(knowledge->as_of()->witnessed, k_now + Span{600});
}

TEST_F(Carried, of_another_domain) {
    load_two();
    test_support::LoggedDomain other;
    const std::string strange = domain_.sign_order(
        [&] {
            statement::Order order = domain_.order(state());
            order.domain.first_policy = base::sha256("another");
            return order;
        }(),
        "alice");
    put("000003.permit", load({strange}, log_, 3));
    const auto knowledge = read();
    EXPECT_THAT(knowledge->orders(), SizeIs(1));
    EXPECT_THAT(whys(*knowledge), ::testing::ElementsAre(HasSubstr("of another domain")));
}

TEST_F(Carried, G5_veto_outside_the_log_stops_it) {
    order_ = propose();
    log_.add(order_);
    log_.add(approve(order_, "bob"));
    log_.add(approve(order_, "carol"));
    log_.seal(at(k_now));
    EXPECT_TRUE(
        case_->add_load(load({order_, say(order_, "erin", statement::Verdict::veto)}, log_, 0)));
    const auto judged = read()->judge(id(), k_now);
    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->decision.answer, policy::Answer::deny);
}

TEST_F(Carried, G2_named_file_with_other_bytes_is_none) {
    const std::string right = "the right bytes";
    permit::Permit permit;
    order_ = propose();
    permit.statements.push_back(order_);
    permit.files.push_back({base::sha256(right), base::as_bytes("the wrong bytes")});
    permit.files.push_back({base::sha256("another"), base::as_bytes("another")});
    put("000001.permit", permit::render_permit(permit).value());
    const auto knowledge = read();
    EXPECT_EQ(knowledge->find_file(base::sha256(right)), nullptr);
    ASSERT_NE(knowledge->find_file(base::sha256("another")), nullptr);
    EXPECT_EQ(knowledge->find_file(base::sha256("another"))->content, "another");
    EXPECT_THAT(whys(*knowledge), ::testing::ElementsAre(HasSubstr("other bytes")));
}

TEST_F(Carried, links_pipes_folders_and_strange_names_are_told) {
    load_two();
    const std::filesystem::path inbox = folder_ / "case/inbox";
    std::filesystem::create_symlink("/etc/passwd", inbox / "000003.permit");
    ASSERT_EQ(::mkfifo((inbox / "000004.permit").c_str(), 0600), 0);
    std::filesystem::create_directory(inbox / "000005.permit");
    put("notes.txt", "bring milk");
    put("000006.permit", "not a permit");
    put("000007.permit", "");
    const auto knowledge = read();
    EXPECT_THAT(whys(*knowledge), SizeIs(6));
    EXPECT_EQ(knowledge->as_of()->size, 3U);
    EXPECT_THAT(case_->oddities().value(), SizeIs(4));  // what is there but can't be right
}

TEST_F(Carried, huge_and_very_many) {
    load_two();
    put("000003.permit", "cheget permit v1\n");
    std::filesystem::resize_file(folder_ / "case/inbox/000003.permit", std::uintmax_t{1} << 40U);
    for (int i = 100; i < 1'300; ++i) {
        put(fmt::format("{:06}.permit", i), "x");
    }
    const auto knowledge = read();
    EXPECT_EQ(knowledge->as_of()->size, 3U);
    EXPECT_LE(knowledge->set_aside().size(), 201U);
}

TEST_F(Carried, G7_first_policy_other_than_the_seal_s) {
    const std::string forged =
        domain_.policy_text("cheget policy v1\ndomain: acme/prod\nversion: 1\n" +
                            test_support::log_lines(1, 2, test_support::k_witnesses) +
                            test_support::witness_blocks(test_support::k_witnesses) +
                            test_support::k_logged_blocks + "# another\n");
    write("case/first.policy",
          domain_.sign(statement::Kind::policy, forged, {"alice", "bob", "carol", "dave", "erin"}));
    const auto again = Case::open(folder_ / "case");
    ASSERT_TRUE(again);
    const auto knowledge = Knowledge::read(*again);
    ASSERT_FALSE(knowledge);
    EXPECT_EQ(knowledge.error().kind, base::ErrorKind::denied);
    EXPECT_THAT(knowledge.error().message, HasSubstr("altered"));
}

TEST_F(Carried, G7_put_back_to_before_it_was_sealed) {
    Seal later = case_->seal();
    later.policy = {2, base::sha256("a later policy")};
    write("case/seal", render(later));
    load_two();
    const Case again = Case::open(folder_ / "case").value();
    const auto knowledge = Knowledge::read(again).value();
    EXPECT_FALSE(knowledge->reaches_seal());
    EXPECT_THAT(knowledge->alarms(), ::testing::ElementsAre(HasSubstr("sealed under policy 2")));
    EXPECT_TRUE(read()->reaches_seal());
    EXPECT_THAT(read()->alarms(), IsEmpty());
}

TEST_F(Carried, case_without_a_part_is_named) {
    for (const char* part : {"seal", "first.policy"}) {
        std::filesystem::rename(folder_ / "case" / part, folder_ / "away");
        const auto opened = Case::open(folder_ / "case");
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().kind, base::ErrorKind::corrupt_state);
        EXPECT_THAT(opened.error().message, HasSubstr(part));
        std::filesystem::rename(folder_ / "away", folder_ / "case" / part);
    }
}

TEST_F(Carried, case_is_made_in_an_empty_folder_alone) {
    const auto again = Case::create(folder_ / "case", case_->seal(), case_->first_policy());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, base::ErrorKind::usage);
}

}  // namespace
}  // namespace cheget::briefcase
