// Attacks on a reader of the log by whoever serves it.
#include "log/tile.h"
#include "support/under_log.h"

namespace cheget::permit {
namespace {

using base::Span;
using test_support::k_now;
using test_support::Sealing;
using test_support::TestLog;
using test_support::text_of;
using test_support::UnderLog;
using ::testing::HasSubstr;

class Served : public UnderLog {
  protected:
    void expect_refused(const log::Fetch& fetch, const std::string& why) {
        const std::uint64_t before = copy_.knowledge().chronicle.size();
        const auto followed = catch_up(copy_, fetch);
        ASSERT_FALSE(followed);
        EXPECT_THAT(followed.error().message, HasSubstr(why));
        EXPECT_EQ(copy_.knowledge().chronicle.size(), before);
        const auto kept = copy_.about(subject_of_order(statement::id_of(text_of(order_))));
        ASSERT_TRUE(kept);
        EXPECT_EQ(kept->size(), held_);  // nothing of what was refused stays
    }
    /// The log with an order in it is followed; then two votes come, which are signed.
    void begin() {
        order_ = propose();
        log_.add(order_);
        log_.seal(at(k_now));
        follow();
        held_ = 1;
        log_.add(approve(order_, "bob"));
        log_.add(say(order_, "dave", statement::Verdict::veto));
        log_.seal(at(k_now));
    }

    std::string order_;
    std::size_t held_ = 0;
};

TEST_F(Served, G5_veto_left_out_of_the_entries) {
    begin();
    const log::Fetch honest = log_.fetch();
    expect_refused(
        [&](const std::string& path, std::size_t most) -> base::Result<std::string> {
            if (path.starts_with("tile/entries/")) {
                auto entries = log_.entries();
                entries[2] = approve(order_, "carol");
                return log::render_bundle(entries);
            }
            return honest(path, most);
        },
        "not made of the 3 that were read");
}

TEST_F(Served, G5_tiles_withheld) {
    begin();
    const log::Fetch honest = log_.fetch();
    expect_refused(
        [&](const std::string& path, std::size_t most) -> base::Result<std::string> {
            if (path.starts_with("tile/")) {
                return base::fail(base::ErrorKind::unreachable, "not now");
            }
            return honest(path, most);
        },
        "not now");
}

TEST_F(Served, G7_checkpoint_of_before) {
    begin();
    follow();
    held_ = 3;
    const std::string old = log_.signed_checkpoint(at(k_now), 1);
    expect_refused([&](const std::string&, std::size_t) { return base::Result<std::string>(old); },
                   "an old copy of it");
}

TEST_F(Served, G7_fork_of_the_same_size) {
    begin();
    follow();
    held_ = 3;
    TestLog fork;
    fork.add(log_.entries()[0]);
    fork.add(log_.entries()[1]);
    fork.add(approve(order_, "carol"));
    fork.seal(at(k_now));
    expect_refused(fork.fetch(), "it forked");
}

TEST_F(Served, G7_fork_that_grew) {
    begin();
    follow();
    held_ = 3;
    TestLog fork;
    fork.add(log_.entries()[0]);
    for (int i = 0; i < 5; ++i) {
        fork.add(approve(order_, "carol"));
    }
    fork.seal(at(k_now));
    expect_refused(fork.fetch(), "it forked");
}

TEST_F(Served, G7_log_shown_to_one_reader_without_its_witnesses) {
    begin();
    log_.add("only for this one");
    log_.seal({1, {{1, k_now.seconds}, {7, k_now.seconds}}, 0});
    expect_refused(log_.fetch(), "");
}

TEST_F(Served, G6_earlier_time_out_of_a_fork) {
    begin();
    follow();
    TestLog fork;
    fork.add("another past");
    fork.add("another past");
    fork.seal(at(k_now + Span{-99'999}));
    const log::Fetch honest = log_.fetch();
    log_.withhold_checkpoint(2);
    const auto refined = refine_times(
        copy_,
        [&](const std::string& path, std::size_t most) {
            return path.starts_with("witnessed") ? fork.fetch()(path, most) : honest(path, most);
        },
        {1});
    ASSERT_FALSE(refined);
    EXPECT_THAT(refined.error().message, HasSubstr("did not grow"));
    EXPECT_EQ(copy_.knowledge().times.start_of(1), k_now);
}

TEST_F(Served, earlier_checkpoints_show_earlier_starts) {
    order_ = propose();
    log_.add(order_);
    log_.seal(at(k_now));
    log_.add(approve(order_, "bob"));
    log_.seal(at(k_now + Span{100}));
    follow();
    EXPECT_EQ(copy_.knowledge().times.start_of(0), k_now + Span{100});
    ASSERT_TRUE(refine_times(copy_, log_.fetch(), {0, 1}));
    EXPECT_EQ(copy_.knowledge().times.start_of(0), k_now);
    EXPECT_EQ(copy_.knowledge().times.start_of(1), k_now + Span{100});
}

TEST_F(Served, log_at_rest_shows_its_time_and_the_earliest_start) {
    // The newest checkpoint is witnessed again and again; what was seen first is asked for by size.
    order_ = propose();
    log_.add(order_);
    const std::string first = log_.seal(at(k_now));
    const std::string again = log_.signed_checkpoint(at(k_now + Span{100}), 1);
    const log::Fetch honest = log_.fetch();
    const log::Fetch served = [&](const std::string& path, std::size_t most) {
        return path == "checkpoint" ? base::Result<std::string>(again) : honest(path, most);
    };
    ASSERT_TRUE(catch_up(copy_, served));
    EXPECT_EQ(copy_.knowledge().times.start_of(0), k_now + Span{100});
    ASSERT_TRUE(refine_times(copy_, served, {0}));
    EXPECT_EQ(copy_.knowledge().times.start_of(0), k_now);
    EXPECT_EQ(copy_.knowledge().checkpoint, again);  // which tells how late it is
}

TEST_F(Served, same_size_again_is_no_harm) {
    begin();
    follow();
    follow();
    EXPECT_EQ(copy_.knowledge().chronicle.size(), 3U);
}

// What a permit carries.

class Carried : public Served {
  protected:
    Permit::Extract extract(std::uint64_t from) {
        MemoryLogCopy other(Chronicle::begin(first_).value());
        EXPECT_TRUE(catch_up(other, log_.fetch()));
        const auto indexes =
            indexes_on(other.knowledge().chronicle, other, statement::id_of(text_of(order_)), {});
        EXPECT_TRUE(indexes);
        auto made = make_extract(log_.fetch(), other.knowledge(), from, *indexes);
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }
    void expect_not_taken(const Permit::Extract& extract, const std::string& why) {
        const auto taken = catch_up(copy_, extract);
        ASSERT_FALSE(taken);
        EXPECT_THAT(taken.error().message, HasSubstr(why));
        EXPECT_EQ(copy_.knowledge().chronicle.size(), 1U);
    }
};

TEST_F(Carried, extract_does_what_the_log_does) {
    begin();
    ASSERT_TRUE(catch_up(copy_, extract(1)));
    EXPECT_EQ(copy_.knowledge().chronicle.size(), 3U);
    ASSERT_TRUE(catch_up(copy_, extract(0)));  // what is held is passed over
    EXPECT_EQ(copy_.knowledge().chronicle.size(), 3U);
}

TEST_F(Carried, G5_extract_without_the_veto) {
    begin();
    Permit::Extract cut = extract(1);
    cut.entries.pop_back();
    expect_not_taken(cut, "no checkpoint vouches");
    cut.checkpoints.clear();
    expect_not_taken(cut, "no checkpoint vouches");
    Permit::Extract changed = extract(1);
    changed.entries[1] = approve(order_, "carol");
    expect_not_taken(changed, "it forked");
}

TEST_F(Carried, G5_extract_with_a_gap) {
    begin();
    Permit::Extract late = extract(1);
    late.first = 2;
    late.entries.erase(late.entries.begin());
    expect_not_taken(late, "begins at entry 2, and here 1 were read");
}

TEST_F(Carried, G6_extract_shows_the_starts) {
    order_ = propose();
    log_.add(order_);
    log_.seal(at(k_now));
    log_.add(approve(order_, "bob"));
    log_.seal(at(k_now + Span{100}));
    ASSERT_TRUE(catch_up(copy_, extract(0)));
    EXPECT_EQ(copy_.knowledge().times.start_of(0), k_now);
    EXPECT_EQ(copy_.knowledge().times.start_of(1), k_now + Span{100});
}

}  // namespace
}  // namespace cheget::permit
