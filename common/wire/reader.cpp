#include "wire/reader.hpp"

namespace lockstep {

WireResult<Question> MessageReader::question() {
    std::size_t at = 0;
    DNS_TRY_ASSIGN(const Name name, Name::read(message_, at_, message_.size(), at));
    if (message_.size() - at < 4) return unexpected(WireError::Truncated);
    const auto* fixed = message_.data() + at;
    at_ = at + 4;
    return Question{name, RrType{load_big_endian<std::uint16_t>(fixed)},
                    RrClass{load_big_endian<std::uint16_t>(fixed + 2)}};
}

WireResult<WireRecord> MessageReader::record() {
    std::size_t at = 0;
    DNS_TRY_ASSIGN(const Name owner, Name::read(message_, at_, message_.size(), at));
    if (message_.size() - at < 10) return unexpected(WireError::Truncated);
    const auto* fixed = message_.data() + at;
    const WireRecord record{.owner = owner,
                            .type = RrType{load_big_endian<std::uint16_t>(fixed)},
                            .rr_class = RrClass{load_big_endian<std::uint16_t>(fixed + 2)},
                            .raw_ttl = load_big_endian<std::uint32_t>(fixed + 4),
                            .start = at_,
                            .rdata_at = at + 10,
                            .rdata_octets = load_big_endian<std::uint16_t>(fixed + 8)};
    if (message_.size() - record.rdata_at < record.rdata_octets) return unexpected(WireError::Truncated);
    at_ = record.rdata_at + record.rdata_octets;
    return record;
}

}  // namespace lockstep
