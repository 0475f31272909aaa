# cheget_library(NAME USES libraries...): the folder src/NAME as the library cheget_NAME, made of
# every .cpp in it that is not a test, and with CHEGET_TESTS the program NAME_test made of the
# files *_test.cpp that lie beside their subjects. ctest lists each test as NAME.Suite.Test.
include(GoogleTest)

set(CHEGET_TEST_ENVIRONMENT
  "CHEGET_SOURCE=${CMAKE_SOURCE_DIR};CHEGET_BIN=${CMAKE_BINARY_DIR}/bin")
if(CHEGET_INSTRUMENTED)
  list(APPEND CHEGET_TEST_ENVIRONMENT CHEGET_INSTRUMENTED=1)
endif()

function(cheget_library name)
  cmake_parse_arguments(argument "" "" "USES;TEST_USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(cheget_${name} STATIC ${sources})
    target_link_libraries(cheget_${name} PUBLIC cheget_flags ${argument_USES})
  else()
    add_library(cheget_${name} INTERFACE)
    target_link_libraries(cheget_${name} INTERFACE cheget_flags ${argument_USES})
  endif()
  if(CHEGET_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE cheget_${name} ${argument_TEST_USES}
      GTest::gmock GTest::gtest_main)
    if(CHEGET_FUZZ)
      # What is tested stays fast; the tests themselves take longer to optimize than to run.
      target_compile_options(${name}_test PRIVATE -O0)
    endif()
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
      PROPERTIES TIMEOUT 300 ENVIRONMENT "${CHEGET_TEST_ENVIRONMENT}")
  endif()
endfunction()
