#pragma once
// Records as tests write them: words of text, octets in hex, and what BIND made of both.

#include "rdata/encoding.hpp"
#include "rdata/layout.hpp"
#include "rdata/rdata.hpp"
#include "support/test_data.hpp"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::test {

/// Splits as a zone file's line is split: at blanks outside quotes, `\` keeps the next character. A quote
/// right after `=` belongs to its word.
inline std::vector<TextToken> tokens(std::string_view text) {
    std::vector<TextToken> words;
    std::size_t at = 0;
    const auto skip_to = [&](std::string_view ends) {
        while (at < text.size() && ends.find(text[at]) == std::string_view::npos)
            at += text[at] == '\\' ? 2 : 1;
        at = std::min(at, text.size());
    };
    while (true) {
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t'))
            ++at;
        if (at >= text.size()) return words;
        if (text[at] == '"') {
            const std::size_t start = ++at;
            skip_to("\"");
            words.push_back({text.substr(start, at - start), true});
            ++at;
            continue;
        }
        const std::size_t start = at;
        skip_to(" \t\"");
        if (at < text.size() && text[at] == '"' && text[at - 1] == '=') {
            ++at;
            skip_to("\"");
            ++at;
        }
        words.push_back({text.substr(start, at - start), false});
    }
}

inline OctetString octets(std::string_view hex) {
    OctetString out;
    HexReader reader(out);
    if (!reader.add(hex) || !reader.finish()) throw std::runtime_error("bad hex in a test");
    return out;
}
inline std::string hex(Octets octets) {
    std::string out;
    append_hex(octets, HexCase::Upper, Words::One, out);
    return out;
}

inline Name origin() {
    return *Name::parse_absolute("example.");
}
inline Expected<OctetString, RdataTextError> parse(RrType type, std::string_view text) {
    const auto words = tokens(text);
    return parse_rdata(type, words, origin());
}
inline OctetString rdata(RrType type, std::string_view text) {
    auto parsed = parse(type, text);
    if (!parsed) throw std::runtime_error("bad record in a test: " + parsed.error().text);
    return *parsed;
}
/// The text with every run of blanks as one.
inline std::string by_words(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
        out += c;
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

/// The lines of a file of tests/data/rdata, each in its fields.
inline std::vector<std::vector<std::string>> table(std::string_view file_name) {
    std::ifstream file(test_data() / "rdata" / file_name);
    std::vector<std::vector<std::string>> lines;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        auto& fields = lines.emplace_back(1);
        for (const char c : line) {
            if (c == '\t') {
                fields.emplace_back();
            } else {
                fields.back() += c;
            }
        }
    }
    return lines;
}
inline RrType type_of(const std::string& mnemonic) {
    const auto type = parse_type(mnemonic);
    if (!type) throw std::runtime_error("unknown type in a test: " + mnemonic);
    return *type;
}

/// One line of vectors.txt.
struct Vector {
    bool accepted = false;
    RrType type = RrType::None;
    std::string words;
    std::string hex;   // of what BIND accepts
    std::string text;  // the same as BIND writes it, or why it refuses
};
inline std::vector<Vector> vectors() {
    std::vector<Vector> all;
    for (const auto& fields : table("vectors.txt")) {
        const bool accepted = fields.at(0) == "ok";
        all.push_back({accepted, type_of(fields.at(1)), fields.at(2), accepted ? fields.at(3) : "",
                       fields.at(accepted ? 4 : 3)});
    }
    return all;
}

/// One line of others.txt: a record that BIND takes, and what another implementation makes of it.
struct Opinion {
    std::string maker;
    RrType type = RrType::None;
    std::string words;
    std::string hex;
    std::string text;
};
inline std::vector<Opinion> opinions() {
    std::vector<Opinion> all;
    for (const auto& fields : table("others.txt"))
        all.push_back({fields.at(0), type_of(fields.at(1)), fields.at(2), fields.at(3), fields.at(4)});
    return all;
}

}  // namespace lockstep::test
