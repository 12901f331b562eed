#pragma once
// Why octets were no message, name or RDATA: one octet, no allocation, for the packet path.

#include "base/result.hpp"

#include <cstdint>
#include <string_view>

namespace lockstep {

enum class WireError : std::uint8_t {
    Truncated,     // fewer octets than announced
    NameTooLong,   // over 255 octets
    LabelTooLong,  // over 63 octets
    BadLabelType,  // 0x40 or 0x80
    BadPointer,    // not strictly backwards, or into the header, or not allowed here
    BadRdata,      // RDATA that does not fit its type's layout
    Trailing,      // octets after the end
    BadSection,    // a record where it must not be (OPT or TSIG misplaced, twice)
    NoSpace,       // does not fit the space left
    EmptyLabel,    // `..` in text
    BadEscape,     // `\256`, `\` at the end
    Relative,      // a relative name where no origin is
};

template <class T>
using WireResult = Expected<T, WireError>;

[[nodiscard]] std::string_view to_string(WireError error);

}  // namespace lockstep
