#include "rdata/text_special.hpp"

#include <array>

namespace lockstep {
namespace {

constexpr std::uint32_t equator = 0x80000000U;
constexpr std::uint32_t degree = 3'600'000U;  // in thousandths of a second of arc
constexpr std::uint32_t below_reference =
    10'000'000U;  // altitude 0 of the wire, in centimetres under the reference

/// `digits[.digits]` with at most `decimals` after the point, as an integer of that unit.
std::optional<std::uint64_t> fixed_point(std::string_view text, std::size_t decimals) {
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
    if (fraction.size() > decimals || (whole.empty() && fraction.empty())) return std::nullopt;
    const auto units = whole.empty() ? std::optional<std::uint32_t>(0) : decimal(whole, 0xffffffff);
    const auto parts = fraction.empty() ? std::optional<std::uint32_t>(0) : decimal(fraction, 999);
    if (!units || !parts) return std::nullopt;
    std::uint64_t value = *units;
    std::uint64_t rest = *parts;
    for (std::size_t i = 0; i < decimals; ++i) {
        value *= 10;
        if (i >= fraction.size()) rest *= 10;
    }
    return value + rest;
}

/// `d [m [s]] H` where H is `positive` or `negative`, as the wire has it.
TextResult<std::uint32_t> read_angle(WordReader& words, std::uint32_t max_degrees, char positive,
                                     char negative) {
    const auto hemisphere = [&](std::string_view word) -> int {
        if (word.size() != 1) return 0;
        const char c = static_cast<char>(word[0] & ~0x20);
        return c == positive ? 1 : c == negative ? -1 : 0;
    };
    const std::string expected_hemisphere = std::string(1, positive) + " or " + negative;
    const auto degrees = words.number(max_degrees);
    if (!degrees) return unexpected(degrees.error());
    std::uint64_t angle = std::uint64_t{*degrees} * degree;
    int sign = 0;
    for (int part = 0; part < 3 && sign == 0; ++part) {
        const auto word = words.next_plain(expected_hemisphere);
        if (!word) return unexpected(word.error());
        sign = hemisphere(*word);
        if (sign != 0) break;
        if (part == 2) return words.wrong(expected_hemisphere);
        if (part == 0) {
            const auto minutes = decimal(*word, 59);
            if (!minutes) return words.wrong("minutes from 0 to 59, or " + expected_hemisphere);
            angle += std::uint64_t{*minutes} * 60'000;
        } else {
            const auto thousandths = fixed_point(*word, 3);
            if (!thousandths || *thousandths >= 60'000) {
                return words.wrong("seconds below 60 with up to three decimals, or " + expected_hemisphere);
            }
            angle += *thousandths;
        }
    }
    if (angle > std::uint64_t{max_degrees} * degree) {
        return words.failed("an angle over " + std::to_string(max_degrees) + " degrees");
    }
    const auto offset = static_cast<std::uint32_t>(angle);
    return sign > 0 ? equator + offset : equator - offset;
}

std::string_view without_unit(std::string_view word) {
    if (word.ends_with('m')) word.remove_suffix(1);
    return word;
}

TextResult<std::uint32_t> read_altitude(WordReader& words) {
    constexpr std::string_view expected = "an altitude from -100000.00m to 42849672.95m";
    const auto word = words.next_plain(expected);
    if (!word) return unexpected(word.error());
    const bool is_below = word->starts_with('-');
    const auto centimetres = fixed_point(without_unit(word->substr(is_below ? 1 : 0)), 2);
    if (!centimetres) return words.wrong(expected);
    if (is_below) {
        if (*centimetres > below_reference) return words.wrong(expected);
        return static_cast<std::uint32_t>(below_reference - *centimetres);
    }
    if (*centimetres > 0xffffffffU - below_reference) return words.wrong(expected);
    return static_cast<std::uint32_t>(below_reference + *centimetres);
}

/// One digit and a power of ten, of centimetres; what does not fit is cut off (RFC 1876 §2).
TextResult<std::byte> read_size(WordReader& words) {
    constexpr std::string_view expected = "a size from 0.00m to 90000000.00m";
    const auto word = words.next_plain(expected);
    if (!word) return unexpected(word.error());
    auto mantissa = fixed_point(without_unit(*word), 2);
    if (!mantissa || *mantissa > 9'000'000'000U) return words.wrong(expected);
    unsigned exponent = 0;
    for (; *mantissa > 9; *mantissa /= 10)
        ++exponent;
    return static_cast<std::byte>(*mantissa << 4 | exponent);
}

void append_decimals(std::uint64_t value, std::uint64_t unit, std::string& out) {
    append_number(value / unit, out);
    out += '.';
    for (value %= unit; unit > 1; value %= unit) {
        unit /= 10;
        out += static_cast<char>('0' + value / unit);
    }
}

void append_angle(std::uint32_t value, char positive, char negative, std::string& out) {
    const std::uint32_t angle = value >= equator ? value - equator : equator - value;
    append_number(angle / degree, out);
    out += ' ';
    append_number(angle / 60'000 % 60, out);
    out += ' ';
    append_decimals(angle % 60'000, 1000, out);
    out += ' ';
    out += value >= equator ? positive : negative;
}

void append_size(std::byte size, std::string& out) {
    std::uint64_t centimetres = std::to_integer<unsigned>(size) >> 4;
    for (unsigned i = std::to_integer<unsigned>(size) & 0xf; i > 0; --i)
        centimetres *= 10;
    if (centimetres >= 100) {
        append_number(centimetres / 100, out);
    } else {
        append_decimals(centimetres, 100, out);
    }
    out += 'm';
}

}  // namespace

TextResult<void> read_loc(WordReader& words, OctetString& out) {
    const auto latitude = read_angle(words, 90, 'N', 'S');
    if (!latitude) return unexpected(latitude.error());
    const auto longitude = read_angle(words, 180, 'E', 'W');
    if (!longitude) return unexpected(longitude.error());
    const auto altitude = read_altitude(words);
    if (!altitude) return unexpected(altitude.error());
    // Size 1 m, horizontal precision 10 km, vertical precision 10 m unless said (RFC 1876 §3).
    std::array<std::byte, 3> sizes{std::byte{0x12}, std::byte{0x16}, std::byte{0x13}};
    for (std::byte& size : sizes) {
        if (words.at_end()) break;
        const auto read = read_size(words);
        if (!read) return unexpected(read.error());
        size = *read;
    }
    out.push_back(std::byte{0});
    append_octets(out, sizes);
    append_big_endian(out, *latitude);
    append_big_endian(out, *longitude);
    append_big_endian(out, *altitude);
    return {};
}

bool append_loc(Octets octets, std::string& out) {
    if (octets[0] != std::byte{0}) return false;
    append_angle(load_big_endian<std::uint32_t>(octets.data() + 4), 'N', 'S', out);
    out += ' ';
    append_angle(load_big_endian<std::uint32_t>(octets.data() + 8), 'E', 'W', out);
    out += ' ';
    const auto altitude = load_big_endian<std::uint32_t>(octets.data() + 12);
    if (altitude < below_reference) out += '-';
    append_decimals(altitude < below_reference ? below_reference - altitude : altitude - below_reference, 100,
                    out);
    out += 'm';
    for (std::size_t i = 1; i <= 3; ++i) {
        out += ' ';
        append_size(octets[i], out);
    }
    return true;
}

}  // namespace lockstep
