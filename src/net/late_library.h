// Shared libraries that are loaded when they are first needed. libcurl and libmicrohttpd bring
// thirty others along, which would take longer to load than most commands take to run; few of them
// ask or serve anybody.
#pragma once

#include <string>

namespace cheget::net {

/// Stays loaded until the process ends.
class LateLibrary {
  public:
    /// `name` is the name that the dynamic linker knows it by, such as libcurl.so.4; it is looked
    /// for where those are that are linked, and every symbol is bound at once.
    explicit LateLibrary(const char* name);

    /// A function, to be kept in a pointer of its type: `decltype(&::curl_easy_init) init =
    /// library["curl_easy_init"]`. Null if it isn't there; see failure().
    class Symbol {
      public:
        explicit Symbol(void* address) : address_(address) {}
        template <typename Function>
        operator Function*() const {
            return reinterpret_cast<Function*>(address_);
        }

      private:
        void* address_;
    };
    Symbol operator[](const char* function);

    /// Why the library or one of the functions asked for so far is missing; empty when all are
    /// there.
    const std::string& failure() const { return failure_; }

  private:
    void* handle_;
    std::string failure_;
};

}  // namespace cheget::net
