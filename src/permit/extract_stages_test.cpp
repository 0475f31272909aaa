// Extracts of a log that is larger than a permit: in stages, each of which can be read by itself.
#include "permit/permit.h"
#include "support/under_log.h"

namespace cheget::permit {
namespace {

using test_support::k_now;
using test_support::UnderLog;

class Stages : public UnderLog {
  protected:
    void add(std::size_t count, std::size_t bytes) {
        for (std::size_t i = 0; i < count; ++i) {
            std::string entry = "entry " + std::to_string(log_.size());
            entry.resize(std::max(bytes, entry.size()), '.');
            log_.add(std::move(entry));
        }
        log_.seal(at(k_now));
    }

    /// How many entries each stage has, once a reader with nothing came to the end by them.
    std::vector<std::size_t> stages() {
        MemoryLogCopy reader(Chronicle::begin(first_).value());
        std::vector<std::size_t> sizes;
        while (reader.knowledge().chronicle.size() < log_.size()) {
            Permit permit;
            const std::uint64_t held = reader.knowledge().chronicle.size();
            auto stage = make_extract_stage(log_.fetch(), copy_.knowledge(), held, {});
            if (!stage) {
                ADD_FAILURE() << stage.error().message;
                return sizes;
            }
            sizes.push_back(stage->entries.size());
            permit.extract = std::move(*stage);
            const auto rendered = render_permit(permit);
            const auto parsed = rendered ? parse_permit(base::as_bytes(*rendered))
                                         : base::Result<Permit>(std::unexpected(rendered.error()));
            const auto read = parsed ? catch_up(reader, parsed->extract)
                                     : base::Result<void>(std::unexpected(parsed.error()));
            if (!read) {
                ADD_FAILURE() << read.error().message;
                return sizes;
            }
        }
        EXPECT_EQ(reader.knowledge().checkpoint, copy_.knowledge().checkpoint);
        return sizes;
    }
};

TEST_F(Stages, what_fits_is_one) {
    add(10, 20);
    add(500, 20);
    follow();
    EXPECT_EQ(stages(), std::vector<std::size_t>{510});
    const auto none = make_extract_stage(log_.fetch(), copy_.knowledge(), 510, {});
    ASSERT_TRUE(none.has_value());
    EXPECT_TRUE(none->entries.empty());
    EXPECT_EQ(none->checkpoints.size(), 1U);
    EXPECT_FALSE(make_extract_stage(log_.fetch(), copy_.knowledge(), 511, {}));
}

TEST_F(Stages, many_entries_end_at_checkpoints_on_the_way) {
    add(40'000, 20);
    add(27'000, 20);
    add(3'000, 20);
    follow();
    EXPECT_EQ(stages(), (std::vector<std::size_t>{67'000, 3'000}));
}

TEST_F(Stages, many_bytes_end_earlier) {
    for (int i = 0; i < 4; ++i) {
        add(300, 60'000);
    }
    follow();
    EXPECT_EQ(stages(), (std::vector<std::size_t>{600, 600}));
}

TEST_F(Stages, G10_without_a_checkpoint_on_the_way_there_is_none) {
    add(1'200, 60'000);
    follow();
    const auto stage = make_extract_stage(log_.fetch(), copy_.knowledge(), 0, {});
    ASSERT_FALSE(stage.has_value());
    EXPECT_THAT(stage.error().message, testing::HasSubstr("more than a permit holds"));
}

}  // namespace
}  // namespace cheget::permit
