// Signatures against a policy's keys.
#include "permit/signer.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/text.h"
#include "signature/sshsig.h"

namespace cheget::permit {

namespace {

struct Found {
    const policy::Key* key = nullptr;
    const RevokedKey* revoked = nullptr;

    int worth() const {
        return key == nullptr ? 0 : revoked ? 1 : key->briefcase ? 2 : key->web_origin ? 3 : k_best;
    }
    /// Of two revoked keys, which of them could still say no at a later entry.
    bool stands_longer_than(const Found& other) const {
        return revoked != nullptr && other.revoked != nullptr && other.revoked->from &&
               (!revoked->from || *revoked->from > *other.revoked->from);
    }
    static constexpr int k_best = 4;
};

signature::Requirements requirements_of(const policy::Key& key) {
    signature::Requirements requirements;
    requirements.user_verification = key.pin;
    if (key.web_origin) {
        requirements.web_origin = *key.web_origin;
    }
    return requirements;
}

const policy::Key* key_of(const policy::Principal& principal, base::BytesView blob) {
    const auto found = std::find_if(
        principal.keys.begin(), principal.keys.end(),
        [&](const policy::Key& key) { return std::ranges::equal(key.key.blob(), blob); });
    return found == principal.keys.end() ? nullptr : &*found;
}

/// One signature; why it does not count goes to `why` unless a nearer miss is there already.
Found check_signature(std::span<const RevokedKey> revoked, const policy::Principal& principal,
                      std::string_view name_space, std::string_view text, std::string_view armor,
                      std::string& why) {
    const auto signature = signature::parse_armored(armor);
    if (!signature) {
        why = why.empty() ? signature.error().message : why;
        return {};
    }
    const policy::Key* key = key_of(principal, signature->public_key);
    if (key == nullptr) {
        why = why.empty() ? fmt::format("it is signed by a key that is not {}'s in this policy",
                                        principal.name)
                          : why;
        return {};
    }
    const auto valid =
        signature::verify(*signature, key->key, name_space, text, requirements_of(*key));
    if (!valid) {
        why = valid.error().message;
        return {};
    }
    if (revoked.empty()) {
        return {key, nullptr};
    }
    const auto found = std::find_if(revoked.begin(), revoked.end(),
                                    [fingerprint = key->key.fingerprint()](const RevokedKey& one) {
                                        return one.fingerprint == fingerprint;
                                    });
    return {key, found == revoked.end() ? nullptr : &*found};
}

base::Result<Signer> find(std::span<const RevokedKey> revoked, const policy::Policy& policy,
                          std::string_view by, std::string_view name_space,
                          const statement::SignedText& signed_text) {
    const auto index = policy.find_principal(by);
    if (!index) {
        return base::bad_input(
            fmt::format("{} is no principal of policy {}", base::shown(by), policy.header.version));
    }
    Found best;
    std::string why;
    for (const std::string_view armor : signed_text.signatures) {
        const Found found = check_signature(revoked, policy.principals[*index], name_space,
                                            signed_text.text, armor, why);
        if (found.worth() > best.worth() || found.stands_longer_than(best)) {
            best = found;
        }
        if (best.worth() == Found::k_best) {
            break;
        }
    }
    if (best.key == nullptr) {
        return base::bad_input(signed_text.signatures.empty() ? "it is not signed" : why);
    }
    return Signer{*index, best.key, best.revoked != nullptr,
                  best.revoked == nullptr ? std::nullopt : best.revoked->from};
}

}  // namespace

base::Result<Signer> find_signer(const DomainState& state, const policy::Policy& policy,
                                 std::string_view by, std::string_view name_space,
                                 const statement::SignedText& signed_text) {
    return find(state.revoked, policy, by, name_space, signed_text);
}

base::Result<VerifiedSigner> verify_signer(const policy::Policy& policy, std::string_view by,
                                           statement::Kind kind,
                                           const statement::SignedText& signed_text) {
    const Signer signer = TRY(find(
        {}, policy, by, statement::signature_namespace(kind, policy.header.domain), signed_text));
    return VerifiedSigner{signer.principal, signer.key};
}

bool DomainState::is_revoked(const signature::PublicKey& key) const {
    const std::string fingerprint = key.fingerprint();
    return std::any_of(revoked.begin(), revoked.end(),
                       [&](const RevokedKey& one) { return one.fingerprint == fingerprint; });
}

}  // namespace cheget::permit
