# Warnings, hardening and sanitizers: one interface target that everything of ours links.
add_library(cheget_flags INTERFACE)
target_compile_options(cheget_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough -Werror=return-type
  -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Clang 19 warns of what std::stable_sort of libstdc++ 12 uses within itself.
  target_compile_options(cheget_flags INTERFACE -Wno-deprecated-declarations)
endif()
target_include_directories(cheget_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
target_compile_definitions(cheget_flags INTERFACE CHEGET_VERSION="${PROJECT_VERSION}")

set(CHEGET_INSTRUMENTED OFF)
if(CHEGET_SANITIZE OR CMAKE_CXX_FLAGS MATCHES "-fprofile")
  set(CHEGET_INSTRUMENTED ON)
endif()

if(CHEGET_SANITIZE)
  target_compile_options(cheget_flags INTERFACE -fsanitize=${CHEGET_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(cheget_flags INTERFACE -fsanitize=${CHEGET_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(cheget_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS
    -fstack-protector-strong -fstack-clash-protection -fcf-protection)
  target_link_options(cheget_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -pie)
endif()
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
