#include "wire/edns.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {

WireResult<EdnsView> EdnsView::read(Octets message, const WireRecord& opt) {
    if (!opt.owner.view().is_root()) return unexpected(WireError::BadSection);
    const EdnsView edns{.udp_octets = std::max<std::uint16_t>(std::to_underlying(opt.rr_class), 512),
                        .extended_rcode = static_cast<std::uint8_t>(opt.raw_ttl >> 24),
                        .version = static_cast<std::uint8_t>(opt.raw_ttl >> 16),
                        .dnssec_ok = (opt.raw_ttl & 0x8000) != 0,
                        .options = opt.rdata(message)};
    for (ByteCursor cursor(edns.options); !cursor.empty();) {
        const auto code = cursor.read<std::uint16_t>();
        const auto length = cursor.read<std::uint16_t>();
        if (!code || !length || !cursor.take(*length)) return unexpected(WireError::BadRdata);
    }
    return edns;
}

std::optional<Octets> EdnsView::option(EdnsOption code) const {
    for (ByteCursor cursor(options); !cursor.empty();) {
        const auto found = cursor.read<std::uint16_t>();
        const auto length = cursor.read<std::uint16_t>();
        const auto value = cursor.take(length.value_or(0));
        if (!found || !value) break;
        if (*found == std::to_underlying(code)) return value;
    }
    return std::nullopt;
}

void EdnsBuilder::add(EdnsOption code, Octets value) {
    if (options_size_ + 4 + value.size() > options_.size()) return;
    auto* at = options_.data() + options_size_;
    store_big_endian(at, std::to_underlying(code));
    store_big_endian(at + 2, static_cast<std::uint16_t>(value.size()));
    std::copy(value.begin(), value.end(), at + 4);
    options_size_ += 4 + value.size();
}

void EdnsBuilder::add_error(ExtendedError code, std::string_view text) {
    std::array<std::byte, 200> value{};
    store_big_endian(value.data(), std::to_underlying(code));
    const auto words = as_octets(text.substr(0, value.size() - 2));
    std::copy(words.begin(), words.end(), value.begin() + 2);
    add(EdnsOption::EDE, Octets(value).first(2 + words.size()));
}

void EdnsBuilder::write(std::byte* to) const {
    to[0] = std::byte{0};
    store_big_endian(to + 1, std::to_underlying(RrType::OPT));
    store_big_endian(to + 3, udp_octets);
    store_big_endian(to + 5,
                     static_cast<std::uint32_t>((rcode >> 4 & 0xffU) << 24 | (dnssec_ok ? 0x8000U : 0U)));
    store_big_endian(to + 9, static_cast<std::uint16_t>(options_size_));
    std::copy_n(options_.begin(), options_size_, to + 11);
}

}  // namespace lockstep
