#include "rdata/text_special.hpp"

#include "rdata/addresses.hpp"
#include "rdata/encoding.hpp"
#include "rdata/field.hpp"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

void append_name(Octets octets, std::string& out) {
    out += NameView::trusted(octets).to_string();
}

struct Service {
    std::string_view name;
    std::uint16_t number;
};
// The protocols and services that RFC 1010 and its followers name and that zones with WKS use.
constexpr std::array protocols{
    Service{"icmp", 1}, Service{"igmp", 2}, Service{"ggp", 3},
    Service{"tcp", 6},  Service{"egp", 8},  Service{"udp", 17},
};
constexpr std::array services{
    Service{"tcpmux", 1},        Service{"echo", 7},          Service{"discard", 9},
    Service{"systat", 11},       Service{"daytime", 13},      Service{"netstat", 15},
    Service{"qotd", 17},         Service{"chargen", 19},      Service{"ftp-data", 20},
    Service{"ftp", 21},          Service{"ssh", 22},          Service{"telnet", 23},
    Service{"smtp", 25},         Service{"time", 37},         Service{"nameserver", 42},
    Service{"whois", 43},        Service{"domain", 53},       Service{"bootps", 67},
    Service{"bootpc", 68},       Service{"tftp", 69},         Service{"gopher", 70},
    Service{"finger", 79},       Service{"http", 80},         Service{"kerberos", 88},
    Service{"hostnames", 101},   Service{"iso-tsap", 102},    Service{"pop2", 109},
    Service{"pop3", 110},        Service{"sunrpc", 111},      Service{"auth", 113},
    Service{"nntp", 119},        Service{"ntp", 123},         Service{"netbios-ns", 137},
    Service{"netbios-dgm", 138}, Service{"netbios-ssn", 139}, Service{"imap2", 143},
    Service{"snmp", 161},        Service{"snmp-trap", 162},   Service{"bgp", 179},
    Service{"irc", 194},         Service{"https", 443},       Service{"submission", 587},
    Service{"imaps", 993},       Service{"pop3s", 995},
};

std::optional<std::uint32_t> named_number(std::span<const Service> table, std::string_view word,
                                          std::uint32_t max) {
    if (const auto number = decimal(word, max)) return number;
    const auto found =
        std::ranges::find_if(table, [word](const Service& s) { return equal_blind(s.name, word); });
    return found == table.end() ? std::nullopt : std::optional<std::uint32_t>(found->number);
}

TextResult<void> read_wks(WordReader& words, OctetString& out) {
    const auto protocol = words.next_plain("a protocol");
    if (!protocol) return unexpected(protocol.error());
    const auto number = named_number(protocols, *protocol, 255);
    if (!number) return words.wrong("a protocol: tcp, udp or a number from 0 to 255");
    out.push_back(static_cast<std::byte>(*number));
    const std::size_t start = out.size();
    while (!words.at_end()) {
        const auto service = words.next_plain("a service");
        if (!service) return unexpected(service.error());
        const auto port = named_number(services, *service, 65535);
        if (!port) return words.wrong("a well-known service or a port from 0 to 65535");
        if (out.size() <= start + *port / 8) out.resize(start + *port / 8 + 1);
        out[start + *port / 8] |= static_cast<std::byte>(0x80U >> *port % 8);
    }
    return {};
}

bool append_wks(Octets octets, std::string& out) {
    append_number(octet_at(octets, 0), out);
    for (std::size_t i = 1; i < octets.size(); ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            if ((octets[i] & static_cast<std::byte>(0x80U >> bit)) == std::byte{0}) continue;
            out += ' ';
            append_number((i - 1) * 8 + bit, out);
        }
    }
    return true;
}

/// RFC 1706 §6: `0x`, then hex with dots wherever they please.
TextResult<void> read_nsap(WordReader& words, OctetString& out) {
    constexpr std::string_view expected = "0x and an even number of hex digits";
    const auto word = words.next_plain(expected);
    if (!word) return unexpected(word.error());
    if (!word->starts_with("0x") && !word->starts_with("0X")) return words.wrong(expected);
    std::string digits(word->substr(2));
    std::erase(digits, '.');
    HexReader hex(out);
    if (digits.empty() || !hex.add(digits) || !hex.finish()) return words.wrong(expected);
    return {};
}

/// `+digits` (E.164) or hex (NSAP); single dots between digits.
TextResult<void> read_atma(WordReader& words, OctetString& out) {
    constexpr std::string_view expected = "an ATM address: + and digits, or an even number of hex digits";
    const auto word = words.next_plain(expected);
    if (!word) return unexpected(word.error());
    const bool is_e164 = word->starts_with('+');
    std::string digits(word->substr(is_e164 ? 1 : 0));
    if (digits.starts_with('.') || digits.ends_with('.') || digits.find("..") != std::string::npos) {
        return words.wrong(expected);
    }
    std::erase(digits, '.');
    if (digits.empty()) return words.wrong(expected);
    out.push_back(std::byte{is_e164});
    if (!is_e164) {
        HexReader hex(out);
        return hex.add(digits) && hex.finish() ? TextResult<void>{} : words.wrong(expected);
    }
    if (digits.find_first_not_of("0123456789") != std::string::npos) return words.wrong(expected);
    append_octets(out, as_octets(digits));
    return {};
}

bool append_atma(Octets octets, std::string& out) {
    if (octets[0] == std::byte{0}) {
        append_hex(octets.subspan(1), HexCase::Lower, Words::One, out);
        return true;
    }
    if (octets[0] != std::byte{1}) return false;
    out += '+';
    out += as_text(octets.subspan(1));
    return true;
}

TextResult<void> read_a6(WordReader& words, OctetString& out) {
    const auto prefix = words.number(128);
    if (!prefix) return unexpected(prefix.error());
    out.push_back(static_cast<std::byte>(*prefix));
    if (*prefix < 128) {
        const auto word = words.next_plain("an IPv6 address");
        if (!word) return unexpected(word.error());
        OctetString address;
        if (!read_ipv6(*word, address)) return words.wrong("an IPv6 address");
        clear_prefix(address, *prefix);
        append_octets(out, Octets(address).subspan(*prefix / 8));
    }
    if (*prefix == 0) return {};
    const auto name = words.name();
    if (!name) return unexpected(name.error());
    append_octets(out, name->octets());
    return {};
}

bool append_a6(Octets octets, std::string& out) {
    const std::size_t prefix = octet_at(octets, 0);
    const std::size_t offset = a6_name_offset(prefix);
    append_number(prefix, out);
    if (prefix < 128) {
        std::array<std::byte, 16> address{};
        std::ranges::copy(octets.subspan(1, offset - 1),
                          address.end() - static_cast<std::ptrdiff_t>(offset - 1));
        out += ' ';
        append_ipv6(address, out);
    }
    if (prefix > 0) {
        out += ' ';
        append_name(octets.subspan(offset), out);
    }
    return true;
}

/// One `[!]family:address/prefix` (RFC 3123 §5).
bool read_apl_item(std::string_view word, OctetString& out) {
    const bool is_negated = word.starts_with('!');
    if (is_negated) word.remove_prefix(1);
    const std::size_t colon = word.find(':');
    const std::size_t slash = word.find('/');
    if (colon == std::string_view::npos || slash == std::string_view::npos || slash < colon) return false;
    const auto family = decimal(word.substr(0, colon), 2);
    if (!family || *family == 0) return false;
    const auto prefix = decimal(word.substr(slash + 1), *family == 1 ? 32 : 128);
    if (!prefix) return false;
    const std::string_view text = word.substr(colon + 1, slash - colon - 1);
    OctetString address;
    if (!(*family == 1 ? read_ipv4(text, address) : read_ipv6(text, address))) return false;
    while (!address.empty() && address.back() == std::byte{0})
        address.pop_back();
    append_big_endian(out, static_cast<std::uint16_t>(*family));
    out.push_back(static_cast<std::byte>(*prefix));
    out.push_back(static_cast<std::byte>(address.size() | (is_negated ? 0x80U : 0U)));
    append_octets(out, address);
    return true;
}

TextResult<void> read_apl(WordReader& words, OctetString& out) {
    while (!words.at_end()) {
        constexpr std::string_view expected = "an address prefix like 1:192.0.2.0/24 or !2:2001:db8::/32";
        const auto word = words.next_plain(expected);
        if (!word) return unexpected(word.error());
        if (!read_apl_item(*word, out)) return words.wrong(expected);
    }
    return {};
}

bool append_apl(Octets octets, std::string& out) {
    for (std::size_t at = 0; at < octets.size();) {
        const auto family = load_big_endian<std::uint16_t>(octets.data() + at);
        const std::size_t size = octet_at(octets, at + 3) & 0x7f;
        if (family != 1 && family != 2) return false;
        std::array<std::byte, 16> address{};
        std::ranges::copy(octets.subspan(at + 4, size), address.begin());
        if (at > 0) out += ' ';
        if ((octets[at + 3] & std::byte{0x80}) != std::byte{0}) out += '!';
        append_number(family, out);
        out += ':';
        if (family == 1) {
            append_ipv4(Octets(address).first(4), out);
        } else {
            append_ipv6(address, out);
        }
        out += '/';
        append_number(octet_at(octets, at + 2), out);
        at += 4 + size;
    }
    return true;
}

/// A gateway or relay of the type given: `.`, an address or a name.
TextResult<void> read_relay(std::size_t relay_type, WordReader& words, OctetString& out) {
    if (relay_type == 3) {
        const auto name = words.name();
        if (!name) return unexpected(name.error());
        append_octets(out, name->octets());
        return {};
    }
    constexpr std::array<std::string_view, 3> expected{"`.` for no gateway", "an IPv4 address",
                                                       "an IPv6 address"};
    const auto word = words.next_plain(expected[relay_type]);
    if (!word) return unexpected(word.error());
    const bool is_right = relay_type == 0   ? *word == "."
                          : relay_type == 1 ? read_ipv4(*word, out)
                                            : read_ipv6(*word, out);
    return is_right ? TextResult<void>{} : words.wrong(expected[relay_type]);
}

/// Appends a gateway's or relay's text and returns its octets.
std::size_t append_relay(std::size_t relay_type, Octets octets, std::string& out) {
    switch (relay_type) {
    case 1: append_ipv4(octets.first(4), out); return 4;
    case 2: append_ipv6(octets.first(16), out); return 16;
    case 3: {
        const std::size_t size = leading_name_octets(octets);
        append_name(octets.first(size), out);
        return size;
    }
    default: out += '.'; return 0;
    }
}

TextResult<void> read_ipsec_gateway(WordReader& words, OctetString& out) {
    const auto gateway_type = words.number(3);
    if (!gateway_type) return unexpected(gateway_type.error());
    const auto algorithm = words.number(255);
    if (!algorithm) return unexpected(algorithm.error());
    out.push_back(static_cast<std::byte>(*gateway_type));
    out.push_back(static_cast<std::byte>(*algorithm));
    if (auto read = read_relay(*gateway_type, words, out); !read) return read;
    if (words.at_end() && *algorithm != 0) return words.missing("a key in base64");
    Base64Reader key(out);
    while (!words.at_end()) {
        const auto word = words.next_plain("a key in base64");
        if (!word) return unexpected(word.error());
        if (!key.add(*word)) return words.wrong("a key in base64");
    }
    return key.finish() ? TextResult<void>{} : words.wrong("a key in base64");
}

bool append_ipsec_gateway(Octets octets, std::string& out) {
    append_number(octet_at(octets, 0), out);
    out += ' ';
    append_number(octet_at(octets, 1), out);
    out += ' ';
    const std::size_t gateway = append_relay(octet_at(octets, 0), octets.subspan(2), out);
    const Octets key = octets.subspan(2 + gateway);
    if (!key.empty()) out += ' ';
    append_base64(key, Words::Many, out);
    return true;
}

TextResult<void> read_amt_relay(WordReader& words, OctetString& out) {
    const auto discovery = words.number(1);
    if (!discovery) return unexpected(discovery.error());
    const auto relay_type = words.number(3);
    if (!relay_type) return unexpected(relay_type.error());
    out.push_back(static_cast<std::byte>(*discovery << 7 | *relay_type));
    return read_relay(*relay_type, words, out);
}

bool append_amt_relay(Octets octets, std::string& out) {
    const std::size_t relay_type = octet_at(octets, 0) & 0x7f;
    if (relay_type > 3) return false;
    append_number(octet_at(octets, 0) >> 7, out);
    out += ' ';
    append_number(relay_type, out);
    out += ' ';
    append_relay(relay_type, octets.subspan(1), out);
    return true;
}

TextResult<void> read_hip(WordReader& words, OctetString& out) {
    constexpr std::string_view expected_tag = "a host identity tag of 1 to 255 octets in hex";
    constexpr std::string_view expected_key = "a key of 1 to 65535 octets in base64";
    const auto algorithm = words.number(255);
    if (!algorithm) return unexpected(algorithm.error());
    const auto tag = words.next_plain(expected_tag);
    if (!tag) return unexpected(tag.error());
    OctetString tag_octets;
    HexReader hex(tag_octets);
    if (!hex.add(*tag) || !hex.finish() || tag_octets.empty() || tag_octets.size() > 255) {
        return words.wrong(expected_tag);
    }
    const auto key = words.next_plain(expected_key);
    if (!key) return unexpected(key.error());
    OctetString key_octets;
    Base64Reader base64(key_octets);
    if (!base64.add(*key) || !base64.finish() || key_octets.empty() || key_octets.size() > 65535) {
        return words.wrong(expected_key);
    }
    out.push_back(static_cast<std::byte>(tag_octets.size()));
    out.push_back(static_cast<std::byte>(*algorithm));
    append_big_endian(out, static_cast<std::uint16_t>(key_octets.size()));
    append_octets(out, tag_octets);
    append_octets(out, key_octets);
    while (!words.at_end()) {
        const auto server = words.name();
        if (!server) return unexpected(server.error());
        append_octets(out, server->octets());
    }
    return {};
}

bool append_hip(Octets octets, std::string& out) {
    const std::size_t tag = octet_at(octets, 0);
    const std::size_t key = load_big_endian<std::uint16_t>(octets.data() + 2);
    append_number(octet_at(octets, 1), out);
    out += ' ';
    append_hex(octets.subspan(4, tag), HexCase::Upper, Words::One, out);
    out += ' ';
    append_base64(octets.subspan(4 + tag, key), Words::One, out);
    for (std::size_t at = 4 + tag + key; at < octets.size();) {
        const std::size_t size = leading_name_octets(octets.subspan(at));
        out += ' ';
        append_name(octets.subspan(at, size), out);
        at += size;
    }
    return true;
}

}  // namespace

TextResult<void> read_special(Field field, WordReader& words, OctetString& out) {
    switch (field) {
    case Field::WksPorts: return read_wks(words, out);
    case Field::Nsap: return read_nsap(words, out);
    case Field::Loc: return read_loc(words, out);
    case Field::Atma: return read_atma(words, out);
    case Field::A6: return read_a6(words, out);
    case Field::Apl: return read_apl(words, out);
    case Field::IpsecGateway: return read_ipsec_gateway(words, out);
    case Field::AmtRelay: return read_amt_relay(words, out);
    case Field::Hip: return read_hip(words, out);
    default: return read_svc_params(words, out);
    }
}

bool append_special(Field field, Octets octets, std::string& out) {
    switch (field) {
    case Field::WksPorts: return append_wks(octets, out);
    case Field::Nsap:
        out += "0x";
        append_hex(octets, HexCase::Lower, Words::One, out);
        return true;
    case Field::Loc: return append_loc(octets, out);
    case Field::Atma: return append_atma(octets, out);
    case Field::A6: return append_a6(octets, out);
    case Field::Apl: return append_apl(octets, out);
    case Field::IpsecGateway: return append_ipsec_gateway(octets, out);
    case Field::AmtRelay: return append_amt_relay(octets, out);
    case Field::Hip: return append_hip(octets, out);
    default: append_svc_params(octets, out); return true;
    }
}

}  // namespace lockstep
