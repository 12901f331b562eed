#include "wire/record.hpp"

#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t fixed_octets = 10;  // type, class, TTL, RDLENGTH

std::size_t name_octets(const std::byte* at) {
    std::size_t size = 0;
    while (at[size] != std::byte{0})
        size += 1 + std::to_integer<std::size_t>(at[size]);
    return size + 1;
}

}  // namespace

RecordView RecordList::Iterator::operator*() const {
    const std::size_t owner = name_octets(at_);
    const std::byte* fixed = at_ + owner;
    return {NameView::trusted({at_, owner}), RrType{load_big_endian<std::uint16_t>(fixed)},
            Ttl{load_big_endian<std::uint32_t>(fixed + 4)},
            Octets{fixed + fixed_octets, load_big_endian<std::uint16_t>(fixed + 8)}};
}

RecordList::Iterator& RecordList::Iterator::operator++() {
    at_ += name_octets(at_);
    at_ += fixed_octets + load_big_endian<std::uint16_t>(at_ + 8);
    return *this;
}

void RecordList::append(const RecordView& record) {
    append_octets(octets_, record.owner.octets());
    append_big_endian(octets_, std::to_underlying(record.type));
    append_big_endian(octets_, std::to_underlying(RrClass::IN));
    append_big_endian(octets_, record.ttl.value());
    append_big_endian(octets_, static_cast<std::uint16_t>(record.rdata.size()));
    append_octets(octets_, record.rdata);
    ++count_;
}

void RecordList::clear() {
    octets_.clear();
    count_ = 0;
}

WireResult<RecordList> RecordList::from_octets(OctetString octets) {
    std::size_t count = 0;
    for (ByteCursor cursor{octets}; !cursor.empty(); ++count) {
        DNS_TRY_ASSIGN(const Name owner, Name::read_uncompressed(Octets(octets).subspan(cursor.position())));
        (void)cursor.take(owner.octets().size());
        const auto fixed = cursor.take(fixed_octets);
        if (!fixed) return unexpected(WireError::Truncated);
        if (load_big_endian<std::uint16_t>(fixed->data() + 2) != std::to_underlying(RrClass::IN)) {
            return unexpected(WireError::BadSection);
        }
        if (!cursor.take(load_big_endian<std::uint16_t>(fixed->data() + 8)))
            return unexpected(WireError::Truncated);
    }
    RecordList list;
    list.octets_ = std::move(octets);
    list.count_ = count;
    return list;
}

}  // namespace lockstep
