#include "tsig/record.hpp"

#include "base/bytes.hpp"
#include "wire/header.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t record_fixed_octets = 10;  // type, class, TTL, RDLENGTH
constexpr std::size_t time_octets = 6;
constexpr std::size_t additional_count_at = 10;

std::uint64_t load_time(const std::byte* at) {
    return std::uint64_t{load_big_endian<std::uint16_t>(at)} << 32 | load_big_endian<std::uint32_t>(at + 2);
}
void store_time(std::byte* at, std::uint64_t time) {
    store_big_endian(at, static_cast<std::uint16_t>(time >> 32));
    store_big_endian(at + 2, static_cast<std::uint32_t>(time));
}

/// Appends integers and runs of octets to octets that the caller knows to be there.
class Appender {
public:
    explicit Appender(std::byte* at) : at_(at) {}
    template <std::unsigned_integral U>
    void integer(U value) {
        store_big_endian(at_, value);
        at_ += sizeof value;
    }
    void time(std::uint64_t value) {
        store_time(at_, value);
        at_ += time_octets;
    }
    void octets(Octets octets) { at_ = std::copy(octets.begin(), octets.end(), at_); }

private:
    std::byte* at_;
};

template <std::unsigned_integral U>
void digest_integer(Hmac& hmac, U value) {
    std::array<std::byte, sizeof(U)> octets;
    store_big_endian(octets.data(), value);
    hmac.update(octets);
}

}  // namespace

WireResult<TsigRecord> TsigRecord::read(Octets message, std::size_t at) {
    TsigRecord record;
    std::size_t end = 0;
    DNS_TRY_ASSIGN(record.key_name, Name::read(message, at, message.size(), end));
    ByteCursor cursor(message.subspan(end));
    const auto type = cursor.read<std::uint16_t>();
    const auto rr_class = cursor.read<std::uint16_t>();
    const auto ttl = cursor.read<std::uint32_t>();
    const auto length = cursor.read<std::uint16_t>();
    if (!length || cursor.remaining() < *length) return unexpected(WireError::Truncated);
    if (RrType{*type} != RrType::TSIG) return unexpected(WireError::BadSection);
    if (RrClass{*rr_class} != RrClass::ANY || *ttl != 0) return unexpected(WireError::BadSection);
    if (cursor.remaining() != *length) return unexpected(WireError::Trailing);

    const std::size_t rdata_at = end + record_fixed_octets;
    DNS_TRY_ASSIGN(record.algorithm, Name::read(message, rdata_at, message.size(), end));
    ByteCursor fields(message.subspan(end));
    const auto time = fields.take(time_octets);
    const auto fudge = fields.read<std::uint16_t>();
    const auto mac_size = fields.read<std::uint16_t>();
    if (!time || !fudge || !mac_size) return unexpected(WireError::BadRdata);
    const auto mac = fields.take(*mac_size);
    const auto original_id = fields.read<std::uint16_t>();
    const auto error = fields.read<std::uint16_t>();
    const auto other_size = fields.read<std::uint16_t>();
    if (!mac || !original_id || !error || !other_size) return unexpected(WireError::BadRdata);
    const auto other = fields.take(*other_size);
    if (!other || !fields.empty()) return unexpected(WireError::BadRdata);

    record.time = load_time(time->data());
    record.fudge = *fudge;
    record.mac = *mac;
    record.original_id = MessageId{*original_id};
    record.error = Rcode{*error};
    record.other = *other;
    return record;
}

std::uint64_t TsigRecord::other_time() const {
    return other.size() == time_octets ? load_time(other.data()) : 0;
}

std::size_t tsig_record_octets(NameView key_name, NameView algorithm, std::size_t mac, std::size_t other) {
    constexpr std::size_t rdata_fixed_octets = time_octets + 5 * 2;
    return key_name.size() + record_fixed_octets + algorithm.size() + rdata_fixed_octets + mac + other;
}

WireResult<std::size_t> append_tsig(std::span<std::byte> buffer, std::size_t length,
                                    const TsigRecord& record) {
    if (length < header_octets || length > buffer.size()) return unexpected(WireError::Truncated);
    const std::size_t octets =
        tsig_record_octets(record.key_name, record.algorithm, record.mac.size(), record.other.size());
    const auto additional_count = load_big_endian<std::uint16_t>(buffer.data() + additional_count_at);
    if (octets > std::min(buffer.size(), max_message_octets) - std::min(length, max_message_octets) ||
        additional_count == 0xffff) {
        return unexpected(WireError::NoSpace);
    }
    const std::size_t rdata_octets = octets - record.key_name.octets().size() - record_fixed_octets;
    Appender out(buffer.data() + length);
    out.octets(record.key_name.octets());
    out.integer(std::to_underlying(RrType::TSIG));
    out.integer(std::to_underlying(RrClass::ANY));
    out.integer(std::uint32_t{0});
    out.integer(static_cast<std::uint16_t>(rdata_octets));
    out.octets(record.algorithm.octets());
    out.time(record.time);
    out.integer(record.fudge);
    out.integer(static_cast<std::uint16_t>(record.mac.size()));
    out.octets(record.mac);
    out.integer(std::to_underlying(record.original_id));
    out.integer(std::to_underlying(record.error));
    out.integer(static_cast<std::uint16_t>(record.other.size()));
    out.octets(record.other);
    store_big_endian(buffer.data() + additional_count_at, static_cast<std::uint16_t>(additional_count + 1));
    return length + octets;
}

void digest_mac(Hmac& hmac, Octets mac) {
    digest_integer(hmac, static_cast<std::uint16_t>(mac.size()));
    hmac.update(mac);
}

void digest_message(Hmac& hmac, Octets message, MessageId original_id, TsigCounted tsig_counted) {
    std::array<std::byte, header_octets> header;
    std::copy_n(message.begin(), header_octets, header.begin());
    store_big_endian(header.data(), std::to_underlying(original_id));
    if (tsig_counted == TsigCounted::Yes) {
        const auto count = load_big_endian<std::uint16_t>(header.data() + additional_count_at);
        store_big_endian(header.data() + additional_count_at, static_cast<std::uint16_t>(count - 1));
    }
    hmac.update(header);
    hmac.update(message.subspan(header_octets));
}

void digest_variables(Hmac& hmac, const TsigRecord& record) {
    hmac.update(record.key_name.folded().octets());
    digest_integer(hmac, std::to_underlying(RrClass::ANY));
    digest_integer(hmac, std::uint32_t{0});
    hmac.update(record.algorithm.folded().octets());
    digest_timers(hmac, record);
    digest_integer(hmac, std::to_underlying(record.error));
    digest_integer(hmac, static_cast<std::uint16_t>(record.other.size()));
    hmac.update(record.other);
}

void digest_timers(Hmac& hmac, const TsigRecord& record) {
    digest_integer(hmac, static_cast<std::uint16_t>(record.time >> 32));
    digest_integer(hmac, static_cast<std::uint32_t>(record.time));
    digest_integer(hmac, record.fudge);
}

Hmac keyed_hmac(const TsigKey& key) {
    return {hash_of(key.algorithm), secret_view(key.secret)};
}

std::uint64_t tsig_time(WallTime now) {
    const auto since = std::chrono::floor<seconds>(now.time_since_epoch()).count();
    return since < 0 ? 0 : static_cast<std::uint64_t>(since) & 0xffff'ffff'ffffU;
}

bool mac_length_allowed(std::size_t octets, TsigAlgorithm algorithm) {
    const std::size_t whole = mac_octets(algorithm);
    return octets <= whole && octets >= std::max<std::size_t>(10, whole / 2);
}

std::size_t least_mac_octets(const TsigKey& key) {
    const std::size_t whole = mac_octets(key.algorithm);
    return key.least_mac_octets == 0 ? whole : std::min(key.least_mac_octets, whole);
}

}  // namespace lockstep
