// dlopen, as the dynamic linker itself would do it at the start.
#include "net/late_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "base/text.h"

namespace cheget::net {

LateLibrary::LateLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) {
        const char* why = ::dlerror();
        failure_ = fmt::format("the library {} can't be loaded: {}; install it", name,
                               base::shown(why == nullptr ? "no reason told" : why));
    }
}

LateLibrary::Symbol LateLibrary::operator[](const char* function) {
    void* address = handle_ == nullptr ? nullptr : ::dlsym(handle_, function);
    if (address == nullptr && failure_.empty()) {
        failure_ = fmt::format("the library has no function {}; install a newer one", function);
    }
    return Symbol(address);
}

}  // namespace cheget::net
