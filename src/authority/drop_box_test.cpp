// A drop place: who may leave what, how much, and that it is there afterwards.
#include "authority/drop_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/authority_test_support.h"
#include "permit/permit.h"
#include "support/attack.h"

namespace cheget::authority {
namespace {

using statement::Kind;
using statement::Verdict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class Dropping : public test_support::Attack {
  protected:
    Dropping() : admission_(Admission::make({state_.policy->text}).value()) { open({}); }

    void open(DropQuota quota) {
        box_ = DropBox::open(
                   folder_ / "drop", admission_, [this] { return now_; }, quota)
                   .value();
    }
    std::vector<std::string> about(std::string_view subject) const {
        const auto found = box_->about(subject).value();
        if (!found) {
            return {};
        }
        const auto permit = permit::parse_permit(base::as_bytes(*found)).value();
        EXPECT_TRUE(permit.files.empty());
        return {permit.statements.begin(), permit.statements.end()};
    }
    std::string order_id() const {
        return base::to_hex(statement::id_of(test_support::text_of(order_)));
    }
    std::string leaving(std::string_view bytes) const {
        const auto left = box_->leave(bytes);
        return left ? "" : left.error().message;
    }

    testing::ScratchFolder folder_;
    Admission admission_;
    base::Time now_{1'790'000'000};
    std::unique_ptr<DropBox> box_;
};

TEST_F(Dropping, WhatStopsIsKeptAndFetched) {
    const std::string veto = say("bob", Verdict::veto);
    const std::string withdrawal = say("alice", Verdict::withdraw);
    EXPECT_TRUE(about(order_id()).empty());
    EXPECT_EQ(leaving(veto), "");
    EXPECT_EQ(leaving(veto), "");
    EXPECT_EQ(leaving(withdrawal), "");
    EXPECT_THAT(about(order_id()), UnorderedElementsAre(veto, withdrawal));
    EXPECT_TRUE(about("revocations").empty());
    open({});
    EXPECT_THAT(about(order_id()), UnorderedElementsAre(veto, withdrawal));
}

TEST_F(Dropping, G1_nothing_else_and_by_nobody_else) {
    EXPECT_THAT(leaving(approve("bob")), HasSubstr("only vetoes"));
    EXPECT_THAT(leaving(order_), HasSubstr("only vetoes"));
    EXPECT_THAT(leaving("hello\n"), HasSubstr(""));
    EXPECT_NE(leaving("hello\n"), "");
    const std::string veto = say("bob", Verdict::veto);
    EXPECT_NE(leaving(test_support::sign_text(domain_.key("alice"), Kind::vote, state_.domain.name,
                                              test_support::text_of(veto))),
              "");
    EXPECT_NE(leaving(test_support::text_of(veto)), "");
    EXPECT_TRUE(about(order_id()).empty());
}

TEST_F(Dropping, SubjectsAreIdsInOneSpelling) {
    for (const std::string& subject :
         {std::string(), std::string("../log.db"), std::string(63, 'a'), std::string(64, 'A'),
          std::string(64, 'g'), std::string(65, 'a')}) {
        EXPECT_FALSE(box_->about(subject)) << subject;
    }
}

TEST_F(Dropping, G10_one_signer_fills_it_for_nobody_else) {
    open({.statements = 3, .bytes = 1U << 20U, .about_one = 2});
    EXPECT_EQ(leaving(say("bob", Verdict::veto)), "");
    EXPECT_EQ(leaving(say("bob", Verdict::withdraw)), "");
    EXPECT_THAT(leaving(say("bob", Verdict::veto)), HasSubstr("one is enough"));
    EXPECT_EQ(leaving(say("carol", Verdict::veto)), "");
    EXPECT_EQ(about(order_id()).size(), 3U);
    open({.statements = 1, .bytes = 1U << 20U, .about_one = 2});
    EXPECT_THAT(leaving(say("carol", Verdict::veto)), HasSubstr("may leave 1"));
    open({.statements = 8, .bytes = 1000, .about_one = 2});
    EXPECT_THAT(leaving(say("carol", Verdict::veto)), HasSubstr("of 1000"));
}

TEST_F(Dropping, G5_only_what_expired_makes_room) {
    open({.statements = 1, .bytes = 1U << 20U, .about_one = 2});
    now_ = {0};
    const std::string veto = say("bob", Verdict::veto);
    EXPECT_EQ(leaving(veto), "");
    EXPECT_NE(leaving(say("bob", Verdict::withdraw)), "");
    EXPECT_THAT(about(order_id()), ElementsAre(veto));
    now_ = {4'000'000'000};
    const std::string later = say("bob", Verdict::withdraw);
    EXPECT_EQ(leaving(later), "");
    EXPECT_THAT(about(order_id()), ElementsAre(later));
}

TEST_F(Dropping, OverHttp) {
    const net::Handler handler = with_drop_box(*box_, [](const net::Request&) {
        return net::Response{418, "", "", {}};
    });
    const auto ask = [&](std::string method, std::string path, std::string body = {}) {
        return handler({std::move(method), std::move(path), {}, std::move(body)});
    };
    EXPECT_EQ(ask("GET", "/drop/" + order_id()).status, 204);
    EXPECT_EQ(ask("POST", "/drop", say("bob", Verdict::veto)).status, 200);
    EXPECT_EQ(ask("POST", "/drop", approve("bob")).status, 422);
    const net::Response found = ask("GET", "/drop/" + order_id());
    EXPECT_EQ(found.status, 200);
    EXPECT_THAT(found.body, ::testing::StartsWith("cheget permit v1\nstatement "));
    EXPECT_EQ(ask("GET", "/drop/x").status, 422);
    EXPECT_EQ(ask("GET", "/drop").status, 405);
    EXPECT_EQ(ask("GET", "/checkpoint").status, 418);
    EXPECT_EQ(ask("POST", "/drop/" + order_id()).status, 418);
}

}  // namespace
}  // namespace cheget::authority
