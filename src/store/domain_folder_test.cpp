// The domain folder: statements are filed where they belong, found again, and kept apart.
#include "store/domain_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "permit/permit.h"
#include "signature/sshsig.h"
#include "store/file.h"

namespace cheget::store {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view k_policy =
    "cheget policy v1\ndomain: acme/prod\nversion: 1\nlog: none\n";

std::string armor(std::string_view filling) {
    return "-----BEGIN SSH SIGNATURE-----\n" + std::string(filling) +
           "\n-----END SSH SIGNATURE-----\n";
}

class FolderTest : public ::testing::Test {
  protected:
    FolderTest() {
        std::string pattern = ::testing::TempDir() + "cheget-folder-XXXXXX";
        root_ = mkdtemp(pattern.data());
        auto made = DomainFolder::create(root_, std::string(k_policy) + armor("AAAA"));
        EXPECT_TRUE(made.has_value());
    }
    ~FolderTest() override { std::filesystem::remove_all(root_); }

    DomainFolder folder() const { return *DomainFolder::open(root_); }

    static statement::Order order(std::string reason, std::int64_t proposed) {
        statement::Order made;
        made.domain = {"acme/prod", base::sha256("first")};
        made.policy = {1, base::sha256("first")};
        made.rule = {false, "note"};
        made.target = "notes/x";
        made.deed = statement::Run{{"/usr/bin/touch", "x"}};
        made.reason = std::move(reason);
        made.proposer = "alice";
        made.proposed = {proposed};
        made.expires = {proposed + 60};
        return made;
    }
    static std::string signed_order(std::string reason, std::int64_t proposed) {
        return *statement::render(order(std::move(reason), proposed)) + armor("AAAA");
    }
    static statement::Vote vote_on(const statement::Order& subject) {
        statement::Vote vote;
        vote.domain = subject.domain;
        vote.subject_text = *statement::render(subject);
        vote.on = statement::OnOrder{statement::id_of(vote.subject_text)};
        vote.by = "bob";
        vote.voted = {1000};
        return vote;
    }

    std::string root_;
};

TEST_F(FolderTest, finds_orders_by_their_first_digits_and_the_latest) {
    DomainFolder folder = this->folder();
    EXPECT_FALSE(folder.find_order("latest").has_value());
    ASSERT_TRUE(folder.add(signed_order("older", 1000)).has_value());
    ASSERT_TRUE(folder.add(signed_order("newer", 2000)).has_value());
    auto all = folder.orders();
    ASSERT_TRUE(all.has_value());
    ASSERT_EQ(all->size(), 2U);
    base::Digest newer = statement::id_of(*statement::render(order("newer", 2000)));
    EXPECT_EQ(all->front(), newer);
    EXPECT_EQ(*folder.find_order("latest"), newer);
    EXPECT_EQ(*folder.find_order(base::to_hex(newer).substr(0, 8)), newer);
    EXPECT_EQ(*folder.find_order(base::to_text(newer)), newer);
    EXPECT_FALSE(folder.find_order(base::to_hex(newer).substr(0, 3)).has_value());
    EXPECT_FALSE(folder.find_order("../../etc").has_value());
}

TEST_F(FolderTest, refuses_to_guess_between_two_latest_orders) {
    DomainFolder folder = this->folder();
    ASSERT_TRUE(folder.add(signed_order("one", 1000)).has_value());
    ASSERT_TRUE(folder.add(signed_order("other", 1000)).has_value());
    auto found = folder.find_order("latest");
    ASSERT_FALSE(found.has_value());
    EXPECT_THAT(found.error().message, HasSubstr("the same second"));
}

TEST_F(FolderTest, the_same_vote_twice_is_one_file_and_another_signature_a_second) {
    DomainFolder folder = this->folder();
    statement::Order subject = order("a vote", 1000);
    base::Digest id = statement::id_of(*statement::render(subject));
    ASSERT_TRUE(folder.add(signed_order("a vote", 1000)).has_value());
    std::string text = *statement::render(vote_on(subject));
    ASSERT_TRUE(folder.add(text + armor("AAAA")).has_value());
    ASSERT_TRUE(folder.add(text + armor("AAAA")).has_value());
    EXPECT_EQ(folder.order_statements(id)->size(), 2U);
    ASSERT_TRUE(folder.add(text + armor("BBBB")).has_value());
    EXPECT_EQ(folder.order_statements(id)->size(), 3U);
}

TEST_F(FolderTest, what_lies_in_the_inbox_counts_and_junk_there_does_not) {
    DomainFolder folder = this->folder();
    std::filesystem::create_directory(root_ + "/inbox");
    std::ofstream(root_ + "/inbox/an-order") << signed_order("arrived", 1000);
    std::ofstream(root_ + "/inbox/junk") << "junk\n";
    base::Digest id = statement::id_of(*statement::render(order("arrived", 1000)));
    ASSERT_TRUE(folder.orders().has_value());
    EXPECT_THAT(*folder.orders(), ::testing::ElementsAre(id));
    EXPECT_EQ(folder.order_statements(id)->size(), 1U);
    EXPECT_TRUE(folder.change_statements()->empty());
    auto bytes = folder.make_permit(id);
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(permit::parse_permit(base::as_bytes(*bytes))->statements.size(), 1U);
}

TEST_F(FolderTest, signatures_on_the_first_policy_join_and_another_policy_is_refused) {
    DomainFolder folder = this->folder();
    ASSERT_TRUE(folder.add(std::string(k_policy) + armor("BBBB")).has_value());
    ASSERT_TRUE(folder.add(std::string(k_policy) + armor("AAAA")).has_value());
    EXPECT_EQ(*folder.first_policy(), std::string(k_policy) + armor("AAAA") + armor("BBBB"));
    auto other = folder.add("cheget policy v1\ndomain: acme/test\nversion: 1\nlog: none\n");
    ASSERT_FALSE(other.has_value());
    EXPECT_EQ(other.error().kind, base::ErrorKind::denied);
    EXPECT_FALSE(DomainFolder::create(root_, k_policy).has_value());
}

TEST_F(FolderTest, named_files_are_compared_with_their_digest) {
    DomainFolder folder = this->folder();
    base::Digest digest = base::sha256("content");
    EXPECT_EQ(folder.read_named_file(digest, 100)->has_value(), false);
    ASSERT_TRUE(folder.add_named_file("content").has_value());
    EXPECT_EQ(**folder.read_named_file(digest, 100), "content");
    EXPECT_FALSE(folder.read_named_file(digest, 3).has_value());
    std::ofstream(folder.file_path(digest)) << "exchanged";
    EXPECT_FALSE(folder.read_named_file(digest, 100).has_value());
}

TEST_F(FolderTest, an_order_under_another_orders_name_is_refused) {
    DomainFolder folder = this->folder();
    base::Digest id = base::sha256("another");
    std::filesystem::create_directories(root_ + "/orders/" + base::to_hex(id));
    std::ofstream(root_ + "/orders/" + base::to_hex(id) + "/order") << signed_order("x", 1000);
    ASSERT_TRUE(folder.orders().has_value());
    EXPECT_THAT(*folder.orders(), ::testing::ElementsAre(id));  // it is told, and can't be judged
    EXPECT_FALSE(folder.order_statements(id).has_value());
    EXPECT_FALSE(folder.find_order("latest").has_value());
}

/// Whether a briefcase's vote counts may depend on who held it: its custody goes along, and that of
/// no other.
TEST_F(FolderTest, custody_of_a_briefcase_goes_with_its_votes) {
    const std::string key =
        "ssh-ed25519 "
        "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
    const auto public_key = signature::PublicKey::from_text(key).value();
    const std::string armor_of_key = signature::to_armor(
        signature::make_blob(public_key.blob(), "cheget-vote@acme/prod",
                             signature::MessageHash::sha512, base::as_bytes("made up")));
    const auto custody_of = [&](const std::string& briefcase) {
        statement::Custody custody;
        custody.domain = order("x", 1000).domain;
        custody.briefcase = briefcase;
        custody.by = "bob";
        return *statement::render(custody) + armor("AAAA");
    };
    const std::string own = custody_of(public_key.fingerprint());
    const std::string other = custody_of("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    ASSERT_TRUE(folder().add(own));
    ASSERT_TRUE(folder().add(other));
    ASSERT_TRUE(folder().add(signed_order("x", 1000)));
    const base::Digest id = statement::id_of(*statement::render(order("x", 1000)));
    const auto has = [&](const std::string& one) {
        const auto all = folder().order_statements(id).value();
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    EXPECT_FALSE(has(own));
    ASSERT_TRUE(folder().add(*statement::render(vote_on(order("x", 1000))) + armor_of_key));
    EXPECT_TRUE(has(own));
    EXPECT_FALSE(has(other));
    EXPECT_THAT(folder().custody(public_key.fingerprint()).value(), ::testing::ElementsAre(own));
    std::filesystem::create_directory(root_ + "/inbox");
    std::filesystem::rename(folder().add(own).value(), root_ + "/inbox/arrived");
    EXPECT_TRUE(has(own));
}

class FactsTest : public FolderTest {
  protected:
    statement::Fact fact(statement::FactSubject about, std::int64_t at, std::string by = "ci") {
        statement::Fact said;
        said.domain = order("x", 1000).domain;
        said.fact = "tested";
        said.about = std::move(about);
        said.value = "true";
        said.by = std::move(by);
        said.at = {at};
        return said;
    }
    void file(const statement::Fact& said, std::string_view filling = "AAAA") {
        ASSERT_TRUE(folder().add(*statement::render(said) + armor(filling)));
    }
    /// The times of the facts that the order's statements hold.
    std::vector<std::int64_t> times() {
        std::vector<std::int64_t> times;
        const base::Digest id = statement::id_of(*statement::render(order("x", 1000)));
        const std::vector<std::string> statements = folder().order_statements(id).value();
        for (const std::string& text : statements) {
            if (auto said = statement::parse_fact(statement::split_signed(text)->text)) {
                times.push_back(said->at.seconds);
            }
        }
        std::sort(times.begin(), times.end());
        return times;
    }
};

TEST_F(FactsTest, only_facts_that_could_matter_go_with_an_order) {
    const base::Digest id = statement::id_of(*statement::render(order("x", 1000)));
    ASSERT_TRUE(folder().add(signed_order("x", 1000)));
    file(fact({}, 1));
    file(fact(statement::AboutTarget{"notes/x"}, 2));
    file(fact(statement::AboutTarget{"notes/y"}, 3));
    file(fact(statement::OnOrder{id}, 4));
    file(fact(statement::OnOrder{base::sha256("another")}, 5));
    file(fact(statement::AboutFile{base::sha256("no file of this order")}, 6));
    auto stranger = fact({}, 7);
    stranger.domain.first_policy = base::sha256("another domain of this name");
    file(stranger);
    std::filesystem::create_directory(root_ + "/inbox");
    std::ofstream(root_ + "/inbox/arrived") << *statement::render(fact({}, 8)) + armor("AAAA");
    EXPECT_THAT(times(), ::testing::ElementsAre(1, 2, 4, 8));
    EXPECT_EQ(folder().newest_saying(fact({}, 0)).value(), base::Time{8});
    EXPECT_EQ(folder().newest_saying(fact({}, 0, "dave")).value(), std::nullopt);
}

/// A folder keeps facts for ever; what a source said last must not drown in what it said before. Of
/// any number of copies and lies the newest are kept, so that nothing true and old takes their
/// place.
TEST_F(FactsTest, G10_old_facts_do_not_bury_the_newest) {
    ASSERT_TRUE(folder().add(signed_order("x", 1000)));
    for (std::int64_t at = 1; at <= 40; ++at) {
        file(fact({}, at));
    }
    file(fact({}, 3, "dave"));
    const auto kept = times();
    ASSERT_EQ(kept.size(), 17U);
    EXPECT_EQ(kept.front(), 3);
    EXPECT_EQ(kept[1], 25);
    EXPECT_EQ(kept.back(), 40);
}

}  // namespace
}  // namespace cheget::store
