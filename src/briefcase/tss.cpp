// The library, connections, handles, and what a TPM's failures mean.
#include "briefcase/tss.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "net/late_library.h"

namespace cheget::briefcase::tss {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct Loaded {
    Library functions{};
    std::string failure;
};

/// tpm2-tss writes what goes wrong to stderr, into the terminal's screen too; all that matters is
/// told by failure(). Who debugs it sets TSS2_LOG.
void keep_quiet() {
    ::setenv("TSS2_LOG", "all+none", 0);
}

Loaded load() {
    keep_quiet();
    net::LateLibrary tcti("libtss2-tctildr.so.0");
    net::LateLibrary esys("libtss2-esys.so.0");
    Loaded loaded;
    loaded.functions = {
        .open_tcti = tcti["Tss2_TctiLdr_Initialize"],
        .close_tcti = tcti["Tss2_TctiLdr_Finalize"],
        .initialize = esys["Esys_Initialize"],
        .finalize = esys["Esys_Finalize"],
        .free = esys["Esys_Free"],
        .from_public = esys["Esys_TR_FromTPMPublic"],
        .get_name = esys["Esys_TR_GetName"],
        .set_auth = esys["Esys_TR_SetAuth"],
        .close = esys["Esys_TR_Close"],
        .set_attributes = esys["Esys_TRSess_SetAttributes"],
        .get_nonce = esys["Esys_TRSess_GetNonceTPM"],
        .start_session = esys["Esys_StartAuthSession"],
        .flush = esys["Esys_FlushContext"],
        .get_capability = esys["Esys_GetCapability"],
        .get_random = esys["Esys_GetRandom"],
        .create_primary = esys["Esys_CreatePrimary"],
        .evict_control = esys["Esys_EvictControl"],
        .create = esys["Esys_Create"],
        .load = esys["Esys_Load"],
        .load_external = esys["Esys_LoadExternal"],
        .hmac = esys["Esys_HMAC"],
        .policy_signed = esys["Esys_PolicySigned"],
        .policy_secret = esys["Esys_PolicySecret"],
        .policy_or = esys["Esys_PolicyOR"],
        .policy_command_code = esys["Esys_PolicyCommandCode"],
        .nv_define = esys["Esys_NV_DefineSpace"],
        .nv_undefine = esys["Esys_NV_UndefineSpace"],
        .nv_write = esys["Esys_NV_Write"],
        .nv_increment = esys["Esys_NV_Increment"],
        .nv_read = esys["Esys_NV_Read"],
        .nv_certify = esys["Esys_NV_Certify"],
    };
    loaded.failure = tcti.failure().empty() ? esys.failure() : tcti.failure();
    return loaded;
}

const Loaded& loaded_once() {
    static const Loaded loaded = load();
    return loaded;
}

struct Meaning {
    TPM2_RC code;
    ErrorKind kind;
    const char* words;
};

// Codes of Part 2, section 6.6.3, in words of what was done here.
constexpr std::array k_meanings{
    Meaning{TPM2_RC_AUTH_UNAVAILABLE, ErrorKind::denied,
            "no tries are left: ask the recovery authority (cheget briefcase reset)"},
    Meaning{TPM2_RC_LOCKOUT, ErrorKind::denied,
            "the TPM is in lockout after wrong passwords for something else in it: wait, or have "
            "its owner end it (tpm2_dictionarylockout --clear-lockout)"},
    Meaning{TPM2_RC_BAD_AUTH, ErrorKind::denied,
            "the TPM's owner password is another one: give the right one"},
    Meaning{TPM2_RC_AUTH_FAIL, ErrorKind::denied,
            "the TPM's owner password is another one: give the right one"},
    Meaning{TPM2_RC_SIGNATURE, ErrorKind::denied,
            "the signature is not by the recovery authority over this very challenge: sign the one "
            "that is shown now, with the key that this briefcase was made with"},
    Meaning{TPM2_RC_EXPIRED, ErrorKind::denied,
            "the signature came too late: begin again and sign the new challenge"},
    Meaning{TPM2_RC_NONCE, ErrorKind::denied, "the challenge is not this session's: begin again"},
    Meaning{TPM2_RC_POLICY_FAIL, ErrorKind::denied, "its policy does not allow it"},
    Meaning{TPM2_RC_HANDLE, ErrorKind::corrupt_state,
            "this TPM does not hold it: it is another TPM than the case's, or was cleared"},
    Meaning{TPM2_RC_INTEGRITY, ErrorKind::corrupt_state,
            "a key of the seal was not made by this TPM: it is another TPM than the case's, was "
            "cleared, or the seal was changed"},
    Meaning{TPM2_RC_NV_UNINITIALIZED, ErrorKind::corrupt_state,
            "what it counts with was removed and made anew: it can't be opened with any more"},
    Meaning{TPM2_RC_ATTRIBUTES, ErrorKind::unreachable,
            "the TPM makes no such thing: indexes that count uses (PIN-PASS) came with revision "
            "1.38 of TPM 2.0"},
    Meaning{TPM2_RC_NV_RATE, ErrorKind::unreachable,
            "the TPM lets nothing be written for a while: wait some seconds and try again"},
    Meaning{TPM2_RC_NV_SPACE, ErrorKind::unreachable,
            "the TPM has no room left: remove indexes or keys that nobody needs"},
    Meaning{TPM2_RC_OBJECT_MEMORY, ErrorKind::unreachable,
            "the TPM has no room left: flush what other programs left in it, or use /dev/tpmrm0"},
    Meaning{TPM2_RC_SESSION_MEMORY, ErrorKind::unreachable,
            "the TPM has no room left: flush what other programs left in it, or use /dev/tpmrm0"},
    Meaning{TPM2_RC_INITIALIZE, ErrorKind::unreachable,
            "the TPM was not started: have the system start it (TPM2_Startup)"},
    Meaning{TPM2_RC_FAILURE, ErrorKind::unreachable,
            "the TPM is in failure mode: restart the machine"},
};

bool is_of_tpm(TSS2_RC code) {
    return (code & TSS2_RC_LAYER_MASK) == TSS2_TPM_RC_LAYER ||
           (code & TSS2_RC_LAYER_MASK) == TSS2_RESMGR_TPM_RC_LAYER;
}

bool is_of_transport(TSS2_RC code) {
    return (code & 0xFFFFU) == TSS2_BASE_RC_IO_ERROR ||
           (code & 0xFFFFU) == TSS2_BASE_RC_NO_CONNECTION ||
           (code & TSS2_RC_LAYER_MASK) == TSS2_TCTI_RC_LAYER;
}

}  // namespace

Result<const Library*> library() {
    const Loaded& loaded = loaded_once();
    if (!loaded.failure.empty()) {
        return fail(ErrorKind::unreachable, fmt::format("cannot use a TPM: {}", loaded.failure));
    }
    return &loaded.functions;
}

TPM2_RC bare_code(TSS2_RC code) {
    if (!is_of_tpm(code)) {
        return 0;
    }
    const bool about_something = (code & TPM2_RC_FMT1) != 0;
    return code & (about_something ? TPM2_RC_FMT1 | 0x3FU : 0xFFFU);
}

std::unexpected<base::Error> failure(TSS2_RC code, std::string_view doing) {
    const auto known = std::ranges::find(k_meanings, bare_code(code), &Meaning::code);
    if (known != k_meanings.end()) {
        return fail(known->kind, fmt::format("{}: {}", doing, known->words));
    }
    if (is_of_transport(code)) {
        return fail(ErrorKind::unreachable,
                    fmt::format("{}: the TPM does not answer (tpm2-tss 0x{:x}): look whether it is "
                                "there and whether you may use it",
                                doing, code));
    }
    return fail(ErrorKind::unreachable,
                fmt::format("{}: the TPM refuses (TPM_RC 0x{:x}; `tpm2_rc_decode 0x{:x}` tells it "
                            "in words)",
                            doing, code, code));
}

Result<void> check(TSS2_RC code, std::string_view doing) {
    if (code != TSS2_RC_SUCCESS) {
        return failure(code, doing);
    }
    return {};
}

void wipe_and_free(void* memory, std::size_t size) {
    sodium_memzero(memory, size);
    loaded_once().functions.free(memory);
}

Result<Context> Context::connect(const std::string& configuration) {
    Context context(TRY(library()));
    const auto unreachable = [&](TSS2_RC code) {
        return fail(ErrorKind::unreachable,
                    fmt::format("no TPM at {} (tpm2-tss 0x{:x}): give one such as "
                                "device:/dev/tpmrm0 that is there and that you may use",
                                base::shown(configuration), code));
    };
    if (const TSS2_RC code = context.tss_->open_tcti(configuration.c_str(), &context.tcti_);
        code != TSS2_RC_SUCCESS) {
        context.tcti_ = nullptr;
        return unreachable(code);
    }
    if (const TSS2_RC code = context.tss_->initialize(&context.esys_, context.tcti_, nullptr);
        code != TSS2_RC_SUCCESS) {
        context.esys_ = nullptr;
        return unreachable(code);
    }
    return context;
}

Context::Context(Context&& other) noexcept
    : tss_(other.tss_),
      tcti_(std::exchange(other.tcti_, nullptr)),
      esys_(std::exchange(other.esys_, nullptr)) {}

Context& Context::operator=(Context&& other) noexcept {
    std::swap(tss_, other.tss_);
    std::swap(tcti_, other.tcti_);
    std::swap(esys_, other.esys_);
    return *this;
}

Context::~Context() {
    if (esys_ != nullptr) {
        tss_->finalize(&esys_);
    }
    if (tcti_ != nullptr) {
        tss_->close_tcti(&tcti_);
    }
}

void Handle::close() {
    if (handle_ == ESYS_TR_NONE) {
        return;
    }
    const Library& tss = context_->tss();
    if (!transient_ || tss.flush(context_->get(), handle_) != TSS2_RC_SUCCESS) {
        tss.close(context_->get(), &handle_);
    }
    handle_ = ESYS_TR_NONE;
}

Result<Handle> find(const Context& context, TPM2_HANDLE handle, const TpmName& name,
                    std::string_view what) {
    Handle found(context);
    const auto doing = fmt::format("looking for {} at 0x{:08x} in the TPM", what, handle);
    TRY(check(context.tss().from_public(context.get(), handle, ESYS_TR_NONE, ESYS_TR_NONE,
                                        ESYS_TR_NONE, found.lasting()),
              doing));
    Owned<TPM2B_NAME> told;
    TRY(check(context.tss().get_name(context.get(), found.get(), told.out()), doing));
    if (!std::ranges::equal(view(*told), name)) {
        return fail(ErrorKind::corrupt_state,
                    fmt::format("{}: what is there has another name than the seal says: it was "
                                "made anew, or the seal was changed; don't enter a passphrase",
                                doing));
    }
    return found;
}

namespace {

constexpr std::string_view k_opening = "opening a session with the TPM";

Result<Handle> start(const Context& context, ESYS_TR salted_to, TPM2_SE type) {
    Handle session(context);
    const TPMT_SYM_DEF cipher{
        .algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
    TRY(check(context.tss().start_session(context.get(), salted_to, ESYS_TR_NONE, ESYS_TR_NONE,
                                          ESYS_TR_NONE, ESYS_TR_NONE, nullptr, type, &cipher,
                                          TPM2_ALG_SHA256, session.transient()),
              k_opening));
    return session;
}

}  // namespace

Result<Handle> start_policy(const Context& context) {
    return start(context, ESYS_TR_NONE, TPM2_SE_POLICY);
}

Result<Handle> start_encrypting(const Context& context, const Handle& salted_to) {
    Handle session = TRY(start(context, salted_to.get(), TPM2_SE_HMAC));
    const TPMA_SESSION attributes =
        TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT | TPMA_SESSION_CONTINUESESSION;
    TRY(check(context.tss().set_attributes(context.get(), session.get(), attributes, attributes),
              k_opening));
    return session;
}

}  // namespace cheget::briefcase::tss
