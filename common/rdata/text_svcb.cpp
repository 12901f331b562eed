#include "rdata/addresses.hpp"
#include "rdata/encoding.hpp"
#include "rdata/field.hpp"
#include "rdata/text_special.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace lockstep {
namespace {

enum SvcKey : std::uint16_t {
    Mandatory = 0,
    Alpn = 1,
    NoDefaultAlpn = 2,
    Port = 3,
    Ipv4Hint = 4,
    Ech = 5,
    Ipv6Hint = 6
};

// Written by name; the peers write `key7` for dohpath, and so do we.
constexpr std::array<std::string_view, 7> written_names{"mandatory", "alpn", "no-default-alpn", "port",
                                                        "ipv4hint",  "ech",  "ipv6hint"};
// Read by name only (RFC 9461 §5, RFC 9540 §4).
constexpr std::array<std::string_view, 2> read_names{"dohpath", "ohttp"};

struct Param {
    std::uint16_t key = 0;
    OctetString value;
};

std::optional<std::uint16_t> key_of(std::string_view name) {
    const auto written = std::ranges::find(written_names, name);
    if (written != written_names.end()) return static_cast<std::uint16_t>(written - written_names.begin());
    const auto read = std::ranges::find(read_names, name);
    if (read != read_names.end()) return static_cast<std::uint16_t>(7 + (read - read_names.begin()));
    if (!name.starts_with("key") || (name.size() > 4 && name[3] == '0')) return std::nullopt;
    const auto number = decimal(name.substr(3), 65535);
    if (!number) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

void append_key(std::uint16_t key, std::string& out) {
    if (key < written_names.size()) {
        out += written_names[key];
        return;
    }
    out += "key";
    append_number(key, out);
}

/// Calls `item` for each part between commas, until one fails.
template <class Item>
bool each_part(std::string_view list, Item item) {
    while (true) {
        const std::size_t comma = list.find(',');
        if (!item(list.substr(0, comma))) return false;
        if (comma == std::string_view::npos) return true;
        list.remove_prefix(comma + 1);
    }
}

bool read_mandatory(std::string_view text, OctetString& out) {
    std::vector<std::uint16_t> keys;
    const bool known = each_part(text, [&keys](std::string_view name) {
        const auto key = key_of(name);
        if (key) keys.push_back(*key);
        return key.has_value();
    });
    std::ranges::sort(keys);
    if (!known || std::ranges::adjacent_find(keys) != keys.end()) return false;
    for (const std::uint16_t key : keys)
        append_big_endian(out, key);
    return true;
}

/// Protocol identifiers between commas, where `\` keeps a comma or a backslash within one (RFC 9460 Appendix
/// A.1).
bool read_alpn(std::string_view text, OctetString& out) {
    std::size_t length_at = out.size();
    out.push_back(std::byte{0});
    const auto end_item = [&] {
        const std::size_t length = out.size() - length_at - 1;
        if (length == 0 || length > 255) return false;
        out[length_at] = static_cast<std::byte>(length);
        length_at = out.size();
        return true;
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == ',') {
            if (!end_item()) return false;
            out.push_back(std::byte{0});
            continue;
        }
        if (text[at] == '\\' && ++at == text.size()) return false;
        out.push_back(static_cast<std::byte>(text[at]));
    }
    return end_item();
}

/// A key's value from its octets in text, after the escapes of strings are undone.
bool read_value(std::uint16_t key, std::string_view text, OctetString& out) {
    switch (key) {
    case Mandatory: return read_mandatory(text, out);
    case Alpn: return read_alpn(text, out);
    case Port: {
        const auto port = decimal(text, 65535);
        if (port) append_big_endian(out, static_cast<std::uint16_t>(*port));
        return port.has_value();
    }
    case Ipv4Hint: return each_part(text, [&out](std::string_view part) { return read_ipv4(part, out); });
    case Ipv6Hint: return each_part(text, [&out](std::string_view part) { return read_ipv6(part, out); });
    case Ech: {
        Base64Reader reader(out);
        return reader.add(text) && reader.finish();
    }
    default: append_octets(out, as_octets(text)); return true;
    }
}

TextResult<Param> read_param(WordReader& words) {
    constexpr std::string_view expected = "a service parameter like alpn=h2 or key667=\"value\"";
    const auto word = words.next_plain(expected);
    if (!word) return unexpected(word.error());
    const std::size_t equals = word->find('=');
    const std::string_view name = word->substr(0, equals);
    const auto key = key_of(name);
    if (!key) return words.wrong(expected);
    std::string_view text = equals == std::string_view::npos ? "" : word->substr(equals + 1);
    const bool is_keyNNN = name.starts_with("key");
    if (equals != std::string_view::npos && text.empty() && !words.at_end() && words.peek().quoted) {
        text = words.peek().text;
        words.skip();
    } else if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    Param param{*key, {}};
    OctetString plain;
    if (!append_unescaped(text, plain)) return words.wrong("a value with whole escapes");
    // The form keyNNN has the wire's own octets, whatever the key (RFC 9460 §2.1).
    if (is_keyNNN) {
        param.value = std::move(plain);
    } else if (!(plain.empty() && *key >= NoDefaultAlpn && *key != Port) &&
               !read_value(*key, as_text(plain), param.value)) {
        return words.wrong("a value that " + std::string(name) + " may have");
    }
    if (param.value.size() > 65535) return words.failed("a value of more than 65535 octets");
    return param;
}

/// Why parameters, sorted by key, which each can be read do not make RDATA (RFC 9460 §2.2, §7.1.1, §8).
std::string contradiction(std::span<const Param> params) {
    const auto has = [params](std::uint16_t key) {
        return std::ranges::binary_search(params, key, {}, &Param::key);
    };
    for (const Param& param : params) {
        if (param.key == NoDefaultAlpn && !has(Alpn)) return "service parameter no-default-alpn without alpn";
        if (param.key != Mandatory) continue;
        for (std::size_t at = 0; at + 2 <= param.value.size(); at += 2) {
            const auto key = load_big_endian<std::uint16_t>(param.value.data() + at);
            std::string name;
            append_key(key, name);
            if (key == Mandatory) return "service parameter mandatory lists itself";
            if (!has(key)) return "service parameter " + name + " is mandatory and not there";
        }
    }
    return "a service parameter's value has not the form that its key asks for";
}

void append_alpn(Octets value, std::string& out) {
    out += '"';
    for (std::size_t at = 0; at < value.size();) {
        if (at > 0) out += ',';
        const std::size_t end = at + 1 + std::to_integer<std::size_t>(value[at]);
        for (++at; at < end; ++at) {
            const char c = static_cast<char>(value[at]);
            const auto number = static_cast<unsigned char>(c);
            if (c == ',') {
                out += "\\\\,";
            } else if (c == '\\') {
                out += "\\\\\\\\";
            } else if (c == '"') {
                out += "\\\"";
            } else if (number > 0x20 && number < 0x7f) {
                out += c;
            } else {
                out += {'\\', static_cast<char>('0' + number / 100),
                        static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
            }
        }
    }
    out += '"';
}

template <class AppendItem>
void append_list(Octets value, std::size_t item_octets, std::string& out, AppendItem append_item) {
    for (std::size_t at = 0; at < value.size(); at += item_octets) {
        if (at > 0) out += ',';
        append_item(value.subspan(at, item_octets), out);
    }
}

void append_value(std::uint16_t key, Octets value, std::string& out) {
    switch (key) {
    case Mandatory:
        append_list(value, 2, out, [](Octets item, std::string& text) {
            append_key(load_big_endian<std::uint16_t>(item.data()), text);
        });
        return;
    case Alpn: append_alpn(value, out); return;
    case Port: append_number(load_big_endian<std::uint16_t>(value.data()), out); return;
    case Ipv4Hint: append_list(value, 4, out, append_ipv4); return;
    case Ipv6Hint: append_list(value, 16, out, append_ipv6); return;
    case Ech: append_base64(value, Words::One, out); return;
    default: append_quoted(value, out); return;
    }
}

}  // namespace

TextResult<void> read_svc_params(WordReader& words, OctetString& out) {
    if (words.at_end()) return {};
    std::vector<Param> params;
    while (!words.at_end()) {
        auto param = read_param(words);
        if (!param) return unexpected(param.error());
        params.push_back(std::move(*param));
    }
    std::ranges::sort(params, {}, &Param::key);
    const auto twice = std::ranges::adjacent_find(params, {}, &Param::key);
    if (twice != params.end()) {
        std::string name;
        append_key(twice->key, name);
        return words.failed("service parameter " + name + " stands twice");
    }
    const std::size_t start = out.size();
    for (const Param& param : params) {
        append_big_endian(out, param.key);
        append_big_endian(out, static_cast<std::uint16_t>(param.value.size()));
        append_octets(out, param.value);
    }
    if (field_octets(Field::SvcParams, Octets(out).subspan(start))) return {};
    return words.failed(contradiction(params));
}

void append_svc_params(Octets octets, std::string& out) {
    for (std::size_t at = 0; at < octets.size();) {
        const auto key = load_big_endian<std::uint16_t>(octets.data() + at);
        const std::size_t size = load_big_endian<std::uint16_t>(octets.data() + at + 2);
        if (at > 0) out += ' ';
        append_key(key, out);
        if (size > 0) {
            out += '=';
            append_value(key, octets.subspan(at + 4, size), out);
        }
        at += 4 + size;
    }
}

}  // namespace lockstep
