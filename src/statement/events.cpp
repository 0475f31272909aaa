// What happened: facts, claims, receipts, enactments, revocations and custody.
#include "statement/fields.h"
#include "statement/values.h"

namespace cheget::statement {
namespace {

// The writer knows a subject of a fact by its not being the world.
template <typename Io, typename Value>
void fact_subject(Io& io, Value& fact) {
    if constexpr (std::is_const_v<Value>) {
        if (!std::holds_alternative<std::monostate>(fact.about)) {
            io.required("about", k_fact_subject, fact.about);
        }
    } else {
        std::optional<FactSubject> about;
        io.optional("about", k_fact_subject, about);
        fact.about = about.value_or(FactSubject());
    }
}

template <typename Io, typename Value>
void fact_fields(Io& io, Value& fact) {
    io.required("domain", k_domain, fact.domain);
    io.required("fact", k_name, fact.fact);
    fact_subject(io, fact);
    io.required("value", k_fact_value, fact.value);
    io.required("by", k_name, fact.by);
    io.required("at", k_time, fact.at);
    io.optional("note", k_free_text, fact.note);
}

template <typename Io, typename Value>
void claim_fields(Io& io, Value& claim) {
    io.required("domain", k_domain, claim.domain);
    io.required("order", k_digest, claim.order);
    io.required("target", k_target, claim.target);
    io.required("executor", k_name, claim.executor);
    io.required("policy", k_policy_reference, claim.policy);
    io.required("size", NumberCodec<std::uint64_t>(), claim.size);
    io.required("nonce", HexCodec<16>(), claim.nonce);
    io.optional("commitment", HexCodec<64>(), claim.commitment);
}

template <typename Io, typename Value>
void receipt_fields(Io& io, Value& receipt) {
    io.required("domain", k_domain, receipt.domain);
    io.required("order", k_digest, receipt.order);
    io.required("target", k_target, receipt.target);
    io.required("executor", k_name, receipt.executor);
    io.optional("claim", k_digest, receipt.claim);
    io.required("outcome", ChoiceCodec<Outcome, Outcome::unknown>(), receipt.outcome);
    io.optional("code", k_code, receipt.code);
    io.optional("output", k_content, receipt.output);
    io.required("began", k_time, receipt.began);
    io.optional("ended", k_time, receipt.ended);
    io.check(
        receipt.outcome != Outcome::started || (!receipt.code && !receipt.output && !receipt.ended),
        "what has started has no code, output or end yet");
}

template <typename Io, typename Value>
void enactment_fields(Io& io, Value& enactment) {
    io.required("domain", k_domain, enactment.domain);
    io.required("policy", k_policy_reference, enactment.policy);
    io.required("completed", NumberCodec<std::uint64_t>(), enactment.completed);
    io.repeated("evidence", k_base64, enactment.evidence);
    io.required("by", k_name, enactment.by);
    io.required("at", k_time, enactment.at);
}

template <typename Io, typename Value>
void revocation_fields(Io& io, Value& revocation) {
    io.required("domain", k_domain, revocation.domain);
    io.required("key", k_fingerprint, revocation.key);
    io.required("of", k_name, revocation.of);
    io.required("why", ChoiceCodec<RevocationReason, RevocationReason::replaced>(), revocation.why);
    io.required("by", k_name, revocation.by);
    io.required("at", k_time, revocation.at);
    io.optional("note", k_free_text, revocation.note);
}

template <typename Io, typename Value>
void custody_fields(Io& io, Value& custody) {
    io.required("domain", k_domain, custody.domain);
    io.required("briefcase", k_fingerprint, custody.briefcase);
    io.required("event", ChoiceCodec<CustodyEvent, CustodyEvent::lost>(), custody.event);
    io.required("by", k_name, custody.by);
    io.optional("from", k_name, custody.from);
    io.optional("to", k_name, custody.to);
    io.check(custody.event != CustodyEvent::handover ||
                 (custody.from && custody.to && custody.from != custody.to),
             "expected both from and to at a handover, and two of them");
    io.required("seal", k_digest, custody.seal);
    io.optional("tries", NumberCodec<std::uint32_t>(), custody.tries);
    io.optional("counter", NumberCodec<std::uint64_t>(), custody.counter);
    io.optional("nonce", k_nonce_text, custody.nonce);
    io.optional("quote", k_base64, custody.quote);
    io.optional("previous", k_digest, custody.previous);
    io.required("at", k_time, custody.at);
    io.optional("note", k_free_text, custody.note);
}

}  // namespace

base::Result<Fact> parse_fact(std::string_view text) {
    FieldReader reader(Kind::fact, text);
    Fact fact;
    fact_fields(reader, fact);
    TRY(reader.finish());
    return fact;
}

base::Result<Claim> parse_claim(std::string_view text) {
    FieldReader reader(Kind::claim, text);
    Claim claim;
    claim_fields(reader, claim);
    TRY(reader.finish());
    return claim;
}

base::Result<Receipt> parse_receipt(std::string_view text) {
    FieldReader reader(Kind::receipt, text);
    Receipt receipt;
    receipt_fields(reader, receipt);
    TRY(reader.finish());
    return receipt;
}

base::Result<Enactment> parse_enactment(std::string_view text) {
    FieldReader reader(Kind::enactment, text);
    Enactment enactment;
    enactment_fields(reader, enactment);
    TRY(reader.finish());
    return enactment;
}

base::Result<Revocation> parse_revocation(std::string_view text) {
    FieldReader reader(Kind::revocation, text);
    Revocation revocation;
    revocation_fields(reader, revocation);
    TRY(reader.finish());
    return revocation;
}

base::Result<Custody> parse_custody(std::string_view text) {
    FieldReader reader(Kind::custody, text);
    Custody custody;
    custody_fields(reader, custody);
    TRY(reader.finish());
    return custody;
}

base::Result<std::string> render(const Fact& fact) {
    FieldWriter writer(Kind::fact);
    fact_fields(writer, fact);
    return checked(writer.take(), fact, parse_fact);
}

base::Result<std::string> render(const Claim& claim) {
    FieldWriter writer(Kind::claim);
    claim_fields(writer, claim);
    return checked(writer.take(), claim, parse_claim);
}

base::Result<std::string> render(const Receipt& receipt) {
    FieldWriter writer(Kind::receipt);
    receipt_fields(writer, receipt);
    return checked(writer.take(), receipt, parse_receipt);
}

base::Result<std::string> render(const Enactment& enactment) {
    FieldWriter writer(Kind::enactment);
    enactment_fields(writer, enactment);
    return checked(writer.take(), enactment, parse_enactment);
}

base::Result<std::string> render(const Revocation& revocation) {
    FieldWriter writer(Kind::revocation);
    revocation_fields(writer, revocation);
    return checked(writer.take(), revocation, parse_revocation);
}

base::Result<std::string> render(const Custody& custody) {
    FieldWriter writer(Kind::custody);
    custody_fields(writer, custody);
    return checked(writer.take(), custody, parse_custody);
}

}  // namespace cheget::statement
