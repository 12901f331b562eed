#pragma once
// The SOA's RDATA as fields. Standards: RFC 1035 §3.3.13, RFC 2308 §4.

#include "base/bytes.hpp"
#include "wire/error.hpp"
#include "wire/serial.hpp"
#include "wire/stored_name.hpp"

#include <chrono>

namespace lockstep {

/// A zone's version and timers. Value type.
struct Soa {
    StoredName mname;
    StoredName rname;
    Serial serial;
    std::chrono::seconds refresh{0};
    std::chrono::seconds retry{0};
    std::chrono::seconds expire{0};
    std::chrono::seconds minimum{0};

    /// From uncompressed RDATA. Errors: those of Name::read, Truncated, Trailing.
    [[nodiscard]] static WireResult<Soa> read(Octets rdata);
    [[nodiscard]] OctetString rdata() const;
};

/// The serial within SOA RDATA that is known to be well-formed; no names are read.
[[nodiscard]] Serial soa_serial(Octets rdata);

}  // namespace lockstep
