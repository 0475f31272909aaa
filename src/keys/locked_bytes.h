// Memory for secrets: locked, between guard pages, wiped when it goes. Internal to keys/.
#pragma once

#include <sodium.h>

#include <memory>
#include <span>

#include "base/bytes.h"

namespace cheget::keys {

/// A buffer of fixed size from sodium_malloc; sodium_init must have succeeded before.
class LockedBytes {
  public:
    static base::Result<LockedBytes> make(std::size_t size) {
        LockedBytes bytes(static_cast<std::uint8_t*>(sodium_malloc(size)), size);
        if (bytes.memory_ == nullptr) {
            return base::fail(base::ErrorKind::unreachable,
                              "no locked memory for a secret: raise the limit on locked memory "
                              "(ulimit -l)");
        }
        return bytes;
    }

    std::span<std::uint8_t> span() { return {memory_.get(), size_}; }
    base::BytesView view() const { return {memory_.get(), size_}; }

  private:
    struct Free {
        void operator()(std::uint8_t* memory) const { sodium_free(memory); }
    };
    LockedBytes(std::uint8_t* memory, std::size_t size) : memory_(memory), size_(size) {}

    std::unique_ptr<std::uint8_t, Free> memory_;
    std::size_t size_;
};

}  // namespace cheget::keys
