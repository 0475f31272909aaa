// What tpm.cpp and tpm_prepare.cpp share. Internal to briefcase/.
#pragma once

#include "briefcase/tpm.h"
#include "briefcase/tss.h"

namespace cheget::briefcase {

struct Tpm::Impl {
    explicit Impl(tss::Context connected) : context(std::move(connected)) {}
    tss::Context context;
};

/// Writes count 0 and the line's limit under a signature by `by`, which is one of the two keys of
/// the index's policy. `name` is the index's now: it changes with the first write.
base::Result<void> write_tries_signed(const tss::Context& context, const tss::Handle& index,
                                      const TpmLine& line, const TpmPoint& by, base::BytesView name,
                                      const SignReset& sign);

}  // namespace cheget::briefcase
