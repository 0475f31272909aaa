// Results: every failure is a value that says what failed, on what, why, and what to do.
#pragma once

#include <expected>
#include <string>
#include <type_traits>
#include <utility>

namespace cheget::base {

/// What kind of failure it was. The values are the documented exit codes of the programs.
enum class ErrorKind : int {
    denied = 1,           ///< the policy does not permit it, and waiting will not help
    usage = 2,            ///< the command line is off
    waiting = 3,          ///< not permitted yet
    bad_input = 4,        ///< a file, a statement, a signature or a message is malformed or forged
    unknown_outcome = 5,  ///< an action began and nobody knows how it ended
    unreachable = 6,      ///< a file, an agent or a server could not be reached
    corrupt_state = 7,    ///< our own stored state does not hold together
    command_failed = 8,   ///< the permitted command itself failed
};

/// A failure. `message` is one style everywhere: what failed, on what, why, what to do; it starts
/// in lower case, has no full stop at its end, and may hold several lines (a caret under a source
/// line). It holds no secret.
struct Error {
    ErrorKind kind = ErrorKind::bad_input;
    std::string message;

    bool operator==(const Error&) const = default;
};

template <typename T>
using Result = std::expected<T, Error>;

/// A failure of the given kind, ready to be returned from a function that gives a Result.
inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
    return std::unexpected<Error>(Error{kind, std::move(message)});
}

/// A failure of kind bad_input: the commonest one in parsers.
inline std::unexpected<Error> bad_input(std::string message) {
    return fail(ErrorKind::bad_input, std::move(message));
}

/// The same failure, told with its surroundings: "`context`: message".
inline Error within(std::string context, Error error) {
    error.message = std::move(context) + ": " + error.message;
    return error;
}

}  // namespace cheget::base

// TRY(expression): the value of a Result, or a return from the enclosing function with its error.
// Use it as a whole initializer or statement, not inside another call's argument list: g++ 12 does
// not destroy half-built arguments when a statement expression returns.
#define TRY(...)                                                                      \
    ({                                                                                \
        auto&& cheget_try_result = (__VA_ARGS__);                                     \
        if (!cheget_try_result) {                                                     \
            return std::unexpected(std::move(cheget_try_result).error());             \
        }                                                                             \
        static_cast<std::remove_cvref_t<decltype(*std::move(cheget_try_result))>>(    \
            *std::move(cheget_try_result));                                           \
    })
