#pragma once
// Zones for unit tests from a few lines of text: `OWNER TTL TYPE RDATA`, names relative to the apex, `;`
// starts a comment. Not a master file parser: that one has tests of its own and stands on a floor above.

#include "name_text.hpp"
#include "rdata/rdata.hpp"
#include "wire/record.hpp"
#include "zone/builder.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::test {

/// The words of one line; what stands in double quotes is one word.
inline std::vector<TextToken> words_of(std::string_view line) {
    std::vector<TextToken> words;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == ';') break;
        if (line[at] == ' ' || line[at] == '\t') {
            ++at;
            continue;
        }
        const bool quoted = line[at] == '"';
        if (quoted) ++at;
        const std::size_t end = std::min(line.find_first_of(quoted ? "\"" : " \t", at), line.size());
        words.push_back({line.substr(at, end - at), quoted});
        at = end + (quoted ? 1 : 0);
    }
    return words;
}

/// Appends the records of `text` to `list`.
inline void append_records(std::string_view apex, std::string_view text, RecordList& list) {
    const Name origin = name(apex);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const auto words = words_of(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (words.empty()) continue;
        if (words.size() < 4) throw std::invalid_argument("too few words");
        const auto owner = Name::parse(words[0].text, &origin);
        const auto type = parse_type(words[2].text);
        if (!owner || !type) throw std::invalid_argument("bad owner or type: " + std::string(words[0].text));
        const auto rdata = parse_rdata(*type, std::span(words).subspan(3), origin);
        if (!rdata) throw std::invalid_argument(rdata.error().text);
        const auto ttl =
            static_cast<std::uint32_t>(std::strtoul(std::string(words[1].text).c_str(), nullptr, 10));
        list.append({*owner, *type, Ttl{ttl}, *rdata});
    }
}

inline RecordList records(std::string_view apex, std::string_view text) {
    RecordList list;
    append_records(apex, text, list);
    return list;
}

inline ZonePtr zone(std::string_view apex, std::string_view text) {
    ZoneBuilder builder{name(apex)};
    for (const RecordView record : records(apex, text))
        (void)builder.add(record);
    auto built = std::move(builder).finish();
    if (!built) throw std::invalid_argument(built.error().text);
    return *built;
}

}  // namespace lockstep::test
