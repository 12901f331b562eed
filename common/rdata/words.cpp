#include "rdata/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace lockstep {
namespace {

constexpr std::size_t shown_letters = 60;

/// A word as an error message may show it: short, printable.
std::string shown(std::string_view word) {
    std::string text = "`";
    for (const char c : word.substr(0, shown_letters))
        text += c >= 0x20 && c < 0x7f ? c : '?';
    text += word.size() > shown_letters ? "…`" : "`";
    return text;
}

/// The three digits of `\DDD` at the start of `text`, up to 255.
std::optional<unsigned> escaped_value(std::string_view text) {
    if (text.size() < 3) return std::nullopt;
    unsigned value = 0;
    for (const char c : text.substr(0, 3)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value <= 255 ? std::optional(value) : std::nullopt;
}

// IANA "DNS Security Algorithm Numbers", with the older spellings.
constexpr std::array algorithms{
    Mnemonic{"RSAMD5", 1},
    Mnemonic{"DH", 2},
    Mnemonic{"DSA", 3},
    Mnemonic{"RSASHA1", 5},
    Mnemonic{"NSEC3DSA", 6},
    Mnemonic{"DSA-NSEC3-SHA1", 6},
    Mnemonic{"NSEC3RSASHA1", 7},
    Mnemonic{"RSASHA1-NSEC3-SHA1", 7},
    Mnemonic{"RSASHA256", 8},
    Mnemonic{"RSASHA512", 10},
    Mnemonic{"ECCGOST", 12},
    Mnemonic{"ECC-GOST", 12},
    Mnemonic{"ECDSAP256SHA256", 13},
    Mnemonic{"ECDSAP384SHA384", 14},
    Mnemonic{"ED25519", 15},
    Mnemonic{"ED448", 16},
    Mnemonic{"INDIRECT", 252},
    Mnemonic{"PRIVATEDNS", 253},
    Mnemonic{"PRIVATEOID", 254},
};
constexpr std::array digest_types{
    Mnemonic{"SHA-1", 1}, Mnemonic{"SHA1", 1},    Mnemonic{"SHA-256", 2}, Mnemonic{"SHA256", 2},
    Mnemonic{"GOST", 3},  Mnemonic{"SHA-384", 4}, Mnemonic{"SHA384", 4},
};
// RFC 4398 §2.1; 3 by the name that the peers write.
constexpr std::array cert_types{
    Mnemonic{"PKIX", 1},  Mnemonic{"SPKI", 2},  Mnemonic{"PGP", 3},    Mnemonic{"IPKIX", 4},
    Mnemonic{"ISPKI", 5}, Mnemonic{"IPGP", 6},  Mnemonic{"ACPKIX", 7}, Mnemonic{"IACPKIX", 8},
    Mnemonic{"URI", 253}, Mnemonic{"OID", 254},
};
constexpr std::array key_protocols{
    Mnemonic{"NONE", 0},   Mnemonic{"TLS", 1},   Mnemonic{"EMAIL", 2},
    Mnemonic{"DNSSEC", 3}, Mnemonic{"IPSEC", 4}, Mnemonic{"ALL", 255},
};
constexpr std::array sync_schemes{Mnemonic{"NOTIFY", 1}};
constexpr std::array flags{
    Mnemonic{"NOCONF", 0x4000}, Mnemonic{"NOAUTH", 0x8000}, Mnemonic{"NOKEY", 0xc000},
    Mnemonic{"FLAG2", 0x2000},  Mnemonic{"EXTEND", 0x1000}, Mnemonic{"FLAG4", 0x0800},
    Mnemonic{"FLAG5", 0x0400},  Mnemonic{"USER", 0x0000},   Mnemonic{"ZONE", 0x0100},
    Mnemonic{"HOST", 0x0200},   Mnemonic{"NTYP3", 0x0300},  Mnemonic{"FLAG8", 0x0080},
    Mnemonic{"FLAG9", 0x0040},  Mnemonic{"FLAG10", 0x0020}, Mnemonic{"FLAG11", 0x0010},
    Mnemonic{"KSK", 0x0001},    Mnemonic{"SIG0", 0},        Mnemonic{"SIG1", 1},
    Mnemonic{"SIG2", 2},        Mnemonic{"SIG3", 3},        Mnemonic{"SIG4", 4},
    Mnemonic{"SIG5", 5},        Mnemonic{"SIG6", 6},        Mnemonic{"SIG7", 7},
    Mnemonic{"SIG8", 8},        Mnemonic{"SIG9", 9},        Mnemonic{"SIG10", 10},
    Mnemonic{"SIG11", 11},      Mnemonic{"SIG12", 12},      Mnemonic{"SIG13", 13},
    Mnemonic{"SIG14", 14},      Mnemonic{"SIG15", 15},
};

std::span<const Mnemonic> table_of(Registry registry) {
    switch (registry) {
    case Registry::Algorithm: return algorithms;
    case Registry::DigestType: return digest_types;
    case Registry::CertType: return cert_types;
    case Registry::KeyProtocol: return key_protocols;
    case Registry::SyncScheme: return sync_schemes;
    }
    return {};
}

std::optional<std::uint16_t> find_mnemonic(std::span<const Mnemonic> table, std::string_view text) {
    for (const Mnemonic& mnemonic : table) {
        if (equal_blind(mnemonic.text, text)) return mnemonic.value;
    }
    return std::nullopt;
}

/// Days from 1970-01-01 to the first of `month` in `year`, in the Gregorian calendar. A year is counted from
/// March, so that the leap day is its last.
std::int64_t days_before(std::int64_t year, std::int64_t month) {
    if (month <= 2) --year;
    const std::int64_t shifted = month > 2 ? month - 3 : month + 9;
    const std::int64_t leap_days = year / 4 - year / 100 + year / 400;
    constexpr std::int64_t epoch = 719468;  // 0000-03-01 to 1970-01-01
    return 365 * year + leap_days + (153 * shifted + 2) / 5 - epoch;
}

void append_padded(std::int64_t value, std::size_t digits, std::string& out) {
    const std::string text = std::to_string(value);
    out.append(digits > text.size() ? digits - text.size() : 0, '0').append(text);
}

}  // namespace

TextResult<TextToken> WordReader::next(std::string_view expected) {
    if (at_end()) return missing(expected);
    return words_[at_++];
}

TextResult<std::string_view> WordReader::next_plain(std::string_view expected) {
    if (at_end()) return missing(expected);
    const TextToken& word = words_[at_++];
    if (word.quoted) return wrong(expected);
    return word.text;
}

std::unexpected<RdataTextError> WordReader::wrong(std::string_view expected) const {
    return failed("expected " + std::string(expected) + ", found " + shown(words_[at_ - 1].text) +
                  (words_[at_ - 1].quoted ? " in quotes" : ""));
}

std::unexpected<RdataTextError> WordReader::failed(std::string text) const {
    return unexpected(RdataTextError{at_ - 1, std::move(text)});
}

std::unexpected<RdataTextError> WordReader::missing(std::string_view expected) const {
    return unexpected(
        RdataTextError{words_.size(), "expected " + std::string(expected) + ", found the end of the record"});
}

TextResult<std::uint32_t> WordReader::number(std::uint32_t max) {
    const auto word = next_plain("a number");
    if (!word) return unexpected(word.error());
    const auto value = decimal(*word, max);
    if (!value) return wrong("a number from 0 to " + std::to_string(max));
    return *value;
}

TextResult<Name> WordReader::name() {
    TextResult<Name> name;
    if (auto read = name_into(*name); !read) name = unexpected(std::move(read).error());
    return name;
}

TextResult<void> WordReader::name_into(Name& out) {
    const auto word = next_plain("a domain name");
    if (!word) return unexpected(word.error());
    const auto parsed = Name::parse_into(*word, origin_, out);
    if (!parsed) return failed("domain name " + shown(*word) + ": " + std::string(to_string(parsed.error())));
    return {};
}

TextResult<void> WordReader::string(OctetString& out) {
    const auto word = next("a character string");
    if (!word) return unexpected(word.error());
    const std::size_t length_at = out.size();
    out.push_back(std::byte{0});
    if (!append_unescaped(word->text, out)) return wrong("a character string with whole escapes");
    const std::size_t length = out.size() - length_at - 1;
    if (length > 255)
        return failed("a character string of " + std::to_string(length) + " octets, at most 255 fit");
    out[length_at] = static_cast<std::byte>(length);
    return {};
}

std::optional<std::uint32_t> decimal(std::string_view text, std::uint32_t max) {
    std::uint32_t value = 0;
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
    return value;
}

bool append_unescaped(std::string_view text, OctetString& out) {
    if (text.find('\\') == std::string_view::npos) {
        append_octets(out, as_octets(text));
        return true;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            out.push_back(static_cast<std::byte>(text[at]));
            continue;
        }
        if (++at == text.size()) return false;
        if (text[at] < '0' || text[at] > '9') {
            out.push_back(static_cast<std::byte>(text[at]));
            continue;
        }
        const auto value = escaped_value(text.substr(at));
        if (!value) return false;
        out.push_back(static_cast<std::byte>(*value));
        at += 2;
    }
    return true;
}

void append_quoted(Octets octets, std::string& out) {
    out += '"';
    for (const char c : as_text(octets)) {
        const auto value = static_cast<unsigned char>(c);
        if (value < 0x20 || value >= 0x7f) {
            out += '\\';
            append_padded(value, 3, out);
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

void append_number(std::uint64_t number, std::string& out) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

std::optional<std::uint16_t> value_of(Registry registry, std::string_view text, std::uint16_t max) {
    if (const auto number = decimal(text, max)) return static_cast<std::uint16_t>(*number);
    return find_mnemonic(table_of(registry), text);
}

void append_mnemonic(Registry registry, std::uint16_t value, std::string& out) {
    const auto table = table_of(registry);
    const auto found = std::ranges::find(table, value, &Mnemonic::value);
    if (found == table.end()) {
        append_number(value, out);
    } else {
        out += found->text;
    }
}

std::optional<std::uint16_t> key_flags(std::string_view text) {
    if (const auto number = decimal(text, 0xffff)) return static_cast<std::uint16_t>(*number);
    std::uint16_t value = 0;
    while (true) {
        const std::size_t bar = text.find('|');
        const auto flag = find_mnemonic(flags, text.substr(0, bar));
        if (!flag) return std::nullopt;
        value = static_cast<std::uint16_t>(value | *flag);
        if (bar == std::string_view::npos) return value;
        text.remove_prefix(bar + 1);
    }
}

std::optional<std::uint32_t> period(std::string_view text) {
    if (const auto seconds = decimal(text, 0xffffffff)) return seconds;
    std::uint64_t total = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto count = decimal(text.substr(0, digits), 0xffffffff);
        if (!count || digits == text.size()) return std::nullopt;
        std::uint64_t unit = 0;
        switch (text[digits] | 0x20) {
        case 'w': unit = 604800; break;
        case 'd': unit = 86400; break;
        case 'h': unit = 3600; break;
        case 'm': unit = 60; break;
        case 's': unit = 1; break;
        default: return std::nullopt;
        }
        total += *count * unit;
        if (total > 0xffffffff) return std::nullopt;
        text.remove_prefix(digits + 1);
    }
    return static_cast<std::uint32_t>(total);
}

std::optional<std::uint32_t> time_stamp(std::string_view text) {
    if (text.size() != 14) return decimal(text, 0xffffffff);
    const auto part = [text](std::size_t at, std::size_t size) -> std::int64_t {
        const auto value = decimal(text.substr(at, size), 9999);
        return value ? static_cast<std::int64_t>(*value) : -1;
    };
    const std::int64_t year = part(0, 4);
    const std::int64_t month = part(4, 2);
    const std::int64_t day = part(6, 2);
    const std::int64_t hour = part(8, 2);
    const std::int64_t minute = part(10, 2);
    const std::int64_t second = part(12, 2);
    if (year < 1900 || month < 1 || month > 12 || day < 1) return std::nullopt;
    const std::int64_t first = days_before(year, month);
    const std::int64_t next = month == 12 ? days_before(year + 1, 1) : days_before(year, month + 1);
    if (day > next - first) return std::nullopt;
    // 60 is a leap second.
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
    return static_cast<std::uint32_t>((first + day - 1) * 86400 + hour * 3600 + minute * 60 + second);
}

void append_time_stamp(std::uint32_t seconds, std::string& out) {
    const std::int64_t days = seconds / 86400;
    const std::int64_t in_day = seconds % 86400;
    std::int64_t year = 1970 + days / 366;
    while (days_before(year + 1, 1) <= days)
        ++year;
    std::int64_t month = 1;
    while (month < 12 && days_before(year, month + 1) <= days)
        ++month;
    append_padded(year, 4, out);
    append_padded(month, 2, out);
    append_padded(days - days_before(year, month) + 1, 2, out);
    append_padded(in_day / 3600, 2, out);
    append_padded(in_day / 60 % 60, 2, out);
    append_padded(in_day % 60, 2, out);
}

bool equal_blind(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        return fold_octet(static_cast<std::byte>(x)) == fold_octet(static_cast<std::byte>(y));
    });
}

}  // namespace lockstep
