#include "wire/error.hpp"

namespace lockstep {

std::string_view to_string(WireError error) {
    switch (error) {
    case WireError::Truncated: return "ends before all that it announces";
    case WireError::NameTooLong: return "name longer than 255 octets";
    case WireError::LabelTooLong: return "label longer than 63 octets";
    case WireError::BadLabelType: return "label of an unknown type";
    case WireError::BadPointer:
        return "compression pointer that does not go strictly backwards, or is not allowed here";
    case WireError::BadRdata: return "RDATA that does not fit its type";
    case WireError::Trailing: return "octets after the end";
    case WireError::BadSection: return "a record where it must not be";
    case WireError::NoSpace: return "does not fit";
    case WireError::EmptyLabel: return "empty label";
    case WireError::BadEscape: return "bad escape: \\DDD is three digits up to 255";
    case WireError::Relative: return "relative name, and no origin to complete it";
    }
    return "unknown error";
}

}  // namespace lockstep
