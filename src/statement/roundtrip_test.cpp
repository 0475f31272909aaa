// Properties: what is rendered reads back as it was, and no other text reads as the same.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "statement/generators.h"

namespace cheget::statement {
namespace {

template <typename T>
struct Case {
    T (*make)();
    base::Result<T> (*parse)(std::string_view);
};

template <typename T>
void expect_round_trip(Case<T> each) {
    EXPECT_TRUE(rc::check("parse undoes render", [&] {
        T value = each.make();
        auto text = render(value);
        RC_ASSERT(text.has_value());
        auto read = each.parse(*text);
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == value);
        RC_ASSERT(std::get<T>(parse(*text).value()) == value);
    }));
}

// A change of the text either makes it unreadable or changes the value, and then render gives the
// changed text: so no two texts read as one value.
template <typename T>
void expect_one_text_per_value(Case<T> each) {
    EXPECT_TRUE(rc::check("a changed text is refused or means something else", [&] {
        T value = each.make();
        std::string text = render(value).value();
        std::string changed = text;
        std::size_t place = generate::below(text.size());
        auto byte =
            static_cast<char>(generate::flip() ? generate::below(256) : ' ' + generate::below(95));
        switch (generate::below(4)) {
            case 0:
                changed.erase(place, 1);
                break;
            case 1:
                changed.insert(place, 1, byte);
                break;
            case 2:  // a line twice, or two lines the other way round
                place = text.find('\n', place) + 1;
                changed.insert(place,
                               text.substr(0, place).substr(text.rfind('\n', place - 2) + 1));
                break;
            default:
                changed[place] = byte;
                break;
        }
        RC_PRE(changed != text);
        if (auto read = each.parse(changed)) {
            RC_ASSERT(*read != value);
            RC_ASSERT(render(*read).value() == changed);
        }
    }));
}

#define PROPERTIES(name, make, parse)                 \
    TEST(RoundTrip, name) {                           \
        expect_round_trip(Case{make, parse});         \
    }                                                 \
    TEST(Attack, G8_two_texts_for_one_##name) {       \
        expect_one_text_per_value(Case{make, parse}); \
    }

PROPERTIES(order, generate::order, parse_order)
PROPERTIES(vote, generate::vote, parse_vote)
PROPERTIES(fact, generate::fact, parse_fact)
PROPERTIES(claim, generate::claim, parse_claim)
PROPERTIES(receipt, generate::receipt, parse_receipt)
PROPERTIES(enactment, generate::enactment, parse_enactment)
PROPERTIES(revocation, generate::revocation, parse_revocation)
PROPERTIES(custody, generate::custody, parse_custody)

TEST(RoundTrip, VoteFieldsAreTheVotes) {
    EXPECT_TRUE(rc::check("parse_vote_fields reads what parse_vote reads", [] {
        Vote vote = generate::vote();
        std::string text = render(vote).value();
        VoteFields fields = parse_vote_fields(text).value();
        RC_ASSERT(fields.domain == vote.domain);
        RC_ASSERT(fields.on == vote.on);
        RC_ASSERT(fields.verdict == vote.verdict);
        RC_ASSERT(fields.by == vote.by);
        RC_ASSERT(fields.stands_for == vote.stands_for);
        RC_ASSERT(fields.after == vote.after);
        RC_ASSERT(fields.mark == vote.mark);
        RC_ASSERT(fields.voted == vote.voted);
        RC_ASSERT(fields.note == vote.note);
        RC_ASSERT(fields.subject_text == vote.subject_text);
    }));
}

}  // namespace
}  // namespace cheget::statement
