// The keys of a log and of its witnesses change while it is served: by the log's own entries, over
// a checkpoint that the old and the new ones signed, and for every reader to follow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "authority/authority_test_support.h"
#include "authority/log_service.h"
#include "authority/publisher.h"
#include "authority/witness_service.h"
#include "authority/witnessing.h"
#include "store/file.h"
#include "support/under_log.h"

namespace cheget::authority {
namespace {

using statement::Kind;
using test_support::k_logged_blocks;
using test_support::k_now;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr base::Span k_hour{3600};
constexpr std::uint8_t k_next_key = 9;

LogSigner signer(std::uint8_t number) {
    const auto key = test_support::test_log_key(number);
    return {key.key(), [key](std::string_view message) {
                return base::Result<base::Bytes>(key.sign(message).payload);
            }};
}

class Rotation : public test_support::UnderLog {
  protected:
    static constexpr std::size_t k_all = 5;

    Rotation() {
        for (std::uint8_t i = 1; i <= k_all; ++i) {
            const auto key = log::testing::test_witness(i);
            witnesses_.push_back(WitnessService::open(folder_ / ("w" + std::to_string(i)),
                                                      {key.key(),
                                                       [key](std::string_view message) {
                                                           return base::Result<base::Bytes>(
                                                               key.sign(message).payload);
                                                       }},
                                                      {signer(1).key, signer(k_next_key).key},
                                                      [this] { return base::Time{clock_.load()}; })
                                     .value());
            places_.push_back({"w" + std::to_string(i), std::to_string(i - 1)});
        }
    }
    ~Rotation() override { stop(); }

    void start(const std::vector<std::uint8_t>& keys) {
        stop();
        const std::filesystem::path database = folder_ / "log.db";
        std::vector<LogSigner> signers;
        for (const std::uint8_t key : keys) {
            signers.push_back(signer(key));
        }
        client_ = std::make_unique<WitnessClient>(
            places_,
            [this](const std::string& url, const std::string& body) { return ask(url, body); },
            std::chrono::steady_clock::now);
        AppenderOptions options = testing::test_options();
        options.first_policy = first_;
        options.may_pass_to = [this](const Party& party) { return client_->can_ask(party); };
        auto store = std::filesystem::exists(database)
                         ? store::LogStore::open(database)
                         : store::LogStore::create(database, {signer(1).key.name, state().domain});
        auto appender = Appender::start(std::move(*store), signers, std::move(options));
        ASSERT_TRUE(appender) << appender.error().message;
        sequencer_ = Sequencer::start(std::move(*appender)).value();
        const LogView view = sequencer_->view();
        auto reading = store::LogStore::open_to_read(database).value();
        auto published =
            PublicFolder::open(folder_ / "public", view.rules->log_keys().value(), view, reading);
        ASSERT_TRUE(published) << published.error().message;
        publisher_ =
            Publisher::start(*sequencer_, std::move(reading), std::move(*published),
                             [this](const store::LogHead& head, const log::HashReader& nodes,
                                    std::span<const Party> parties) {
                                 return client_->gather(head, nodes, parties);
                             },
                             {})
                .value();
        serve_ = log_handler({nullptr, sequencer_.get(), folder_ / "public", database});
    }
    void stop() {
        serve_ = {};
        publisher_.reset();
        sequencer_.reset();
    }

    base::Result<net::Response> ask(const std::string& url, const std::string& body) {
        const auto number = static_cast<std::size_t>(url[0] - '0');
        ++asked_.at(number);
        if (silent_.at(number)) {
            return base::fail(base::ErrorKind::unreachable, "no answer");
        }
        if (hostile_.at(number)) {  // lies about what it has seen
            net::Response response;
            response.status = 409;
            response.body = "999999999\n";
            return response;
        }
        return witnesses_[number]->add_checkpoint(body);
    }
    /// Hands a statement in, and keeps it in the made-up log beside it, by which the test makes
    /// evidence.
    net::Response post(const std::string& statement) {
        net::Response answer = serve_({"POST", "/statement", {}, statement});
        if (answer.status == 200) {
            log_.add(statement);
        }
        return answer;
    }
    void post_well(const std::string& statement) {
        const net::Response answer = post(statement);
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    /// Waits until so many entries are published; none of the tests expects that not to happen.
    void expect_published(std::uint64_t size) const {
        for (int i = 0; i < 3'000 && publisher_->published() < size; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ASSERT_EQ(publisher_->published(), size);
    }
    std::string next_text(const std::string& blocks, std::uint8_t log_key,
                          const std::vector<std::uint8_t>& witnesses) {
        return domain_.next_policy_text(state().policy->policy,
                                        test_support::witness_blocks(witnesses) + blocks,
                                        test_support::log_lines(log_key, 2, witnesses));
    }
    /// Two votes and what shows that an hour has passed; gives the enactment.
    std::string amend(const std::string& text) {
        post_well(domain_.vote_by(state(), text, "alice"));
        post_well(domain_.vote_by(state(), text, "bob"));
        statement::Enactment enactment;
        enactment.domain = state().domain;
        enactment.policy = {statement::parse_policy_header(text)->version, statement::id_of(text)};
        enactment.completed = log_.size() - 1;
        enactment.evidence.push_back(log_.signed_checkpoint(at(k_now), log_.size()));
        clock_ += k_hour.seconds;
        post_well(propose());
        enactment.evidence.push_back(log_.signed_checkpoint(at(k_now + k_hour), log_.size()));
        enactment.by = "alice";
        enactment.at = k_now + k_hour;
        return domain_.sign(Kind::enactment, statement::render(enactment).value(), {"alice"});
    }
    /// To log key 9 and witnesses 3, 4, 5.
    std::string rotate() { return amend(next_text(k_logged_blocks, k_next_key, {3, 4, 5})); }

    base::Result<void> follow_published() {
        return permit::catch_up(copy_, [this](const std::string& path, std::size_t most) {
            return store::read_file(folder_ / "public" / path, most);
        });
    }
    std::string published(std::uint64_t size) const {
        return store::read_file(folder_ / "public" / "witnessed" / std::to_string(size),
                                log::k_longest_note)
            .value_or("");
    }
    static std::size_t signatures_of(const std::string& checkpoint, const log::NoteKey& key) {
        const log::Note note = log::parse_note(checkpoint).value();
        return static_cast<std::size_t>(
            std::ranges::count(note.signatures, key.id, &log::NoteSignature::id));
    }
    void expect_signed(std::uint64_t size, const std::vector<std::uint8_t>& log_keys,
                       const std::vector<std::uint8_t>& witnesses) {
        const std::string checkpoint = published(size);
        for (const std::uint8_t key : {std::uint8_t{1}, k_next_key}) {
            EXPECT_EQ(signatures_of(checkpoint, signer(key).key), std::ranges::count(log_keys, key))
                << size << " log key " << int{key};
        }
        for (std::uint8_t i = 1; i <= k_all; ++i) {
            EXPECT_EQ(signatures_of(checkpoint, log::testing::test_witness(i).key()),
                      std::ranges::count(witnesses, i))
                << size << " w" << int{i};
        }
    }

    testing::ScratchFolder folder_;
    std::vector<std::unique_ptr<WitnessService>> witnesses_;
    std::vector<WitnessPlace> places_;
    std::atomic<std::int64_t> clock_ = k_now.seconds;
    std::array<std::atomic<bool>, k_all> silent_{};
    std::array<std::atomic<bool>, k_all> hostile_{};
    std::array<std::atomic<int>, k_all> asked_{};
    std::unique_ptr<WitnessClient> client_;
    std::unique_ptr<Sequencer> sequencer_;
    std::unique_ptr<Publisher> publisher_;
    net::Handler serve_;
};

TEST_F(Rotation, G7_old_and_new_sign_the_checkpoint_at_the_enactment) {
    start({1, k_next_key});
    const std::string enactment = rotate();
    expect_published(3);
    expect_signed(3, {1}, {1, 2, 3});
    post_well(enactment);
    expect_published(4);
    expect_signed(4, {1, k_next_key}, {1, 2, 3, 4, 5});
    const auto asked = asked_[0].load() + asked_[1].load();
    post_well(propose());
    expect_published(5);
    expect_signed(5, {k_next_key}, {3, 4, 5});
    EXPECT_EQ(asked_[0] + asked_[1], asked) << "who was rotated out is not asked";
    const auto followed = follow_published();
    ASSERT_TRUE(followed) << followed.error().message;
    EXPECT_EQ(copy_.knowledge().chronicle.size(), 5U);
    EXPECT_EQ(state().policy->policy.header.version, 2U);
    start({k_next_key});  // the old key is needed no more
    post_well(propose());
    expect_published(6);
    ASSERT_TRUE(follow_published());
}

// Whatever was handed in with it comes after that checkpoint.
TEST_F(Rotation, G7_the_enactment_ends_its_transaction) {
    start({1, k_next_key});
    const std::string enactment = rotate();
    const auto admission = sequencer_->rules()->admission();
    std::vector<store::NewEntry> entries;
    for (const std::string& each : {propose(), enactment, propose(), propose()}) {
        entries.push_back(admission->admit(each).value());
    }
    stop();
    AppenderOptions options = testing::test_options();
    options.first_policy = first_;
    auto appender = Appender::start(store::LogStore::open(folder_ / "log.db").value(),
                                    {signer(1), signer(k_next_key)}, std::move(options));
    ASSERT_TRUE(appender) << appender.error().message;
    const auto first = appender->commit(entries);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->entries.size(), 2U);
    EXPECT_EQ(first->head.size, 5U);
    EXPECT_EQ(signatures_of(first->head.checkpoint, signer(1).key), 1U);
    EXPECT_EQ(signatures_of(first->head.checkpoint, signer(k_next_key).key), 1U);
    const auto second = appender->commit(std::span(entries).subspan(2));
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->head.size, 7U);
    EXPECT_EQ(signatures_of(second->head.checkpoint, signer(1).key), 0U);
    EXPECT_EQ(signatures_of(second->head.checkpoint, signer(k_next_key).key), 1U);
    EXPECT_EQ(appender->store().passage_beyond(0).value()->size, 5U);
    EXPECT_FALSE(appender->store().passage_beyond(5).value());
}

TEST_F(Rotation, G7_an_enactment_without_the_next_key_is_held_back) {
    start({1});
    const std::string enactment = rotate();
    const net::Response held = post(enactment);
    EXPECT_EQ(held.status, 503) << held.body;
    EXPECT_EQ(held.content_type, "application/problem+json");
    EXPECT_THAT(held.body, HasSubstr("--next-log-key"));
    EXPECT_THAT(held.body, HasSubstr("held back"));
    EXPECT_EQ(sequencer_->view().head.size, 3U);
    post_well(propose());  // everything else goes on
    expect_published(4);
    expect_signed(4, {1}, {1, 2, 3});
    start({1, k_next_key});
    post_well(enactment);
    expect_published(5);
    expect_signed(5, {1, k_next_key}, {1, 2, 3, 4, 5});
    ASSERT_TRUE(follow_published());
}

TEST_F(Rotation, G7_an_enactment_without_the_next_witnesses_is_held_back) {
    places_.resize(3);
    start({1, k_next_key});
    const std::string enactment = rotate();
    const net::Response held = post(enactment);
    EXPECT_EQ(held.status, 503) << held.body;
    EXPECT_THAT(held.body, HasSubstr("--witness"));
    EXPECT_EQ(sequencer_->view().head.size, 3U);
}

// However long it takes for both quorums to sign, nothing later is shown before; a veto gets in
// meanwhile, and a restart does not lose the checkpoint that is due.
TEST_F(Rotation, G7_nothing_later_is_published_before_both_quorums_signed) {
    start({1, k_next_key});
    const std::string enactment = rotate();
    expect_published(3);
    for (const std::size_t i : {3UL, 4UL}) {
        silent_.at(i) = true;  // of the new quorum one is left
    }
    post_well(enactment);
    post_well(propose());
    for (int i = 0; i < 200 && asked_[3] < 2; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(publisher_->published(), 3U);
    stop();
    for (auto& silent : silent_) {
        silent = false;
    }
    start({k_next_key});
    expect_published(5);
    expect_signed(4, {1, k_next_key}, {1, 2, 3, 4, 5});
    expect_signed(5, {k_next_key}, {3, 4, 5});
    const auto followed = follow_published();
    ASSERT_TRUE(followed) << followed.error().message;
}

TEST_F(Rotation, G7_witnesses_that_were_rotated_out_turn_hostile) {
    start({1, k_next_key});
    post_well(rotate());
    expect_published(4);
    for (const std::size_t i : {0UL, 1UL}) {
        hostile_.at(i) = true;
    }
    start({k_next_key});
    post_well(propose());
    expect_published(5);
    expect_signed(5, {k_next_key}, {3, 4, 5});
    ASSERT_TRUE(follow_published());
    // With the old log key they sign what they like, of the right size even: no reader takes it.
    log_.add(propose());
    const std::string theirs = log_.signed_checkpoint(at(k_now + k_hour), log_.size());
    ASSERT_TRUE(store::write_file_durably(folder_ / "public" / "checkpoint", theirs));
    EXPECT_FALSE(follow_published());
    EXPECT_EQ(copy_.knowledge().chronicle.size(), 5U);
}

TEST_F(Rotation, G7_the_key_in_force_must_be_at_hand) {
    start({1, k_next_key});
    post_well(rotate());
    expect_published(4);
    stop();
    AppenderOptions options = testing::test_options();
    options.first_policy = first_;
    const auto refused = Appender::start(store::LogStore::open(folder_ / "log.db").value(),
                                         signer(1), std::move(options));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::usage);
    EXPECT_THAT(refused.error().message, HasSubstr(signature::to_text(signer(k_next_key).key)));
}

TEST_F(Rotation, OnlyTheWitnessesChange) {
    start({1});
    post_well(amend(next_text(k_logged_blocks, 1, {1, 4, 5})));
    expect_published(4);
    expect_signed(4, {1}, {1, 2, 3, 4, 5});
    post_well(propose());
    expect_published(5);
    expect_signed(5, {1}, {1, 4, 5});
    ASSERT_TRUE(follow_published());
}

// Who is admitted changes with the enactment, without a restart.
TEST_F(Rotation, G7_admitted_by_the_policy_in_force) {
    start({1});
    std::string blocks = k_logged_blocks;
    const std::string carol = "person carol { {KEY:carol} }";
    blocks.replace(blocks.find(carol), carol.size(), "person zoe { {KEY:zoe} }");
    blocks.replace(blocks.find("bob, carol"), 10, "bob, zoe");
    const std::string enactment = amend(next_text(blocks, 1, test_support::k_witnesses));
    const auto by = [](const std::string& who) {
        return [who](statement::Order& order) { order.proposer = who; };
    };
    EXPECT_EQ(post(propose(by("zoe"))).status, 422);
    post_well(propose(by("carol")));
    // An enactment may be by whom only the new policy names, once somebody has voted on that.
    statement::Enactment again =
        statement::parse_enactment(test_support::text_of(enactment)).value();
    again.by = "zoe";
    const std::string by_zoe =
        domain_.sign(Kind::enactment, statement::render(again).value(), {"zoe"});
    again.policy.id = base::sha256("nobody voted on it");
    EXPECT_EQ(post(domain_.sign(Kind::enactment, statement::render(again).value(), {"zoe"})).status,
              422);
    post_well(by_zoe);
    EXPECT_EQ(post(propose(by("carol"))).status, 422);
    post_well(propose(by("zoe")));
    start({1});  // nor does a restart forget it
    EXPECT_EQ(post(propose(by("carol"))).status, 422);
    post_well(propose(by("zoe")));
}

}  // namespace
}  // namespace cheget::authority
