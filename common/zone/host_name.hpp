#pragma once
// What names of hosts look like. Threads: pure. Standards: RFC 952, RFC 1123 §2.1.

#include "wire/name.hpp"

namespace lockstep {

/// Letters, digits and hyphens, no hyphen at either end of a label. The root is one, as it stands for no
/// host.
[[nodiscard]] bool is_host_name(NameView name);

/// Whether what stands before `apex`, or all of a name outside it, reads as an IPv4 address: `192.0.2.1`
/// where a host should be.
[[nodiscard]] bool reads_as_ipv4(NameView name, NameView apex);

}  // namespace lockstep
