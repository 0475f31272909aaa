// Public areas and signatures in ESAPI's structures; tpm_line.cpp computes the same areas' names.
#include <algorithm>

#include "briefcase/tss.h"

namespace cheget::briefcase::tss {

namespace {

using base::Bytes;
using base::BytesView;
using base::Result;

/// What TPMs give may be shorter, by leading zeros.
Result<void> copy_number(const TPM2B_ECC_PARAMETER& from, std::span<std::uint8_t> to) {
    const BytesView number = view(from);
    if (number.size() > to.size()) {
        return base::bad_input("the TPM gave a number that is too long for P-256");
    }
    std::ranges::fill(to, 0);
    std::ranges::copy(number, to.end() - static_cast<std::ptrdiff_t>(number.size()));
    return {};
}

TPM2B_PUBLIC on_p256(const TpmPoint& point, TPMA_OBJECT attributes) {
    TPM2B_PUBLIC area{};
    TPMT_PUBLIC& key = area.publicArea;
    key.type = TPM2_ALG_ECC;
    key.nameAlg = TPM2_ALG_SHA256;
    key.objectAttributes = attributes;
    key.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
    key.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
    key.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    key.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    key.unique.ecc.x = sized<TPM2B_ECC_PARAMETER>(BytesView(point).first(32));
    key.unique.ecc.y = sized<TPM2B_ECC_PARAMETER>(BytesView(point).subspan(32));
    return area;
}

TPM2B_PUBLIC signing(const TpmPoint& point, TPMA_OBJECT attributes) {
    TPM2B_PUBLIC area = on_p256(point, attributes);
    area.publicArea.parameters.eccDetail.scheme = {
        .scheme = TPM2_ALG_ECDSA, .details = {.ecdsa = {.hashAlg = TPM2_ALG_SHA256}}};
    return area;
}

TPM2B_NV_PUBLIC index_of_8(TPMI_RH_NV_INDEX index, TPMA_NV attributes, BytesView policy) {
    TPM2B_NV_PUBLIC area{};
    area.nvPublic = {.nvIndex = index,
                     .nameAlg = TPM2_ALG_SHA256,
                     .attributes = attributes,
                     .authPolicy = sized<TPM2B_DIGEST>(policy),
                     .dataSize = 8};
    return area;
}

}  // namespace

TPM2B_PUBLIC public_of_storage(const TpmPoint& point) {
    TPM2B_PUBLIC area = on_p256(point, k_storage_attributes);
    area.publicArea.parameters.eccDetail.symmetric = {
        .algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
    return area;
}

TPM2B_PUBLIC public_of_attest(const TpmPoint& point) {
    return signing(point, k_attest_attributes);
}

TPM2B_PUBLIC public_of_outside(const TpmPoint& point) {
    return signing(point, k_outside_attributes);
}

TPM2B_PUBLIC public_of_answer(const TpmLine& line) {
    TPM2B_PUBLIC area{};
    TPMT_PUBLIC& key = area.publicArea;
    key.type = TPM2_ALG_KEYEDHASH;
    key.nameAlg = TPM2_ALG_SHA256;
    key.objectAttributes = k_answer_attributes;
    key.authPolicy = sized<TPM2B_DIGEST>(answer_policy(line).bytes);
    key.parameters.keyedHashDetail.scheme = {.scheme = TPM2_ALG_HMAC,
                                             .details = {.hmac = {.hashAlg = TPM2_ALG_SHA256}}};
    key.unique.keyedHash = sized<TPM2B_DIGEST>(line.answer);
    return area;
}

TPM2B_NV_PUBLIC public_of_tries(const TpmLine& line) {
    return index_of_8(line.tries_index, tries_attributes(false), tries_policy(line).bytes);
}

TPM2B_NV_PUBLIC public_of_counter(const TpmLine& line) {
    return index_of_8(line.counter_index, counter_attributes(false), tries_policy(line).bytes);
}

TPMT_SIGNATURE signature_of(BytesView numbers) {
    TPMT_SIGNATURE made{};
    made.sigAlg = TPM2_ALG_ECDSA;
    made.signature.ecdsa.hash = TPM2_ALG_SHA256;
    made.signature.ecdsa.signatureR = sized<TPM2B_ECC_PARAMETER>(numbers.first(32));
    made.signature.ecdsa.signatureS = sized<TPM2B_ECC_PARAMETER>(numbers.subspan(32));
    return made;
}

Result<Bytes> numbers_of(const TPMT_SIGNATURE& signature) {
    if (signature.sigAlg != TPM2_ALG_ECDSA) {
        return base::bad_input("the TPM gave a signature of another kind");
    }
    Bytes numbers(64);
    TRY(copy_number(signature.signature.ecdsa.signatureR, std::span(numbers).first(32)));
    TRY(copy_number(signature.signature.ecdsa.signatureS, std::span(numbers).subspan(32)));
    return numbers;
}

Result<TpmPoint> point_of(const TPM2B_PUBLIC& area) {
    TpmPoint point{};
    TRY(copy_number(area.publicArea.unique.ecc.x, std::span(point).first(32)));
    TRY(copy_number(area.publicArea.unique.ecc.y, std::span(point).subspan(32)));
    return point;
}

}  // namespace cheget::briefcase::tss
