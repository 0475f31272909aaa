// tpm2-tss's ESAPI, loaded when a TPM is first asked for: a command without one never sees it.
// Internal to briefcase/.
#pragma once

#include <tss2/tss2_esys.h>
#include <tss2/tss2_tctildr.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "briefcase/tpm_line.h"

namespace cheget::briefcase::tss {

/// The functions, each of its type in the header.
struct Library {
    decltype(&::Tss2_TctiLdr_Initialize) open_tcti;
    decltype(&::Tss2_TctiLdr_Finalize) close_tcti;
    decltype(&::Esys_Initialize) initialize;
    decltype(&::Esys_Finalize) finalize;
    decltype(&::Esys_Free) free;
    decltype(&::Esys_TR_FromTPMPublic) from_public;
    decltype(&::Esys_TR_GetName) get_name;
    decltype(&::Esys_TR_SetAuth) set_auth;
    decltype(&::Esys_TR_Close) close;
    decltype(&::Esys_TRSess_SetAttributes) set_attributes;
    decltype(&::Esys_TRSess_GetNonceTPM) get_nonce;
    decltype(&::Esys_StartAuthSession) start_session;
    decltype(&::Esys_FlushContext) flush;
    decltype(&::Esys_GetCapability) get_capability;
    decltype(&::Esys_GetRandom) get_random;
    decltype(&::Esys_CreatePrimary) create_primary;
    decltype(&::Esys_EvictControl) evict_control;
    decltype(&::Esys_Create) create;
    decltype(&::Esys_Load) load;
    decltype(&::Esys_LoadExternal) load_external;
    decltype(&::Esys_HMAC) hmac;
    decltype(&::Esys_PolicySigned) policy_signed;
    decltype(&::Esys_PolicySecret) policy_secret;
    decltype(&::Esys_PolicyOR) policy_or;
    decltype(&::Esys_PolicyCommandCode) policy_command_code;
    decltype(&::Esys_NV_DefineSpace) nv_define;
    decltype(&::Esys_NV_UndefineSpace) nv_undefine;
    decltype(&::Esys_NV_Write) nv_write;
    decltype(&::Esys_NV_Increment) nv_increment;
    decltype(&::Esys_NV_Read) nv_read;
    decltype(&::Esys_NV_Certify) nv_certify;
};

/// Fails with unreachable if tpm2-tss isn't installed.
base::Result<const Library*> library();

/// What a failure of the TPM means, and what to do: `doing` is what was asked of it. Fails with
/// unreachable if it can't be asked at all, or later; with corrupt_state if what the seal names is
/// gone; else with denied.
std::unexpected<base::Error> failure(TSS2_RC code, std::string_view doing);
/// Nothing, where it succeeded.
base::Result<void> check(TSS2_RC code, std::string_view doing);
/// The TPM's own code (Part 2, TPM_RC) without which handle, session or parameter it is about; 0
/// where another layer failed.
TPM2_RC bare_code(TSS2_RC code);

void wipe_and_free(void* memory, std::size_t size);

/// Memory that ESAPI allocated; wiped before it is given back.
template <typename Type>
class Owned {
  public:
    Owned() = default;
    ~Owned() { reset(); }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    Owned(Owned&&) = delete;
    Owned& operator=(Owned&&) = delete;

    Type** out() {
        reset();
        return &memory_;
    }
    const Type* operator->() const { return memory_; }
    const Type& operator*() const { return *memory_; }

  private:
    void reset() {
        if (memory_ != nullptr) {
            wipe_and_free(memory_, sizeof(Type));
            memory_ = nullptr;
        }
    }
    Type* memory_ = nullptr;
};
/// A connection: the TCTI and the context over it.
class Context {
  public:
    static base::Result<Context> connect(const std::string& configuration);
    Context(Context&& other) noexcept;
    Context& operator=(Context&& other) noexcept;
    ~Context();

    const Library& tss() const { return *tss_; }
    ESYS_CONTEXT* get() const { return esys_; }

  private:
    explicit Context(const Library* tss) : tss_(tss) {}
    const Library* tss_;
    TSS2_TCTI_CONTEXT* tcti_ = nullptr;
    ESYS_CONTEXT* esys_ = nullptr;
};

/// An object, index or session of the context; transient ones and sessions are flushed from the
/// TPM when it goes, others forgotten here alone.
class Handle {
  public:
    explicit Handle(const Context& context) : context_(&context) {}
    ~Handle() { close(); }
    Handle(Handle&& other) noexcept
        : context_(other.context_),
          handle_(std::exchange(other.handle_, ESYS_TR_NONE)),
          transient_(other.transient_) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    Handle& operator=(Handle&&) = delete;

    ESYS_TR get() const { return handle_; }
    /// Where ESAPI puts a transient object or a session.
    ESYS_TR* transient() {
        close();
        transient_ = true;
        return &handle_;
    }
    /// Where it puts what stays in the TPM.
    ESYS_TR* lasting() {
        close();
        transient_ = false;
        return &handle_;
    }
    /// ESAPI closed it with the command that removed it.
    void forget() { handle_ = ESYS_TR_NONE; }
    void close();

  private:
    const Context* context_;
    ESYS_TR handle_ = ESYS_TR_NONE;
    bool transient_ = false;
};

/// The resource at a handle of the TPM, if its name is this one; else fails with corrupt_state.
base::Result<Handle> find(const Context& context, TPM2_HANDLE handle, const TpmName& name,
                          std::string_view what);
/// A policy session, or with `salted_to` one under whose HMAC and cipher parameters travel.
base::Result<Handle> start_policy(const Context& context);
base::Result<Handle> start_encrypting(const Context& context, const Handle& salted_to);

/// A fixed-size TPM2B with these bytes, which must fit.
template <typename Sized>
Sized sized(base::BytesView bytes) {
    Sized made{};
    made.size = static_cast<UINT16>(bytes.size());
    auto* const to = reinterpret_cast<std::uint8_t*>(&made) + sizeof(made.size);
    std::copy_n(bytes.begin(), std::min(bytes.size(), sizeof(made) - sizeof(made.size)), to);
    return made;
}
template <typename Sized>
base::BytesView view(const Sized& from) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&from) + sizeof(from.size);
    return {bytes, std::min<std::size_t>(from.size, sizeof(from) - sizeof(from.size))};
}

// The public areas of what is made, as tpm_line.h names them.
TPM2B_PUBLIC public_of_storage(const TpmPoint& point);
TPM2B_PUBLIC public_of_answer(const TpmLine& line);
TPM2B_PUBLIC public_of_attest(const TpmPoint& point);
TPM2B_PUBLIC public_of_outside(const TpmPoint& point);
TPM2B_NV_PUBLIC public_of_tries(const TpmLine& line);
TPM2B_NV_PUBLIC public_of_counter(const TpmLine& line);
/// r and s, 32 bytes each, to what TPM2_PolicySigned takes and from what TPM2_NV_Certify gives.
TPMT_SIGNATURE signature_of(base::BytesView numbers);
base::Result<base::Bytes> numbers_of(const TPMT_SIGNATURE& signature);
base::Result<TpmPoint> point_of(const TPM2B_PUBLIC& area);

}  // namespace cheget::briefcase::tss
