// Votes as few bytes, and what a courier could do to them.
#include "briefcase/compact_vote.h"

#include <gtest/gtest.h>

#include "briefcase/parts.h"
#include "briefcase/picture.h"
#include "support/test_domain.h"

namespace cheget::briefcase {
namespace {

using base::Bytes;
using statement::Verdict;
using test_support::k_people;
using test_support::TestDomain;
using test_support::text_of;

class CompactVotes : public testing::Test {
  public:
    TestDomain domain;
    permit::DomainState state = domain.begin(test_support::k_blocks, k_people);
    std::string order = *statement::render(domain.order(state));
    std::string other = *statement::render(domain.order(state));
    std::vector<KnownOrder> known = {{statement::id_of(other), other},
                                     {statement::id_of(order), order}};

    std::string vote(Verdict verdict = Verdict::approve, const std::string& by = "bob") {
        return domain.vote_by(state, order, by, verdict);
    }
    base::Result<std::string> restored(const CompactVote& compact) const {
        return restore(compact, state.policy->policy, known);
    }
};

TEST_F(CompactVotes, every_verdict_comes_back_to_its_last_byte) {
    for (const Verdict verdict :
         {Verdict::approve, Verdict::consent, Verdict::veto, Verdict::withdraw, Verdict::seen}) {
        const std::string whole = vote(verdict);
        const auto compact = shorten(whole);
        ASSERT_TRUE(compact.has_value()) << compact.error().message;
        const Bytes payload = render(*compact);
        EXPECT_EQ(payload.size(), k_compact_vote_size);
        EXPECT_LE(payload.size(), bytes_that_fit(41, Correction::low));
        EXPECT_EQ(carry(whole).value(), payload);
        EXPECT_EQ(parse_compact_vote(payload).value(), *compact);
        EXPECT_EQ(restored(*compact).value(), whole);
        const auto code = make_code(payload, Correction::low).value();
        EXPECT_EQ(read_codes(paint(code, 3)).value(), std::vector<Bytes>{payload});
    }
}

TEST_F(CompactVotes, G1_an_altered_byte_anywhere_is_refused) {
    const Bytes payload = render(shorten(vote()).value());
    for (std::size_t i = 0; i < payload.size(); ++i) {
        for (const unsigned change : {1U, 4U, 128U}) {
            Bytes altered = payload;
            altered[i] = static_cast<std::uint8_t>(altered[i] ^ change);
            const auto read = parse_compact_vote(altered);
            EXPECT_FALSE(read && restored(*read)) << "byte " << i;
        }
    }
    for (std::size_t size = 0; size < payload.size(); ++size) {
        EXPECT_FALSE(parse_compact_vote(base::BytesView(payload).first(size)));
    }
    Bytes longer = payload;
    longer.push_back(0);
    EXPECT_FALSE(parse_compact_vote(longer));
}

TEST_F(CompactVotes, G1_parts_of_two_votes_make_none) {
    const CompactVote approval = shorten(vote()).value();
    const CompactVote veto = shorten(domain.vote_by(state, other, "dave", Verdict::veto)).value();
    const auto swapped = [&](auto field) {
        CompactVote mixed = approval;
        mixed.*field = veto.*field;
        return restored(mixed).has_value();
    };
    EXPECT_FALSE(swapped(&CompactVote::order));
    EXPECT_FALSE(swapped(&CompactVote::key));
    EXPECT_FALSE(swapped(&CompactVote::verdict));
    EXPECT_FALSE(swapped(&CompactVote::mark));
    EXPECT_FALSE(swapped(&CompactVote::signature));
    EXPECT_TRUE(restored(veto).has_value());
}

// Whoever brings in an order whose id begins like another's gains nothing: the signature decides.
TEST_F(CompactVotes, G1_orders_that_begin_alike_are_told_apart_by_the_signature) {
    const std::string whole = vote();
    const CompactVote compact = shorten(whole).value();
    base::Digest like = statement::id_of(order);
    like.bytes.back() = static_cast<std::uint8_t>(like.bytes.back() ^ 1);
    for (const std::string_view text :
         {std::string_view(other), std::string_view(order), std::string_view("no order")}) {
        known = {{like, text}, {statement::id_of(order), order}, {like, text}};
        EXPECT_EQ(restored(compact).value(), whole);
        known = {{like, text}};
        EXPECT_FALSE(restored(compact));
    }
}

TEST_F(CompactVotes, G1_another_domain_takes_nothing) {
    const CompactVote compact = shorten(vote()).value();
    TestDomain elsewhere;
    elsewhere.name = "acme/test";
    for (const std::string& person : k_people) {
        elsewhere.put_key(person, domain.key(person));  // the same people with the same keys
    }
    const permit::DomainState there = elsewhere.begin(test_support::k_blocks, k_people);
    const std::string theirs = *statement::render(elsewhere.order(there));
    EXPECT_FALSE(restore(compact, there.policy->policy, {{statement::id_of(theirs), theirs}}));
    base::Digest like = statement::id_of(order);
    EXPECT_FALSE(restore(compact, there.policy->policy, {{like, theirs}}));
    EXPECT_FALSE(restore(compact, there.policy->policy, {{like, order}}));
    known.clear();
    const auto unknown = restored(compact);
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().kind, base::ErrorKind::denied);
}

TEST_F(CompactVotes, G10_what_is_not_short_is_carried_whole_in_one_form) {
    statement::Vote noted = domain.vote(state, order, "bob");
    noted.note = "\"by day alone\"";
    statement::Vote deputy = domain.vote(state, order, "bob");
    deputy.stands_for = "carol";
    statement::Vote later = domain.vote(state, order, "bob");
    later.after = statement::id_of(other);
    const auto fact_of = [&] {
        statement::Custody custody;
        custody.domain = state.domain;
        custody.briefcase = domain.key("dave").public_key().fingerprint();
        custody.by = "erin";
        custody.seal = statement::id_of(other);
        custody.at = test_support::k_now;
        const std::string text = *statement::render(custody);
        return domain.sign(statement::Kind::custody, text, {"erin", "dave"});
    };
    domain.put_key("carol", test_support::TestKey::p256());
    const std::vector<std::string> wholes = {
        domain.sign_vote(noted, {"bob"}),
        domain.sign_vote(deputy, {"bob"}),
        domain.sign_vote(later, {"bob"}),
        domain.sign_vote(domain.vote(state, order, "bob"), {"bob", "alice"}),
        domain.vote_by(state, state.policy->text, "bob"),
        domain.vote_by(state, order, "carol"),
        fact_of()};
    for (const std::string& whole : wholes) {
        EXPECT_FALSE(shorten(whole));
        const auto packed = carry(whole);
        ASSERT_TRUE(packed.has_value()) << packed.error().message;
        EXPECT_LT(packed->size(), whole.size());
        EXPECT_EQ(unpack_statement(*packed).value(), whole);
        for (std::size_t size = 0; size < packed->size(); size += 3) {
            EXPECT_FALSE(unpack_statement(base::BytesView(*packed).first(size)));
        }
        Bytes longer = *packed;
        longer.push_back('\n');
        EXPECT_FALSE(unpack_statement(longer));
    }
    // Neither a text that bears no signature is what pack_statement() writes, nor one within which
    // the armour stands.
    for (const std::string& text : {order, vote()}) {
        const auto start = base::as_bytes(start_of(PayloadKind::statement));
        Bytes unsigned_one(start.begin(), start.end());
        unsigned_one.push_back(static_cast<std::uint8_t>(text.size() >> 8U));
        unsigned_one.push_back(static_cast<std::uint8_t>(text.size()));
        unsigned_one.insert(unsigned_one.end(), text.begin(), text.end());
        unsigned_one.push_back(0);
        EXPECT_FALSE(unpack_statement(unsigned_one));
    }
    EXPECT_FALSE(carry(order));
    EXPECT_FALSE(carry(""));
    EXPECT_FALSE(carry("anything\n"));
}

TEST_F(CompactVotes, payloads_that_follow_each_other_are_taken_apart) {
    statement::Vote noted = domain.vote(state, order, "bob");
    noted.note = "\"\"";
    noted.note = "a note";
    const Bytes vote_payload = render(shorten(vote()).value());
    const Bytes whole_payload = pack_statement(vote(Verdict::veto)).value();
    const auto parts = cut(std::string(1000, 'x'), 400).value();
    Bytes stream;
    std::vector<Bytes> all = {vote_payload, whole_payload, parts[0], vote_payload, parts[1]};
    for (std::size_t i = 0; i < all.size(); ++i) {
        stream.insert(stream.end(), all[i].begin(), all[i].end());
        if (i % 2 == 0) {
            stream.push_back('\n');
        }
    }
    const auto split = split_payloads(stream);
    ASSERT_TRUE(split.has_value()) << split.error().message;
    ASSERT_EQ(split->size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(Bytes((*split)[i].begin(), (*split)[i].end()), all[i]);
    }
    EXPECT_TRUE(split_payloads({})->empty());
    stream.push_back('\n');
    EXPECT_FALSE(split_payloads(stream));
    stream.pop_back();
    stream.pop_back();
    stream.pop_back();
    EXPECT_FALSE(split_payloads(stream));
    EXPECT_FALSE(split_payloads(base::as_bytes("CGx\x01")));
    EXPECT_FALSE(split_payloads(base::as_bytes("https://example.org")));
}

}  // namespace
}  // namespace cheget::briefcase
