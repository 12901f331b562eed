#include "config/key_format.hpp"

#include "crypto/encoding.hpp"

#include <fmt/format.h>

namespace lockstep {
namespace {

/// A name in presentation form inside double quotes: `\` and `"` once more escaped, as JSON, BIND and Knot
/// read them alike. Presentation form has no control characters and nothing beyond ASCII.
std::string in_quotes(const std::string& text) {
    std::string escaped = "\"";
    for (const char character : text) {
        if (character == '\\' || character == '"') escaped += '\\';
        escaped += character;
    }
    return escaped + '"';
}

}  // namespace

std::optional<KeyFormat> parse_key_format(std::string_view text) {
    if (text == "json") return KeyFormat::Json;
    if (text == "bind") return KeyFormat::Bind;
    if (text == "knot") return KeyFormat::Knot;
    if (text == "nsd") return KeyFormat::Nsd;
    if (text == "secret") return KeyFormat::Secret;
    return std::nullopt;
}

std::string format_key(const TsigKey& key, KeyFormat format) {
    const auto name = in_quotes(key.name.to_string());
    const auto algorithm = to_string(key.algorithm);
    const auto secret = to_base64(secret_view(key.secret));
    switch (format) {
    case KeyFormat::Json:
        return fmt::format("{{ \"name\": {}, \"algorithm\": \"{}\", \"secret\": \"{}\" }}\n", name, algorithm,
                           secret);
    case KeyFormat::Bind:
        return fmt::format("key {} {{\n    algorithm {};\n    secret \"{}\";\n}};\n", name, algorithm,
                           secret);
    case KeyFormat::Knot:
        return fmt::format("key:\n  - id: {}\n    algorithm: {}\n    secret: {}\n", name, algorithm, secret);
    case KeyFormat::Nsd:
        return fmt::format("key:\n    name: {}\n    algorithm: {}\n    secret: \"{}\"\n", name, algorithm,
                           secret);
    case KeyFormat::Secret: return secret + "\n";
    }
    return "";
}

}  // namespace lockstep
