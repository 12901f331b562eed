// Any octets as a name: on the wire with pointers, as text with escapes. What is read must be valid and
// survive both forms.
#include "wire/name.hpp"

#include <cstdint>
#include <cstdlib>

using namespace lockstep;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const Name& name) {
    const auto again = Name::read_uncompressed(name.octets());
    require(again.has_value() && identical(*again, name));
    const auto parsed = Name::parse_absolute(name.to_string());
    require(parsed.has_value() && identical(*parsed, name));
    require(name.folded().view() == name.view());
    require(hash_name(name, 1) == hash_name(name.folded(), 1));
    require(name.view().is_within(name.view().parent()));
    require(name.view().suffix(name.view().label_count()) == name.view());
    require(canonical_order(name, name.folded()) == std::strong_ordering::equal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Octets octets = std::as_bytes(std::span(data, size));
    for (const std::size_t at : {std::size_t{0}, std::size_t{12}, size / 2}) {
        std::size_t end = 0;
        const auto name = Name::read(octets, at, octets.size(), end);
        if (!name) continue;
        require(end > at && end <= size);
        check(*name);
    }
    if (const auto name = Name::read_uncompressed(octets)) check(*name);
    const Name origin = *Name::parse_absolute("origin.example.");
    if (const auto name = Name::parse(as_text(octets), &origin)) check(*name);
    return 0;
}
