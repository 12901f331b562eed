#pragma once
// Why something between two servers did not work: what `last_error`, `history` and the log tell.
//
// Threads: values.

#include "base/clock.hpp"
#include "base/log_limiter.hpp"
#include "wire/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// The step that failed, as INTERFACE names them.
enum class Stage : std::uint8_t { Connect, Tls, Tsig, Acl, Rcode, Parse, Check, Apply, Store, Timeout };
[[nodiscard]] std::string_view to_string(Stage stage);

/// Value type.
struct Failure {
    WallTime at{};
    Stage stage = Stage::Timeout;
    std::string peer;    // its configured name
    std::string zone;    // empty where no zone is concerned
    std::string text;    // what was expected, what came
    std::string remedy;  // what the operator can do
};

/// `zone: peer: text (remedy)` on one line.
[[nodiscard]] std::string to_string(const Failure& failure);

/// Which failures are worth a line in the log: one in ten seconds for each peer and stage, as a peer that is
/// gone fails for every zone. Resource type.
class FailureLimiter {
public:
    explicit FailureLimiter(const Clock& clock) : limiter_(clock) {}
    /// Where the line may be written, how many were held back since the last.
    [[nodiscard]] std::optional<std::uint64_t> admit(const Failure& failure) {
        return limiter_.admit(failure.peer + ' ' + std::string(to_string(failure.stage)));
    }

private:
    LogLimiter limiter_;
};

/// What a peer's RCODE to `what` ("NOTIFY", "SOA query", "IXFR") means and what to do. `told` is the text of
/// its extended error, if it sent one.
[[nodiscard]] Failure rcode_failure(std::string_view what, Rcode rcode, std::string_view told);

}  // namespace lockstep
