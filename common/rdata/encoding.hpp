#pragma once
// Octets as hex, base64 and base32hex, as zone files have them: strict when read, in words of 56 when
// written.
//
// Threads: pure functions. Standards: RFC 4648 §4, §7, §8.

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace lockstep {

/// Whether the text goes out whole or in words that a dump's lines have room for.
enum class Words { One, Many };
enum class HexCase { Lower, Upper };

/// Collects digits over several words and appends the octets that they make to `out`. A digit pair or a
/// base64 group may go over a word's end.
class HexReader {
public:
    explicit HexReader(OctetString& out) : out_(out) {}
    /// Whether all of `text` was hex digits.
    [[nodiscard]] bool add(std::string_view text);
    /// Whether the digits were even in number.
    [[nodiscard]] bool finish() const { return !half_; }

private:
    /// Takes pairs of digits from the start of `text`, for speed; says how many letters.
    std::size_t add_pairs(std::string_view text);

    OctetString& out_;
    bool half_ = false;
    unsigned high_ = 0;
};
class Base64Reader {
public:
    explicit Base64Reader(OctetString& out) : out_(out) {}
    /// Whether all of `text` was base64 and nothing came after the padding.
    [[nodiscard]] bool add(std::string_view text);
    /// Whether the last group was whole.
    [[nodiscard]] bool finish() const { return count_ == 0; }

private:
    /// Takes groups without padding from the start of `text`, for speed; says how many letters.
    std::size_t add_whole_groups(std::string_view text);

    OctetString& out_;
    unsigned group_ = 0;
    unsigned count_ = 0;
    unsigned padding_ = 0;
    bool ended_ = false;
};

/// Appends the octets of base32hex without padding, in either case; whether it was that. On failure `out` may
/// have grown.
[[nodiscard]] bool read_base32hex(std::string_view text, OctetString& out);

void append_hex(Octets octets, HexCase letters, Words words, std::string& out);
void append_base64(Octets octets, Words words, std::string& out);
void append_base32hex(Octets octets, std::string& out);

/// The digit's value, or 16 for what is none.
[[nodiscard]] constexpr unsigned hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return 16;
}

}  // namespace lockstep
