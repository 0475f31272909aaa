// Memory for secrets: locked, between guard pages, wiped when it goes. Internal to keys/.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <memory>
#include <span>

#include "base/bytes.h"

namespace cheget::keys {

/// Makes libsodium ready; it may be called again and from several threads.
inline base::Result<void> start_sodium() {
    if (sodium_init() < 0) {
        return base::fail(base::ErrorKind::unreachable,
                          "libsodium cannot start: the system gives no random bytes");
    }
    return {};
}

/// A buffer from sodium_malloc; start_sodium must have succeeded before.
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

    /// Gives up all but the first `size` bytes of what view() and span() show.
    void shorten(std::size_t size) { size_ = std::min(size_, size); }

  private:
    struct Free {
        void operator()(std::uint8_t* memory) const { sodium_free(memory); }
    };
    LockedBytes(std::uint8_t* memory, std::size_t size) : memory_(memory), size_(size) {}

    std::unique_ptr<std::uint8_t, Free> memory_;
    std::size_t size_;
};

}  // namespace cheget::keys
