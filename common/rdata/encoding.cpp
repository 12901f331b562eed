#include "rdata/encoding.hpp"

#include <array>

namespace lockstep {
namespace {

constexpr std::size_t word_letters = 56;
constexpr std::uint8_t none = 0xff;
constexpr std::string_view base64_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base32_letters = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

constexpr auto base64_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(none);
    for (std::size_t i = 0; i < base64_letters.size(); ++i) {
        values[static_cast<unsigned char>(base64_letters[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

constexpr auto hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::uint8_t>(hex_value(static_cast<char>(i)));
    return values;
}();

/// Starts a new word where the last one is full.
class WordBreaker {
public:
    WordBreaker(Words words, std::string& out) : words_(words), out_(out) {}
    void before(std::size_t letters) {
        if (words_ == Words::One) return;
        if (written_ == word_letters) {
            out_ += ' ';
            written_ = 0;
        }
        written_ += letters;
    }

private:
    Words words_;
    std::string& out_;
    std::size_t written_ = 0;
};

unsigned value_at(Octets octets, std::size_t at) {
    return at < octets.size() ? std::to_integer<unsigned>(octets[at]) : 0U;
}

unsigned base32_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'v') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'V') return static_cast<unsigned>(c - 'A' + 10);
    return 32;
}

}  // namespace

bool HexReader::add(std::string_view text) {
    if (!half_) text.remove_prefix(add_pairs(text));
    for (const char c : text) {
        const unsigned value = hex_value(c);
        if (value > 15) return false;
        if (half_) {
            out_.push_back(static_cast<std::byte>(high_ << 4 | value));
        } else {
            high_ = value;
        }
        half_ = !half_;
    }
    return true;
}

std::size_t HexReader::add_pairs(std::string_view text) {
    const std::size_t start = out_.size();
    out_.resize(start + text.size() / 2);
    std::byte* to = out_.data() + start;
    std::size_t at = 0;
    for (; text.size() - at >= 2; at += 2) {
        const unsigned high = hex_values[static_cast<unsigned char>(text[at])];
        const unsigned low = hex_values[static_cast<unsigned char>(text[at + 1])];
        if ((high | low) > 15) break;
        *to++ = static_cast<std::byte>(high << 4 | low);
    }
    out_.resize(start + at / 2);
    return at;
}

bool Base64Reader::add(std::string_view text) {
    if (count_ == 0 && !ended_) text.remove_prefix(add_whole_groups(text));
    for (const char c : text) {
        if (ended_) return false;
        if (c == '=') {
            // One octet takes two letters, two take three; the bits over are zero.
            if (count_ < 2) return false;
            ++padding_;
        } else {
            const unsigned value = base64_values[static_cast<unsigned char>(c)];
            if (value == none || padding_ != 0) return false;
            group_ = group_ << 6 | value;
        }
        if (c == '=') group_ <<= 6;
        if (++count_ < 4) continue;
        const unsigned octets = 3 - padding_;
        if (padding_ != 0 && (group_ & ((1U << (8 * padding_)) - 1)) != 0) return false;
        for (unsigned i = 0; i < octets; ++i)
            out_.push_back(static_cast<std::byte>(group_ >> (16 - 8 * i) & 0xff));
        ended_ = padding_ != 0;
        group_ = 0;
        count_ = 0;
        padding_ = 0;
    }
    return true;
}

std::size_t Base64Reader::add_whole_groups(std::string_view text) {
    const std::size_t start = out_.size();
    out_.resize(start + text.size() / 4 * 3);
    std::byte* to = out_.data() + start;
    std::size_t at = 0;
    for (; text.size() - at >= 4; at += 4) {
        std::array<unsigned, 4> values;
        for (std::size_t i = 0; i < 4; ++i)
            values[i] = base64_values[static_cast<unsigned char>(text[at + i])];
        if ((values[0] | values[1] | values[2] | values[3]) > 63) break;
        const unsigned group = values[0] << 18 | values[1] << 12 | values[2] << 6 | values[3];
        *to++ = static_cast<std::byte>(group >> 16 & 0xff);
        *to++ = static_cast<std::byte>(group >> 8 & 0xff);
        *to++ = static_cast<std::byte>(group & 0xff);
    }
    out_.resize(start + at / 4 * 3);
    return at;
}

bool read_base32hex(std::string_view text, OctetString& out) {
    unsigned bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const unsigned value = base32_value(c);
        if (value > 31) return false;
        bits = (bits << 5 | value) & 0xfff;
        held += 5;
        if (held >= 8) {
            held -= 8;
            out.push_back(static_cast<std::byte>(bits >> held & 0xff));
        }
    }
    // Fewer than five bits may be over, and they are zero.
    return held < 5 && (bits & ((1U << held) - 1)) == 0;
}

void append_hex(Octets octets, HexCase letters, Words words, std::string& out) {
    const std::string_view digits = letters == HexCase::Upper ? "0123456789ABCDEF" : "0123456789abcdef";
    WordBreaker word(words, out);
    for (const std::byte octet : octets) {
        const auto value = std::to_integer<unsigned>(octet);
        word.before(2);
        out += digits[value >> 4];
        out += digits[value & 0xf];
    }
}

void append_base64(Octets octets, Words words, std::string& out) {
    WordBreaker word(words, out);
    for (std::size_t at = 0; at < octets.size(); at += 3) {
        const unsigned group =
            value_at(octets, at) << 16 | value_at(octets, at + 1) << 8 | value_at(octets, at + 2);
        word.before(4);
        const std::array<char, 4> letters{
            base64_letters[group >> 18],
            base64_letters[group >> 12 & 0x3f],
            at + 1 < octets.size() ? base64_letters[group >> 6 & 0x3f] : '=',
            at + 2 < octets.size() ? base64_letters[group & 0x3f] : '=',
        };
        out.append(letters.data(), letters.size());
    }
}

void append_base32hex(Octets octets, std::string& out) {
    unsigned bits = 0;
    unsigned held = 0;
    for (const std::byte octet : octets) {
        bits = (bits << 8 | std::to_integer<unsigned>(octet)) & 0xffff;
        held += 8;
        while (held >= 5) {
            held -= 5;
            out += base32_letters[bits >> held & 0x1f];
        }
    }
    if (held > 0) out += base32_letters[bits << (5 - held) & 0x1f];
}

}  // namespace lockstep
