#pragma once
// Expected failures as values. `std::expected` is named in this header only.

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep {

/// What kind of failure it was: callers branch on this, people read the text.
enum class ErrorCode {
    Invalid,      // the input is not well-formed or breaks a rule
    NotFound,     // what was asked for does not exist
    Exists,       // it is there already
    Refused,      // policy says no
    Limit,        // a configured or protocol limit was reached
    Io,           // the operating system failed us (disk, socket, file)
    Timeout,      // it did not happen in time
    Corrupt,      // stored content failed its checksum or its shape
    Unsupported,  // well-formed, but not something we do
    Cancelled,    // we are stopping
};

/// A failure with its story, outermost context first. Value type.
struct Error {
    ErrorCode code = ErrorCode::Invalid;
    std::string text;

    /// The same error with `context: ` in front.
    [[nodiscard]] Error in(std::string_view context) && {
        text.insert(0, ": ").insert(0, context);
        return std::move(*this);
    }
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string text) {
    return std::unexpected(Error{code, std::move(text)});
}

/// `std::expected` with an error type of one's own, e.g. a one-byte enum on the packet path.
template <class T, class E>
using Expected = std::expected<T, E>;
template <class E>
[[nodiscard]] std::unexpected<E> unexpected(E error) {
    return std::unexpected<E>(std::move(error));
}

}  // namespace lockstep

#define DNS_CONCAT_(a, b) a##b
#define DNS_CONCAT(a, b) DNS_CONCAT_(a, b)

/// Returns the error of `expression` from the calling function, if it failed.
#define DNS_TRY(expression)                                                   \
    do {                                                                      \
        if (auto dns_try_result = (expression); !dns_try_result) {            \
            return ::lockstep::unexpected(std::move(dns_try_result).error()); \
        }                                                                     \
    } while (false)

/// `DNS_TRY_ASSIGN(auto x, f())`: x is f's value, or the calling function returns f's error.
#define DNS_TRY_ASSIGN(declaration, expression)                                              \
    auto DNS_CONCAT(dns_result_, __LINE__) = (expression);                                   \
    if (!DNS_CONCAT(dns_result_, __LINE__)) {                                                \
        return ::lockstep::unexpected(std::move(DNS_CONCAT(dns_result_, __LINE__)).error()); \
    }                                                                                        \
    declaration = std::move(*DNS_CONCAT(dns_result_, __LINE__))

/// The same inside a coroutine.
#define DNS_CO_TRY_ASSIGN(declaration, expression)                                              \
    auto DNS_CONCAT(dns_result_, __LINE__) = (expression);                                      \
    if (!DNS_CONCAT(dns_result_, __LINE__)) {                                                   \
        co_return ::lockstep::unexpected(std::move(DNS_CONCAT(dns_result_, __LINE__)).error()); \
    }                                                                                           \
    declaration = std::move(*DNS_CONCAT(dns_result_, __LINE__))
