#include "crypto/encoding.hpp"

#include <array>
#include <cstdint>

namespace lockstep {
namespace {

/// One of RFC 4648's encodings.
struct Alphabet {
    std::string_view name;
    std::string_view digits;
    unsigned bits;      // a digit
    std::size_t group;  // digits that make whole octets
    bool padded;
    std::array<std::uint8_t, 256> values;
};

constexpr std::uint8_t no_digit = 0xff;

constexpr Alphabet make_alphabet(std::string_view name, std::string_view digits, unsigned bits,
                                 std::size_t group, bool padded) {
    Alphabet alphabet{name, digits, bits, group, padded, {}};
    alphabet.values.fill(no_digit);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const auto digit = static_cast<unsigned char>(digits[i]);
        alphabet.values[digit] = static_cast<std::uint8_t>(i);
        if (bits < 6 && digit >= 'a') alphabet.values[digit - 0x20U] = static_cast<std::uint8_t>(i);
    }
    return alphabet;
}

constexpr Alphabet base64 =
    make_alphabet("base 64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6, 4, true);
constexpr Alphabet base32hex = make_alphabet("base 32 hex", "0123456789abcdefghijklmnopqrstuv", 5, 8, false);
constexpr Alphabet base16 = make_alphabet("hex", "0123456789abcdef", 4, 2, false);

/// Hands out one digit after the other, without padding.
template <class Put>
void encode(const Alphabet& alphabet, Octets octets, const Put& put) {
    std::uint32_t held = 0;
    unsigned held_bits = 0;
    const auto put_low = [&](std::uint32_t digit) {
        put(alphabet.digits[digit & ((1U << alphabet.bits) - 1)]);
    };
    for (const std::byte octet : octets) {
        held = held << 8 | std::to_integer<std::uint32_t>(octet);
        held_bits += 8;
        while (held_bits >= alphabet.bits) {
            held_bits -= alphabet.bits;
            put_low(held >> held_bits);
        }
    }
    if (held_bits > 0) put_low(held << (alphabet.bits - held_bits));
}

std::string encode(const Alphabet& alphabet, Octets octets) {
    std::string text;
    text.reserve((octets.size() * 8 / alphabet.bits / alphabet.group + 1) * alphabet.group);
    encode(alphabet, octets, [&](char digit) { text += digit; });
    while (alphabet.padded && text.size() % alphabet.group != 0)
        text += '=';
    return text;
}

bool is_whitespace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::unexpected<Error> bad(const Alphabet& alphabet, std::string_view what, std::size_t at) {
    std::string text(alphabet.name);
    text.append(": ").append(what).append(" at character ").append(std::to_string(at + 1));
    return fail(ErrorCode::Invalid, std::move(text));
}

/// Decodes into any container of octets, without a copy elsewhere.
template <class Container>
Result<Container> decode(const Alphabet& alphabet, std::string_view text, Whitespace whitespace) {
    using Octet = typename Container::value_type;
    Container out;
    out.reserve(text.size() * alphabet.bits / 8);
    std::uint32_t held = 0;
    unsigned held_bits = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (whitespace == Whitespace::Skip && is_whitespace(c)) continue;
        if (alphabet.padded && c == '=') {
            ++padding;
            continue;
        }
        const std::uint8_t value = alphabet.values[static_cast<unsigned char>(c)];
        if (value == no_digit) return bad(alphabet, "a character that is no digit", at);
        if (padding > 0) return bad(alphabet, "a digit after padding", at);
        ++digits;
        held = held << alphabet.bits | value;
        held_bits += alphabet.bits;
        if (held_bits >= 8) {
            held_bits -= 8;
            out.push_back(static_cast<Octet>(held >> held_bits & 0xff));
        }
    }
    // A digit that adds no whole octet, or bits that nobody would have written.
    if (held_bits >= alphabet.bits) return bad(alphabet, "a digit too few", text.size());
    if ((held & ((1U << held_bits) - 1)) != 0)
        return bad(alphabet, "bits left over that are not 0", text.size());
    const std::size_t missing = digits % alphabet.group == 0 ? 0 : alphabet.group - digits % alphabet.group;
    if (alphabet.padded && padding != missing) {
        return bad(alphabet, padding < missing ? "padding (=) missing" : "too much padding (=)", text.size());
    }
    return out;
}

}  // namespace

std::string to_base64(Octets octets) {
    return encode(base64, octets);
}
Result<OctetString> from_base64(std::string_view text, Whitespace whitespace) {
    return decode<OctetString>(base64, text, whitespace);
}
Result<SecretOctets> secret_from_base64(std::string_view text, Whitespace whitespace) {
    return decode<SecretOctets>(base64, text, whitespace);
}

std::string to_base32hex(Octets octets) {
    return encode(base32hex, octets);
}
void write_base32hex(Octets octets, std::span<std::byte> out) {
    std::size_t at = 0;
    encode(base32hex, octets, [&](char digit) { out[at++] = static_cast<std::byte>(digit); });
}
Result<OctetString> from_base32hex(std::string_view text) {
    return decode<OctetString>(base32hex, text, Whitespace::Reject);
}

std::string to_hex(Octets octets) {
    return encode(base16, octets);
}
Result<OctetString> from_hex(std::string_view text, Whitespace whitespace) {
    return decode<OctetString>(base16, text, whitespace);
}
Result<SecretOctets> secret_from_hex(std::string_view text) {
    return decode<SecretOctets>(base16, text, Whitespace::Reject);
}

}  // namespace lockstep
