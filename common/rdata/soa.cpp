#include "rdata/soa.hpp"

namespace lockstep {
namespace {

constexpr std::size_t numbers_octets = 20;

std::uint32_t as_number(std::chrono::seconds seconds) {
    return static_cast<std::uint32_t>(seconds.count());
}

}  // namespace

WireResult<Soa> Soa::read(Octets rdata) {
    Soa soa;
    DNS_TRY_ASSIGN(soa.mname, Name::read_uncompressed(rdata));
    rdata = rdata.subspan(soa.mname.octets().size());
    DNS_TRY_ASSIGN(soa.rname, Name::read_uncompressed(rdata));
    rdata = rdata.subspan(soa.rname.octets().size());
    if (rdata.size() < numbers_octets) return unexpected(WireError::Truncated);
    if (rdata.size() > numbers_octets) return unexpected(WireError::Trailing);
    const auto number = [rdata](std::size_t index) {
        return load_big_endian<std::uint32_t>(rdata.data() + 4 * index);
    };
    soa.serial = Serial{number(0)};
    soa.refresh = std::chrono::seconds{number(1)};
    soa.retry = std::chrono::seconds{number(2)};
    soa.expire = std::chrono::seconds{number(3)};
    soa.minimum = std::chrono::seconds{number(4)};
    return soa;
}

OctetString Soa::rdata() const {
    OctetString out;
    out.reserve(mname.octets().size() + rname.octets().size() + numbers_octets);
    append_octets(out, mname.octets());
    append_octets(out, rname.octets());
    append_big_endian(out, serial.value());
    append_big_endian(out, as_number(refresh));
    append_big_endian(out, as_number(retry));
    append_big_endian(out, as_number(expire));
    append_big_endian(out, as_number(minimum));
    return out;
}

Serial soa_serial(Octets rdata) {
    if (rdata.size() < numbers_octets) return Serial{};
    return Serial{load_big_endian<std::uint32_t>(rdata.data() + (rdata.size() - numbers_octets))};
}

}  // namespace lockstep
