// Two octets of type, then RDATA, or text: what passes the check has a text, and the text means the same octets.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "rdata/rdata.hpp"

namespace {

using namespace lockstep;

/// Ends the run where a promise of rdata.hpp is broken.
void promise(bool holds) {
    if (!holds) std::abort();
}

/// As a zone file's line is split; a quote right after `=` belongs to its word.
std::vector<TextToken> tokens(std::string_view text) {
    std::vector<TextToken> words;
    std::size_t at = 0;
    const auto run_to = [&](std::string_view ends) {
        const std::size_t start = at;
        while (at < text.size() && ends.find(text[at]) == std::string_view::npos) at += text[at] == '\\' ? 2 : 1;
        if (at > text.size()) at = text.size();
        return text.substr(start, at - start);
    };
    while (at < text.size()) {
        if (text[at] == ' ') {
            ++at;
        } else if (text[at] == '"') {
            ++at;
            words.push_back({run_to("\""), true});
            ++at;
        } else {
            const std::size_t start = at;
            run_to(" \"");
            if (at < text.size() && text[at] == '"' && text[at - 1] == '=') {
                ++at;
                run_to("\"");
                if (at < text.size()) ++at;
            }
            words.push_back({text.substr(start, at - start), false});
        }
    }
    return words;
}

void round_trip(RrType type, Octets rdata) {
    const std::string text = rdata_text(type, rdata);
    const auto read = parse_rdata(type, tokens(text), Name{});
    promise(read && equal_octets(*read, rdata));
}

void keep_promises(RrType type, Octets rdata) {
    round_trip(type, rdata);
    OctetString canonical;
    append_canonical_rdata(type, rdata, canonical);
    promise(check_rdata(type, canonical).has_value());
    promise(equal_rdata(type, rdata, canonical));
    promise(canonical_rdata_order(type, rdata, canonical) == 0);
    OctetString twice;
    append_canonical_rdata(type, canonical, twice);
    promise(twice == canonical);
    OctetString seen;
    visit_rdata(
        type, rdata, [&seen](NameView name) { append_octets(seen, name.octets()); },
        [&seen](Octets octets) { append_octets(seen, octets); });
    promise(equal_octets(seen, rdata));
    if (const auto target = additional_target(type, rdata)) {
        promise(Name::read_uncompressed(target->octets()).has_value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const Octets input = std::as_bytes(std::span(data, size));
    const auto type = static_cast<RrType>(load_big_endian<std::uint16_t>(input.data()));
    const Octets rdata = input.subspan(2);
    if (check_rdata(type, rdata)) keep_promises(type, rdata);

    // The same octets behind a header, where a pointer may point.
    OctetString message(12);
    append_octets(message, Octets(input).first(2));
    message.push_back(std::byte{0});
    const std::size_t at = message.size();
    append_octets(message, rdata);
    OctetString read;
    if (read_rdata(type, message, at, rdata.size(), read)) keep_promises(type, read);
    const OctetString unchecked(rdata.begin(), rdata.end());
    promise(!rdata_text(type, unchecked).empty() || rdata.empty());
    static_cast<void>(additional_target(type, unchecked));

    // The same octets as text.
    const std::string text(as_text(rdata));
    if (const auto parsed = parse_rdata(type, tokens(text), Name{})) {
        promise(check_rdata(type, *parsed).has_value());
        round_trip(type, *parsed);
    }
    return 0;
}
