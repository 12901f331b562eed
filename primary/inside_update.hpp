#pragma once
// Updates that come from within: from the control socket and from HTTP. They go the same way as those from
// the network, and are answered to whoever made them.
//
// Threads: housekeeping. Errors: RCODEs, as a client would see them. Security: what they may change is said
// by the rule that comes with them, in place of the zone's.

#include "primary/updates.hpp"

#include <string>

namespace lockstep {

/// How an update from within was answered.
struct InsideAnswer {
    Rcode rcode = Rcode::SERVFAIL;
    std::string text;  // of its Extended DNS Error; may be empty
};

/// Resource type.
class InsideUpdates {
public:
    InsideUpdates(Updates& updates, Server& server) : updates_(updates), server_(server) {}

    /// `message` is an UPDATE of `zone` whose zone section names the root, without compressed names. `rule`
    /// is all that it may do; `by` is what the log calls whoever made it.
    [[nodiscard]] awaitable<InsideAnswer> carry_out(OctetString message, Name zone, UpdateRule rule,
                                                    std::string by);

private:
    Updates& updates_;
    Server& server_;
    std::uint16_t last_ = 0;  // so that two alike are not taken for one that came twice
};

}  // namespace lockstep
