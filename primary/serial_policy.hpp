#pragma once
// Which serial changed content is served under (INTERFACE.md, "Serial policies"). PURE.
//
// Threads: pure functions. Errors: Refused, naming both serials. Standards: RFC 1982, RFC 1912 §2.2.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/zones.hpp"
#include "wire/serial.hpp"

#include <optional>
#include <string>

namespace lockstep {

enum class SerialStyle { Plain, Date, UnixTime };

/// How the serial was made: YYYYMMDDnn from 1980 up to tomorrow, whatever the digits of the day, seconds
/// since 1970 within ten years before `now`, or a plain number.
[[nodiscard]] SerialStyle style_of(Serial serial, WallTime now);
/// The next one in that style: today's first, or now, where that is newer, else one more.
[[nodiscard]] Serial next_serial(Serial present, SerialStyle style, WallTime now);

enum class Content { Same, Changed };

struct SerialChoice {
    Serial serial;
    std::string note;  // for the operator, where it is not simply the file's
};

/// The serial to serve. `file` is the master file's, `served` the one served now (nothing: no content yet),
/// `content` whether anything but the serial differs. Errors: Refused (manual: changed content without a
/// newer serial).
[[nodiscard]] Result<SerialChoice> choose_serial(SerialPolicy policy, Serial file,
                                                 std::optional<Serial> served, Content content, WallTime now);

}  // namespace lockstep
