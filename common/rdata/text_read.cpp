#include "rdata/addresses.hpp"
#include "rdata/encoding.hpp"
#include "rdata/field.hpp"
#include "rdata/text_special.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace lockstep {
namespace {

enum class Emptiness { Allowed, Refused };

/// All words left, together one run of octets.
template <class Reader>
TextResult<void> read_run(WordReader& words, OctetString& out, std::string_view expected,
                          Emptiness emptiness) {
    if (words.at_end()) return emptiness == Emptiness::Allowed ? TextResult<void>{} : words.missing(expected);
    const std::size_t start = out.size();
    Reader reader(out);
    while (!words.at_end()) {
        const auto word = words.next_plain(expected);
        if (!word) return unexpected(word.error());
        if (!reader.add(*word)) return words.wrong(expected);
    }
    const bool is_empty = out.size() == start && emptiness == Emptiness::Refused;
    return reader.finish() && !is_empty ? TextResult<void>{} : words.wrong(expected);
}

template <class U>
TextResult<void> read_number(WordReader& words, OctetString& out) {
    const auto value = words.number(std::numeric_limits<U>::max());
    if (!value) return unexpected(value.error());
    append_big_endian(out, static_cast<U>(*value));
    return {};
}

/// One plain word that `read` makes a number of, which goes out as a U.
template <class U, class Read>
TextResult<void> read_word(WordReader& words, OctetString& out, std::string_view expected, Read read) {
    const auto word = words.next_plain(expected);
    if (!word) return unexpected(word.error());
    const auto value = read(*word);
    if (!value) return words.wrong(expected);
    append_big_endian(out, static_cast<U>(*value));
    return {};
}

template <class U>
TextResult<void> read_mnemonic(WordReader& words, OctetString& out, Registry registry,
                               std::string_view expected) {
    return read_word<U>(words, out, expected, [registry](std::string_view word) {
        return value_of(registry, word, std::numeric_limits<U>::max());
    });
}

/// One plain word that `read` appends the octets of.
template <class Read>
TextResult<void> read_octets(WordReader& words, OctetString& out, std::string_view expected, Read read) {
    const auto word = words.next_plain(expected);
    if (!word) return unexpected(word.error());
    return read(*word, out) ? TextResult<void>{} : words.wrong(expected);
}

TextResult<void> read_name(WordReader& words, OctetString& out) {
    Name name;
    if (auto read = words.name_into(name); !read) return read;
    append_octets(out, name.octets());
    return {};
}

TextResult<void> read_strings(WordReader& words, OctetString& out) {
    do {
        if (auto read = words.string(out); !read) return read;
    } while (!words.at_end());
    return {};
}

TextResult<void> read_tag(WordReader& words, OctetString& out) {
    constexpr std::string_view expected = "a tag of 1 to 255 letters and digits";
    const auto word = words.next(expected);
    if (!word) return unexpected(word.error());
    const auto is_tag = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    if (word->text.empty() || word->text.size() > 255 || !std::ranges::all_of(word->text, is_tag)) {
        return words.wrong(expected);
    }
    out.push_back(static_cast<std::byte>(word->text.size()));
    append_octets(out, as_octets(word->text));
    return {};
}

TextResult<void> read_long_string(WordReader& words, OctetString& out) {
    const auto word = words.next("a string");
    if (!word) return unexpected(word.error());
    return append_unescaped(word->text, out) ? TextResult<void>{}
                                             : words.wrong("a string with whole escapes");
}

/// A run of up to 255 octets behind its length.
template <class Read>
TextResult<void> read_counted(WordReader& words, OctetString& out, std::string_view expected, Read read) {
    const std::size_t length_at = out.size();
    out.push_back(std::byte{0});
    auto done = read_octets(words, out, expected, read);
    if (!done) return done;
    const std::size_t length = out.size() - length_at - 1;
    if (length > 255) return words.wrong(expected);
    out[length_at] = static_cast<std::byte>(length);
    return {};
}

bool read_salt(std::string_view word, OctetString& out) {
    if (word == "-") return true;
    HexReader reader(out);
    return !word.empty() && reader.add(word) && reader.finish();
}

TextResult<void> read_types(WordReader& words, OctetString& out, Emptiness emptiness) {
    constexpr std::string_view expected = "a record type";
    if (words.at_end()) return emptiness == Emptiness::Allowed ? TextResult<void>{} : words.missing(expected);
    std::vector<std::uint16_t> types;
    while (!words.at_end()) {
        const auto word = words.next_plain(expected);
        if (!word) return unexpected(word.error());
        const auto type = parse_type(*word);
        if (!type) return words.wrong(expected);
        types.push_back(static_cast<std::uint16_t>(*type));
    }
    std::ranges::sort(types);
    for (auto at = types.begin(); at != types.end();) {
        const auto window = static_cast<std::uint8_t>(*at >> 8);
        const auto end =
            std::find_if(at, types.end(), [window](std::uint16_t type) { return type >> 8 != window; });
        const std::size_t size = (*(end - 1) & 0xffU) / 8 + 1;
        out.push_back(std::byte{window});
        out.push_back(static_cast<std::byte>(size));
        const std::size_t bits = out.size();
        out.resize(bits + size);
        for (; at != end; ++at)
            out[bits + (*at & 0xffU) / 8] |= static_cast<std::byte>(0x80U >> (*at & 7U));
    }
    return {};
}

TextResult<void> read_nxt_types(WordReader& words, OctetString& out) {
    constexpr std::string_view expected = "a record type from 1 to 127";
    const std::size_t start = out.size();
    while (!words.at_end()) {
        const auto word = words.next_plain(expected);
        if (!word) return unexpected(word.error());
        // BIND writes types without a mnemonic as bare numbers here.
        const auto number = decimal(*word, 127);
        const auto parsed = number ? std::optional(static_cast<RrType>(*number)) : parse_type(*word);
        const unsigned type = parsed ? static_cast<unsigned>(*parsed) : 0;
        if (type < 1 || type > 127) return words.wrong(expected);
        if (out.size() <= start + type / 8) out.resize(start + type / 8 + 1);
        out[start + type / 8] |= static_cast<std::byte>(0x80U >> type % 8);
    }
    return {};
}

TextResult<void> read_field(Field field, WordReader& words, OctetString& out) {
    switch (field) {
    case Field::NameCompressible:
    case Field::NameDecompressed:
    case Field::NameLowered:
    case Field::NamePlain: return read_name(words, out);
    case Field::U8: return read_number<std::uint8_t>(words, out);
    case Field::U16: return read_number<std::uint16_t>(words, out);
    case Field::U32: return read_number<std::uint32_t>(words, out);
    case Field::Period: return read_word<std::uint32_t>(words, out, "a period like 3600 or 1h30m", period);
    case Field::Time:
        return read_word<std::uint32_t>(words, out, "a time as YYYYMMDDHHmmSS or in seconds since 1970",
                                        time_stamp);
    case Field::TypeCode:
        return read_word<std::uint16_t>(words, out, "a record type", [](std::string_view word) {
            const auto number = decimal(word, 65535);
            return number ? std::optional(static_cast<RrType>(*number)) : parse_type(word);
        });
    case Field::Algorithm:
    case Field::AlgorithmMnemonic:
        return read_mnemonic<std::uint8_t>(words, out, Registry::Algorithm,
                                           "an algorithm's mnemonic or number");
    case Field::DigestType:
        return read_mnemonic<std::uint8_t>(words, out, Registry::DigestType,
                                           "a digest type's mnemonic or number");
    case Field::CertType:
        return read_mnemonic<std::uint16_t>(words, out, Registry::CertType,
                                            "a certificate type's mnemonic or number");
    case Field::KeyProtocol:
        return read_mnemonic<std::uint8_t>(words, out, Registry::KeyProtocol,
                                           "a key protocol's mnemonic or number");
    case Field::SyncScheme:
        return read_mnemonic<std::uint8_t>(words, out, Registry::SyncScheme, "NOTIFY or a scheme's number");
    case Field::KeyFlags: return read_word<std::uint16_t>(words, out, "key flags", key_flags);
    case Field::Ipv4: return read_octets(words, out, "an IPv4 address", read_ipv4);
    case Field::Ipv6: return read_octets(words, out, "an IPv6 address", read_ipv6);
    case Field::Locator:
        return read_octets(words, out, "four groups of hex digits with colons between", read_locator);
    case Field::Eui48:
    case Field::Eui64: {
        const std::size_t octets = field == Field::Eui48 ? 6 : 8;
        return read_octets(
            words, out, "pairs of hex digits with hyphens between",
            [octets](std::string_view word, OctetString& to) { return read_eui(word, octets, to); });
    }
    case Field::String: return words.string(out);
    case Field::OptionalString: return words.at_end() ? TextResult<void>{} : words.string(out);
    case Field::Strings: return read_strings(words, out);
    case Field::Digits: {
        const std::size_t start = out.size();
        if (auto read = words.string(out); !read) return read;
        return field_octets(field, Octets(out).subspan(start)) ? TextResult<void>{}
                                                               : words.wrong("four or more digits");
    }
    case Field::Tag: return read_tag(words, out);
    case Field::QuotedRest: return read_long_string(words, out);
    case Field::Base64: return read_run<Base64Reader>(words, out, "base64", Emptiness::Refused);
    case Field::Base64OrNone: return read_run<Base64Reader>(words, out, "base64", Emptiness::Allowed);
    case Field::Base64OrDash:
        if (!words.at_end() && !words.peek().quoted && words.peek().text == "-") {
            words.skip();
            return {};
        }
        return read_run<Base64Reader>(words, out, "base64 or `-`", Emptiness::Refused);
    case Field::Hex:
        return read_run<HexReader>(words, out, "an even number of hex digits", Emptiness::Refused);
    case Field::HexOrNone:
        return read_run<HexReader>(words, out, "an even number of hex digits", Emptiness::Allowed);
    case Field::Salt: return read_counted(words, out, "a salt in hex, up to 255 octets, or `-`", read_salt);
    case Field::HashedOwner:
        return read_counted(
            words, out, "a hashed owner name in base32hex",
            [](std::string_view word, OctetString& to) { return !word.empty() && read_base32hex(word, to); });
    case Field::Types: return read_types(words, out, Emptiness::Refused);
    case Field::TypesOrNone: return read_types(words, out, Emptiness::Allowed);
    case Field::NxtTypes: return read_nxt_types(words, out);
    case Field::End:
    case Field::Opaque: return words.missing("the form \\# LENGTH HEX, as the type has no other");
    default: return read_special(field, words, out);
    }
}

std::string_view broken_rule(Rule rule) {
    switch (rule) {
    case Rule::DigestLength:
    case Rule::FingerprintLength:
    case Rule::ZoneDigestLength: return "the digest's length is not that of its type";
    case Rule::KeyUnlessNoKey:
        return "a key where the flags say that there is none, or none where there must be one";
    case Rule::HashLength: return "a hash that is not of 20 octets, as SHA-1 makes";
    case Rule::ZeroFlags: return "the flags must be 0";
    case Rule::None: break;
    }
    return "";
}

/// `\# LENGTH HEX…`, its first word read already.
TextResult<void> read_generic(RrType type, WordReader& words, OctetString& out) {
    const std::size_t start = out.size();
    const auto length = words.number(max_rdata_octets);
    if (!length) return unexpected(length.error());
    if (auto read = read_run<HexReader>(words, out, "an even number of hex digits", Emptiness::Allowed);
        !read) {
        return read;
    }
    const Octets rdata = Octets(out).subspan(start);
    if (rdata.size() != *length) {
        return words.failed(std::to_string(rdata.size()) + " octets after a length of " +
                            std::to_string(*length));
    }
    if (const auto fits = check_rdata(type, rdata); !fits) {
        return words.failed("octets that are no RDATA of type " + to_string(type) + ": " +
                            std::string(to_string(fits.error())));
    }
    return {};
}

/// Whether the words are of the generic form, whatever the type. A `\#` without a length after it is a string
/// of one `#`, as the peers read it.
bool is_generic(std::span<const TextToken> words) {
    return words.size() >= 2 && !words[0].quoted && words[0].text == "\\#" && !words[1].quoted &&
           decimal(words[1].text, 0xffffffff);
}

TextResult<void> read_text(RrType type, std::span<const TextToken> tokens, const Name& origin,
                           OctetString& out) {
    WordReader words(tokens, origin);
    if (is_generic(tokens)) {
        words.skip();
        return read_generic(type, words, out);
    }
    const std::size_t start = out.size();
    const Layout& layout = layout_of(type);
    for (const Field field : layout) {
        if (auto read = read_field(field, words, out); !read) return read;
    }
    if (!words.at_end()) {
        words.skip();
        return words.wrong("the end of the record");
    }
    const Octets rdata = Octets(out).subspan(start);
    if (rdata.size() > max_rdata_octets) {
        return words.failed(std::to_string(rdata.size()) + " octets, at most 65535 fit");
    }
    if (!check_rule(layout.rule, rdata)) return words.failed(std::string(broken_rule(layout.rule)));
    return {};
}

}  // namespace

Expected<void, RdataTextError> parse_rdata_into(RrType type, std::span<const TextToken> words,
                                                const Name& origin, OctetString& out) {
    const std::size_t start = out.size();
    auto read = read_text(type, words, origin, out);
    if (!read) out.resize(start);
    return read;
}

Expected<OctetString, RdataTextError> parse_rdata(RrType type, std::span<const TextToken> words,
                                                  const Name& origin) {
    OctetString out;
    if (auto read = parse_rdata_into(type, words, origin, out); !read)
        return unexpected(std::move(read).error());
    return out;
}

}  // namespace lockstep
