#pragma once
// The answer to one query of class IN, from whatever zones we have.
//
// Threads: one a worker. Errors: none: every query has an answer. Limits: 18 links of CNAME and DNAME.
// Security: loops end; no allocation. Standards: RFC 1034 §4.3.2, RFC 2308, RFC 6672 §3.2, RFC 8482, RFC
// 8914.

#include "answer/rate_limit.hpp"
#include "answer/sections.hpp"
#include "store/zone_table.hpp"
#include "wire/edns.hpp"
#include "wire/writer.hpp"
#include "zone/nsec3.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace lockstep {

/// An Extended DNS Error with its words (RFC 8914); text of static storage.
struct ToldError {
    ExtendedError code = ExtendedError::Other;
    std::string_view text;
};

/// What an answer is beside its records. Value type.
struct QueryOutcome {
    Rcode rcode = Rcode::NOERROR;
    bool authoritative = false;
    bool truncated = false;
    std::optional<ToldError> error{};
    ResponseKind kind{};  // of the query's zone and name
};

/// The zone that answers for `name`: for DS at an apex the parent's, where it is ours too (RFC 4035
/// §3.1.4.1). Null where none is ours.
[[nodiscard]] const ServedZone* find_zone(const ZoneTable& zones, const LabelledName& name, RrType type);

/// Why a zone's content cannot be given out, if it cannot.
[[nodiscard]] std::optional<ToldError> unservable(const ServedZone& zone);

/// Resource type: keeps names that DNAMEs make while a reply is written.
class QueryAnswerer {
public:
    static constexpr std::size_t max_links = 18;

    /// Writes the sections behind the question, whose name must be `name`. `type` is no meta type but ANY.
    [[nodiscard]] QueryOutcome answer(const ZoneTable& zones, NameView name, RrType type, Dnssec dnssec,
                                      MessageWriter& writer);

private:
    std::array<Name, max_links> synthesized_;
    Nsec3Hasher hasher_;
};

}  // namespace lockstep
