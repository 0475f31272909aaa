// Publishing, serving, witnessing: what an outsider reads is the log, witnessed; an older database
// is never served again.
#include "authority/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/authority_test_support.h"
#include "authority/log_service.h"
#include "authority/witness_service.h"
#include "authority/witnessing.h"
#include "log/remote.h"
#include "store/file.h"
#include "support/attack.h"

namespace cheget::authority {
namespace {

using ::testing::HasSubstr;
using testing::test_entry;
using testing::test_options;
using testing::test_owner;
using testing::test_signer;

WitnessSigner witness_signer(std::uint8_t number) {
    return {log::testing::test_witness(number).key(), [number](std::string_view message) {
                // A cosignature without its time is what the key signed bare.
                const auto signer = log::testing::test_witness(number);
                return base::Result<base::Bytes>(signer.sign(message).payload);
            }};
}

class Publishing : public ::testing::Test {
  protected:
    Publishing() : database_(folder_ / "log.db"), public_(folder_ / "public") {
        for (std::uint8_t i = 1; i <= 3; ++i) {
            witnesses_.push_back(
                WitnessService::open(folder_ / ("w" + std::to_string(i)), witness_signer(i),
                                     {log::testing::test_log().key()},
                                     [this] { return base::Time{1'800'000'000 + ticks_++}; })
                    .value());
        }
    }

    std::unique_ptr<Sequencer> begin() {
        auto store = std::filesystem::exists(database_)
                         ? store::LogStore::open(database_).value()
                         : store::LogStore::create(database_, test_owner()).value();
        return Sequencer::start(
                   Appender::start(std::move(store), test_signer(), test_options()).value())
            .value();
    }
    WitnessClient client() {
        std::vector<WitnessPlace> places;
        for (std::size_t i = 0; i < witnesses_.size(); ++i) {
            places.push_back({"w" + std::to_string(i + 1), std::to_string(i)});
        }
        return {
            places,
            [this](const std::string& url, const std::string& body) -> base::Result<net::Response> {
                const auto number = static_cast<std::size_t>(url[0] - '0');
                if (silent_.at(number)) {
                    return base::fail(base::ErrorKind::unreachable, "no answer");
                }
                if (lying_.at(number)) {
                    net::Response answer;
                    answer.status = 409;
                    answer.body = "1000000\n";
                    return answer;
                }
                return witnesses_[number]->add_checkpoint(body);
            },
            [this] { return now_; }};
    }
    /// Publishes what the sequencer has, in this thread.
    base::Result<void> publish(Sequencer& sequencer, WitnessClient& client) {
        auto store = store::LogStore::open_to_read(database_).value();
        const LogView view = sequencer.view();
        PublicFolder folder = TRY(PublicFolder::open(public_, keys_, view, store));
        TRY(folder.write_tiles(view.head.size, *view.tree, store));
        const log::TileReader read_full = [&](const log::Tile& tile) { return store.tile(tile); };
        const std::string checkpoint =
            TRY(client.gather(view.head, view.tree->reader(read_full), parties_));
        TRY(sequencer.add_witnessed(view.head.size, view.head.root, checkpoint));
        return folder.write_checkpoint(view.head.size, checkpoint);
    }
    base::Result<log::MonitorState> follow(const log::MonitorState& from = {}) const {
        const log::RemoteLog remote([this](const std::string& path, std::size_t most) {
            return store::read_file(public_ / path, most);
        });
        return remote.follow(from, TRY(remote.checkpoint()), trust_, {}, {});
    }
    static void append(Sequencer& sequencer, int from, int count) {
        std::vector<std::thread> writers;
        for (int i = from; i < from + count; ++i) {
            writers.emplace_back([&sequencer, i] {
                ASSERT_TRUE(sequencer.submit(test_entry("entry " + std::to_string(i))));
            });
        }
        for (std::thread& writer : writers) {
            writer.join();
        }
    }

    testing::ScratchFolder folder_;
    std::atomic<std::int64_t> ticks_ = 0;
    std::filesystem::path database_;
    std::filesystem::path public_;
    std::vector<std::unique_ptr<WitnessService>> witnesses_;
    std::array<bool, 3> silent_{};
    std::array<bool, 3> lying_{};  // says that it has seen more than there is
    log::Trust trust_ = log::testing::test_trust(3, 2);
    std::vector<Party> parties_{{trust_, {"w1", "w2", "w3"}}};
    std::vector<log::NoteKey> keys_ = testing::test_keys();
    std::chrono::steady_clock::time_point now_{};
};

TEST_F(Publishing, AnOutsiderFollowsWhatWasWitnessed) {
    const auto sequencer = begin();
    WitnessClient asks = client();
    log::MonitorState state;
    int next = 0;
    for (int count : {0, 1, 254, 1, 1, 300}) {
        append(*sequencer, next, count);
        next += count;
        ASSERT_TRUE(publish(*sequencer, asks));
        const auto followed = follow(state);
        ASSERT_TRUE(followed) << followed.error().message;
        state = *followed;
        EXPECT_EQ(state.size(), static_cast<std::uint64_t>(next));
        EXPECT_EQ(witnesses_[2]->find("log.example/prod")->size, static_cast<std::uint64_t>(next));
    }
    EXPECT_FALSE(std::filesystem::exists(public_ / "tile/0/000.p")) << "the full one is there";
    EXPECT_TRUE(std::filesystem::exists(public_ / "witnessed/257"));
    auto store = store::LogStore::open_to_read(database_).value();
    std::vector<std::uint64_t> witnessed;
    ASSERT_TRUE(store.read_witnessed([&](std::uint64_t size, std::string_view) {
        witnessed.push_back(size);
        return base::Result<void>();
    }));
    EXPECT_THAT(witnessed, ::testing::ElementsAre(0, 1, 255, 256, 257, 557));
    EXPECT_TRUE(check_log(store, keys_, {}).value().empty());
}

TEST_F(Publishing, AQuorumSufficesAndTheOthersCatchUp) {
    const auto sequencer = begin();
    WitnessClient asks = client();
    silent_[0] = true;
    append(*sequencer, 0, 5);
    ASSERT_TRUE(publish(*sequencer, asks));
    EXPECT_EQ(witnesses_[0]->find("log.example/prod")->size, 0U);
    silent_ = {false, true, false};
    now_ += std::chrono::hours(1);
    append(*sequencer, 5, 5);
    ASSERT_TRUE(publish(*sequencer, asks));
    EXPECT_EQ(witnesses_[0]->find("log.example/prod")->size, 10U);
    silent_ = {true, true, false};
    append(*sequencer, 10, 1);
    const auto failed = publish(*sequencer, asks);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, base::ErrorKind::unreachable);
    EXPECT_THAT(failed.error().message, HasSubstr("1 of 2 needed witnesses"));
    EXPECT_EQ(follow()->size(), 10U) << "what no quorum saw is not published";
}

TEST_F(Publishing, AFailingWitnessIsLeftAloneForAWhile) {
    const auto sequencer = begin();
    WitnessClient asks = client();
    silent_[0] = true;
    append(*sequencer, 0, 1);
    ASSERT_TRUE(publish(*sequencer, asks));
    silent_[0] = false;
    append(*sequencer, 1, 1);
    ASSERT_TRUE(publish(*sequencer, asks));
    EXPECT_EQ(witnesses_[0]->find("log.example/prod")->size, 0U) << "it rests";
    now_ += std::chrono::seconds(2);
    append(*sequencer, 2, 1);
    ASSERT_TRUE(publish(*sequencer, asks));
    EXPECT_EQ(witnesses_[0]->find("log.example/prod")->size, 3U);
}

TEST_F(Publishing, G7_a_restored_older_database_is_not_served) {
    {
        const auto sequencer = begin();
        WitnessClient asks = client();
        append(*sequencer, 0, 5);
    }
    std::filesystem::copy_file(database_, folder_ / "old.db");
    {
        const auto sequencer = begin();
        WitnessClient asks = client();
        append(*sequencer, 5, 5);
        ASSERT_TRUE(publish(*sequencer, asks));
    }
    std::filesystem::remove(database_.native() + "-wal");
    std::filesystem::remove(database_.native() + "-shm");
    std::filesystem::copy_file(folder_ / "old.db", database_,
                               std::filesystem::copy_options::overwrite_existing);
    const auto sequencer = begin();
    auto store = store::LogStore::open_to_read(database_).value();
    const auto opened = PublicFolder::open(public_, keys_, sequencer->view(), store);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::ErrorKind::corrupt_state);
    EXPECT_THAT(opened.error().message, HasSubstr("older copy"));
    append(*sequencer, 100, 7);  // other entries: a fork, with more of them than before
    EXPECT_FALSE(PublicFolder::open(public_, keys_, sequencer->view(), store));
    // And had the folder gone as well, the witnesses would notice.
    std::filesystem::remove_all(public_);
    WitnessClient asks = client();
    EXPECT_FALSE(publish(*sequencer, asks));
    EXPECT_EQ(witnesses_[0]->find("log.example/prod")->size, 10U);
}

TEST_F(Publishing, G7_a_witness_that_has_seen_more) {
    {
        const auto sequencer = begin();
        append(*sequencer, 0, 3);
        WitnessClient asks = client();
        ASSERT_TRUE(publish(*sequencer, asks));
    }
    std::filesystem::remove(database_);
    std::filesystem::remove_all(public_);
    const auto sequencer = begin();
    append(*sequencer, 0, 1);
    WitnessClient asks = client();
    const auto failed = publish(*sequencer, asks);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, base::ErrorKind::corrupt_state);
}

// One witness's word that it has seen more is no evidence: the others' quorum goes on. (A quorum
// that has seen more cosigns nothing older, and then the log stops.)
TEST_F(Publishing, G10_one_lying_witness_stops_nothing) {
    const auto sequencer = begin();
    WitnessClient asks = client();
    append(*sequencer, 0, 3);
    ASSERT_TRUE(publish(*sequencer, asks));
    lying_[1] = true;
    append(*sequencer, 3, 3);
    const auto published = publish(*sequencer, asks);
    ASSERT_TRUE(published) << published.error().message;
    EXPECT_EQ(follow()->size(), 6U);
    lying_[2] = true;
    append(*sequencer, 6, 3);
    EXPECT_FALSE(publish(*sequencer, asks));
}

TEST_F(Publishing, G9_a_witness_remembers_over_restarts) {
    const auto sequencer = begin();
    WitnessClient asks = client();
    append(*sequencer, 0, 5);
    ASSERT_TRUE(publish(*sequencer, asks));
    auto again = [&] {
        return WitnessService::open(folder_ / "w1", witness_signer(1),
                                    {log::testing::test_log().key()}, [] { return base::Time{1}; });
    };
    EXPECT_FALSE(again()) << "two processes on one folder";
    witnesses_[0].reset();
    {
        const auto reopened = again();
        ASSERT_TRUE(reopened) << reopened.error().message;
        EXPECT_EQ((*reopened)->find("log.example/prod")->size, 5U);
        EXPECT_EQ((*reopened)->find("other"), nullptr);
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "w1")) {
        if (entry.path().extension() == ".checkpoint") {
            ASSERT_TRUE(store::write_file_durably(entry.path(), "damaged\n"));
        }
    }
    const auto damaged = again();
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().kind, base::ErrorKind::corrupt_state);
}

TEST_F(Publishing, TheFolderIsRebuiltOutOfTheDatabase) {
    {
        const auto sequencer = begin();
        WitnessClient asks = client();
        append(*sequencer, 0, 300);
        ASSERT_TRUE(publish(*sequencer, asks));
        append(*sequencer, 300, 1);
        ASSERT_TRUE(publish(*sequencer, asks));
    }
    const log::MonitorState before = follow().value();
    std::filesystem::remove_all(public_);
    auto store = store::LogStore::open_to_read(database_).value();
    EXPECT_EQ(rebuild_folder(public_, store, keys_, {}).value(), 301U);
    EXPECT_EQ(follow().value(), before);
    EXPECT_TRUE(std::filesystem::exists(public_ / "witnessed/300"));
}

// A wait ends by what witnesses saw, and so it has to end on a log to which nobody adds anything.
TEST_F(Publishing, G6_a_quiet_log_is_witnessed_again) {
    const auto sequencer = begin();
    WitnessClient asks = client();
    auto store = store::LogStore::open_to_read(database_).value();
    PublicFolder folder = PublicFolder::open(public_, keys_, sequencer->view(), store).value();
    std::atomic<int> asked = 0;
    const auto publisher =
        Publisher::start(
            *sequencer, std::move(store), std::move(folder),
            [&](const store::LogHead& head, const log::HashReader& nodes, std::span<const Party>) {
                ++asked;
                return asks.gather(head, nodes, parties_);
            },
            {}, std::chrono::milliseconds(1))
            .value();
    append(*sequencer, 0, 20);
    const auto newest = [&] {
        return store::read_file(public_ / "checkpoint", log::k_longest_note).value_or("");
    };
    const auto first = [&] {
        return store::read_file(public_ / "witnessed/20", log::k_longest_note).value_or("");
    };
    for (int i = 0; i < 1'000 && first().empty(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    const std::string kept = first();
    const int before = asked;
    for (int i = 0; i < 1'000 && (asked < before + 3 || newest() == kept); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_GE(asked, before + 3);
    EXPECT_EQ(first(), kept) << "the earliest of a size is kept";
    EXPECT_NE(newest(), kept);
    EXPECT_EQ(follow()->size(), 20U);
}

TEST_F(Publishing, AThreadPublishesWhatIsAppended) {
    const auto sequencer = begin();
    WitnessClient asks = client();
    auto store = store::LogStore::open_to_read(database_).value();
    PublicFolder folder = PublicFolder::open(public_, keys_, sequencer->view(), store).value();
    const auto publisher =
        Publisher::start(*sequencer, std::move(store), std::move(folder),
                         [&](const store::LogHead& head, const log::HashReader& nodes,
                             std::span<const Party>) { return asks.gather(head, nodes, parties_); },
                         {})
            .value();
    append(*sequencer, 0, 20);
    for (int i = 0; i < 1'000 && publisher->published() < 20; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(publisher->published(), 20U);
    EXPECT_EQ(follow()->size(), 20U);
}

class Serving : public test_support::Attack {
  protected:
    Serving() : admission_(Admission::make({state_.policy->text}).value()) {
        AppenderOptions options = test_options();
        options.cosigns = true;
        store::LogOwner owner{test_owner().origin, state_.domain};
        sequencer_ = Sequencer::start(
                         Appender::start(store::LogStore::create(folder_ / "log.db", owner).value(),
                                         test_signer(), std::move(options))
                             .value())
                         .value();
        serve_ =
            log_handler({&admission_, sequencer_.get(), folder_ / "public", folder_ / "log.db"});
        publish();
    }
    void publish() {
        auto store = store::LogStore::open_to_read(folder_ / "log.db").value();
        const LogView view = sequencer_->view();
        PublicFolder folder =
            PublicFolder::open(folder_ / "public", testing::test_keys(), view, store).value();
        ASSERT_TRUE(folder.write_tiles(view.head.size, *view.tree, store));
        ASSERT_TRUE(folder.write_checkpoint(view.head.size, view.head.checkpoint));
    }
    net::Response get(const std::string& path, const std::string& from = "") const {
        net::Request request{"GET", path, {}, {}};
        if (!from.empty()) {
            request.query.emplace_back("from", from);
        }
        return serve_(request);
    }
    net::Response post(const std::string& body, const std::string& path = "/statement") const {
        return serve_({"POST", path, {}, body});
    }

    testing::ScratchFolder folder_;
    Admission admission_;
    std::unique_ptr<Sequencer> sequencer_;
    net::Handler serve_;
    log::Trust trust_ = log::Trust::make(log::testing::test_log().key(), {}, 0).value();
};

TEST_F(Serving, AStatementIsAnsweredByItsProof) {
    const net::Response answer = post(order_);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto proof = log::parse_proof_file(answer.body);
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_EQ(proof->index, 0U);
    EXPECT_TRUE(log::verify(*proof, base::as_bytes(order_), trust_));
    EXPECT_EQ(post(order_).body, answer.body) << "the same again lies where it lay";
    EXPECT_EQ(post(approve("bob")).status, 200);
    EXPECT_EQ(sequencer_->view().head.size, 2U);
}

TEST_F(Serving, WhatIsNoStatementIsRefusedWithReasons) {
    const net::Response refused = post("hello\n");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.content_type, "application/problem+json");
    EXPECT_EQ(post(order_, "/other").status, 404);
    EXPECT_EQ(serve_({"PUT", "/statement", {}, order_}).status, 405);
    EXPECT_EQ(sequencer_->view().head.size, 0U);
}

TEST_F(Serving, WhatIsPublishedIsServed) {
    ASSERT_EQ(post(order_).status, 200);
    EXPECT_EQ(get("/proof/0").status, 404) << "not published yet";
    publish();
    const net::Response checkpoint = get("/checkpoint");
    ASSERT_EQ(checkpoint.status, 200);
    EXPECT_TRUE(log::open_witnessed(checkpoint.body, trust_));
    EXPECT_EQ(get("/witnessed/1").body, checkpoint.body);
    EXPECT_EQ(get("/witnessed", "1").body, checkpoint.body);
    EXPECT_EQ(get("/witnessed", "2").status, 404);
    const net::Response bundle = get("/tile/entries/000.p/1");
    EXPECT_EQ(bundle.status, 200);
    EXPECT_EQ(bundle.content_type, "application/octet-stream");
    EXPECT_EQ(base::as_text(log::parse_bundle(base::as_bytes(bundle.body), 1).value()[0]), order_);
    const auto proof = log::parse_proof_file(get("/proof/0").body);
    ASSERT_TRUE(proof);
    EXPECT_TRUE(log::verify(*proof, base::as_bytes(order_), trust_));
    EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(Serving, G10_paths_lead_nowhere_else) {
    for (const std::string path :
         {"/", "/log.db", "/../log.db", "/tile/../../log.db", "/tile/0/../../../log.db",
          "/tile/entries/000.p/../../../../log.db", "/witnessed/../checkpoint", "/witnessed/",
          "/proof/", "/proof/x", "/proof/-1", "/checkpoint/", "/witnessed"}) {
        const int status = get(path).status;
        EXPECT_TRUE(status == 404 || status == 400) << path << " " << status;
    }
}

class WitnessServing : public Publishing {};

TEST_F(WitnessServing, SpeaksOnlyItsOwnProtocol) {
    const net::Handler serve = witness_handler(*witnesses_[0]);
    EXPECT_EQ(serve({"POST", "/add-checkpoint", {}, "nonsense"}).status, 400);
    EXPECT_EQ(serve({"GET", "/add-checkpoint", {}, ""}).status, 405);
    EXPECT_EQ(serve({"POST", "/", {}, ""}).status, 404);
}

}  // namespace
}  // namespace cheget::authority
