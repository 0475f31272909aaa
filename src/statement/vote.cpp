// The vote: its fields, an empty line, and the complete text voted on.
#include "statement/fields.h"
#include "statement/values.h"

namespace cheget::statement {
namespace {

// `Value` is Vote or VoteFields, whose members have the same names.
template <typename Io, typename Value>
void fields(Io& io, Value& vote) {
    io.required("domain", k_domain, vote.domain);
    io.required("on", k_vote_subject, vote.on);
    io.required("verdict", ChoiceCodec<Verdict, Verdict::seen>(), vote.verdict);
    io.required("by", k_name, vote.by);
    io.optional("for", k_name, vote.stands_for);
    io.check(!vote.stands_for || (vote.verdict == Verdict::approve && vote.stands_for != vote.by),
             "expected it in an approval alone, and another than by");
    io.optional("after", k_digest, vote.after);
    io.required("mark", HexCodec<32>(), vote.mark);
    io.required("voted", k_time, vote.voted);
    io.optional("note", k_free_text, vote.note);
}

base::Error wrong_subject(std::string_view why) {
    return {base::ErrorKind::bad_input, "malformed vote: the text voted on: " + std::string(why)};
}

base::Result<void> check_order_subject(const VoteFields& vote) {
    base::Result<Order> order = parse_order(vote.subject_text);
    if (!order) {
        return std::unexpected(wrong_subject(order.error().message));
    }
    if (order->domain != vote.domain) {
        return std::unexpected(wrong_subject("its domain is not the vote's"));
    }
    return {};
}

base::Result<void> check_policy_subject(const VoteFields& vote, const PolicyReference& reference) {
    base::Result<PolicyHeader> policy = parse_policy_header(vote.subject_text);
    if (!policy) {
        return std::unexpected(wrong_subject(policy.error().message));
    }
    if (policy->version != reference.version) {
        return std::unexpected(wrong_subject("its version is not the one in on"));
    }
    if (policy->domain != vote.domain.name ||
        policy->first_policy.value_or(reference.id) != vote.domain.first_policy) {
        return std::unexpected(wrong_subject("its domain is not the vote's"));
    }
    return {};
}

base::Result<void> check_subject(const VoteFields& vote) {
    const auto* order = std::get_if<OnOrder>(&vote.on);
    const auto* policy = std::get_if<PolicyReference>(&vote.on);
    if (id_of(vote.subject_text) != (order != nullptr ? order->id : policy->id)) {
        return std::unexpected(wrong_subject("its SHA-256 is not the one in on"));
    }
    return order != nullptr ? check_order_subject(vote) : check_policy_subject(vote, *policy);
}

}  // namespace

base::Result<VoteFields> parse_vote_fields(std::string_view text) {
    FieldReader reader(Kind::vote, text);
    VoteFields vote;
    fields(reader, vote);
    vote.subject_text = reader.take_body();
    TRY(reader.finish());
    if (vote.subject_text.empty()) {
        return std::unexpected(wrong_subject("there is none after the empty line"));
    }
    return vote;
}

base::Result<Vote> parse_vote(std::string_view text) {
    VoteFields read = TRY(parse_vote_fields(text));
    TRY(check_subject(read));
    Vote vote;
    vote.domain = std::move(read.domain);
    vote.on = read.on;
    vote.verdict = read.verdict;
    vote.by = read.by;
    vote.stands_for = read.stands_for;
    vote.after = read.after;
    vote.mark = read.mark;
    vote.voted = read.voted;
    vote.note = std::move(read.note);
    vote.subject_text = read.subject_text;
    return vote;
}

base::Result<std::string> render(const Vote& vote) {
    FieldWriter writer(Kind::vote);
    fields(writer, vote);
    return checked(writer.take() + '\n' + vote.subject_text, vote, parse_vote);
}

}  // namespace cheget::statement
