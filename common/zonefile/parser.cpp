#include "zonefile/parser.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool equal_case_blind(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

/// Whether one changed, missing, added or swapped letter makes `a` of `b`.
bool is_one_slip(std::string_view a, std::string_view b) {
    std::size_t front = 0;
    while (front < std::min(a.size(), b.size()) && lower(a[front]) == lower(b[front]))
        ++front;
    std::size_t back = 0;
    while (back < std::min(a.size(), b.size()) - front &&
           lower(a[a.size() - 1 - back]) == lower(b[b.size() - 1 - back]))
        ++back;
    const std::size_t a_rest = a.size() - front - back;
    const std::size_t b_rest = b.size() - front - back;
    if (a_rest <= 1 && b_rest <= 1) return true;
    return a_rest == 2 && b_rest == 2 && lower(a[front]) == lower(b[front + 1]) &&
           lower(a[front + 1]) == lower(b[front]);
}

/// A type whose mnemonic is one slip away; empty if there is none. Only for words long enough to tell.
std::string nearest_type(std::string_view word) {
    if (word.size() < 2) return {};
    for (std::uint16_t number = 1; number < 300; ++number) {
        auto name = to_string(RrType{number});
        if (name.size() > 1 && !name.starts_with("TYPE") && !is_meta(RrType{number}) &&
            is_one_slip(word, name))
            return name;
    }
    return {};
}

constexpr bool has_names(RrType type) {
    switch (type) {
    case RrType::NS:
    case RrType::CNAME:
    case RrType::SOA:
    case RrType::PTR:
    case RrType::MX:
    case RrType::SRV:
    case RrType::DNAME: return true;
    default: return false;
    }
}

}  // namespace

Expected<Ttl, std::string> parse_ttl(std::string_view text) {
    constexpr std::uint64_t max_ttl = 0x7fffffffU;
    const auto malformed = [] {
        return unexpected(std::string("is not a TTL: seconds, or a form like 1w2d3h4m5s"));
    };
    if (text.empty() || !is_digit(text[0])) return malformed();
    std::uint64_t total = 0;
    bool has_units = false;
    for (std::size_t at = 0; at < text.size();) {
        if (!is_digit(text[at])) return malformed();
        std::uint64_t value = 0;
        for (; at < text.size() && is_digit(text[at]); ++at) {
            value = std::min(value * 10 + static_cast<std::uint64_t>(text[at] - '0'), max_ttl + 1);
        }
        if (at < text.size()) {
            switch (lower(text[at++])) {
            case 's': break;
            case 'm': value *= 60; break;
            case 'h': value *= 3600; break;
            case 'd': value *= 86'400; break;
            case 'w': value *= 604'800; break;
            default: return malformed();
            }
            has_units = true;
        } else if (has_units) {
            return malformed();
        }
        total = std::min(total + value, max_ttl + 1);
    }
    if (total > max_ttl) return unexpected(std::string("is more than the largest TTL, 2147483647"));
    return Ttl{static_cast<std::uint32_t>(total)};
}

ZoneFileParser::ZoneFileParser(SourceSet& sources, Report& report, const Name& apex,
                               const LoadOptions& options, RecordSink& sink)
    : sources_(sources), report_(report), apex_(apex), options_(options), sink_(sink) {
    if (apex_.view().is_root()) return;
    apex_text_ = apex_.to_string();
    apex_text_.pop_back();
}

std::optional<ZoneFileParser::Standing> ZoneFileParser::run_head(std::uint32_t source, std::size_t octets) {
    head_ = open_source(source, apex_, octets);
    read_entries(*head_);
    if (!default_ttl_) return std::nullopt;
    return Standing{head_->origin, *default_ttl_};
}

void ZoneFileParser::run_rest() {
    const auto text = sources_.text(head_->source);
    head_->lexer = Lexer(text, std::max(head_->start, head_->octets));
    read_entries(*head_);
    close_source(*head_);
}

void ZoneFileParser::run_part(std::uint32_t source, const Standing& standing) {
    default_ttl_ = standing.default_ttl;
    read_source(source, standing.origin);
}

void ZoneFileParser::check_encoding(std::uint32_t source, std::size_t& start) {
    const auto text = sources_.text(source);
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
        report_.error({source, 0},
                      "the file is UTF-16: master files are ASCII, or UTF-8 without a byte order mark");
        start = text.size();
        return;
    }
    if (text.starts_with("\xef\xbb\xbf")) {
        report_.error({source, 0}, "the file begins with a byte order mark: save it as UTF-8 without one");
        start = 3;
    }
    if (const auto at = text.find('\0'); at != std::string_view::npos) {
        report_.error({source, at}, "a NUL octet: this is no text file");
        start = text.size();
    }
}

void ZoneFileParser::read_source(std::uint32_t source, const Name& origin) {
    auto in = open_source(source, origin, sources_.text(source).size());
    read_entries(in);
    close_source(in);
}

ZoneFileParser::OpenSource ZoneFileParser::open_source(std::uint32_t source, const Name& origin,
                                                       std::size_t octets) {
    std::size_t start = 0;
    check_encoding(source, start);
    including_.push_back(source);
    return {.source = source,
            .start = start,
            .octets = octets,
            .lexer = Lexer(sources_.text(source).substr(0, octets), start),
            .origin = origin,
            .owner = {},
            .owner_text = {}};
}

void ZoneFileParser::read_entries(OpenSource& in) {
    for (;;) {
        const auto step = in.lexer.next();
        if (step == Lexer::Step::End || report_.is_full()) break;
        if (step == Lexer::Step::Fault) {
            report_.error({in.source, in.lexer.fault().offset}, std::string(in.lexer.fault().text));
            continue;
        }
        const auto& first = in.lexer.words().front();
        if (!in.lexer.begins_blank() && !first.quoted && first.text[0] == '$')
            read_directive(in);
        else
            read_record(in);
    }
}

void ZoneFileParser::close_source(const OpenSource& in) {
    const auto text = sources_.text(in.source);
    if (in.start < text.size() && text.back() != '\n')
        report_.warn({in.source, text.size()}, "the last line does not end: was the file cut short?");
    including_.pop_back();
}

bool ZoneFileParser::read_name(const OpenSource& in, const TextToken& word, Name& out) {
    if (word.quoted || (in.lexer.has_assignments() && word.text.ends_with('"'))) {
        report_.error(place_of(in, word), "a quoted string where a name is expected");
        return false;
    }
    const auto name = Name::parse_into(word.text, &in.origin, out);
    if (name) return true;
    std::string why = quoted_word(word.text) + " is no name: ";
    why += to_string(name.error());
    if (name.error() == WireError::NameTooLong && !word.text.ends_with('.'))
        why += " with the origin " + quoted_word(in.origin.to_string());
    report_.error(place_of(in, word), std::move(why));
    return false;
}

void ZoneFileParser::read_owner(OpenSource& in, const TextToken& word) {
    // The same word again is the same owner, or the same error, which is told once.
    if (in.owner_state != OwnerState::None && word.text == in.owner_text && !word.quoted) return;
    in.owner_text = word.text;
    in.owner_state = OwnerState::Broken;
    if (!read_name(in, word, in.owner)) return;
    if (!in.owner.view().is_within(apex_)) {
        std::string text =
            quoted_word(in.owner.to_string()) + " is outside the zone " + quoted_word(apex_.to_string());
        if (word.text.ends_with('.'))
            text += ": a name with a final dot is absolute";
        else if (!(in.origin.view() == apex_.view()))
            text += ": the origin here is " + quoted_word(in.origin.to_string());
        report_.error(place_of(in, word), std::move(text));
        return;
    }
    in.owner_state = OwnerState::Good;
    warn_of_missing_dot(in, word);
}

void ZoneFileParser::warn_of_missing_dot(const OpenSource& in, const TextToken& word) {
    if (apex_text_.empty() || word.quoted || word.text.size() < apex_text_.size() || word.text.ends_with('.'))
        return;
    const std::size_t before = word.text.size() - apex_text_.size();
    if (!equal_case_blind(word.text.substr(before), apex_text_) ||
        (before > 0 && word.text[before - 1] != '.'))
        return;
    const auto name = Name::parse(word.text, &in.origin);
    if (!name) return;
    report_.ask_about_dot(place_of(in, word), quoted_word(word.text) + " has no final dot, so it is " +
                                                  quoted_word(name->to_string()) + ": did you mean " +
                                                  quoted_word(std::string(word.text) + '.') + '?');
}

void ZoneFileParser::warn_of_missing_dots(const OpenSource& in, RrType type,
                                          std::span<const TextToken> words) {
    if (apex_text_.empty() || !has_names(type)) return;
    for (const auto& word : words)
        warn_of_missing_dot(in, word);
}

std::optional<RrType> ZoneFileParser::find_type(std::string_view word) {
    if (word.empty() || word.size() > sizeof(KnownType::word)) return parse_type(word);
    std::uint64_t key = 0;
    for (const char c : word)
        key = key << 8 | static_cast<unsigned char>(c);
    auto& known = known_types_[(key * 0x9e3779b97f4a7c15U) >> 58];
    if (known.word != key) {
        const auto type = parse_type(word);
        if (!type) return std::nullopt;
        known = {key, *type};
    }
    return known.type;
}

bool ZoneFileParser::read_head(const OpenSource& in, std::size_t at, Head& head) {
    const auto words = in.lexer.words();
    bool has_class = false;
    for (; at < words.size(); ++at) {
        const auto& word = words[at];
        if (word.quoted || word.text.empty()) break;
        if (is_digit(word.text[0])) {
            const auto ttl = parse_ttl(word.text);
            if (head.ttl || !ttl) break;
            head.ttl = *ttl;
            continue;
        }
        if (!has_class && word.text == "IN") {
            has_class = true;
            continue;
        }
        if (const auto type = find_type(word.text)) {
            head.type = *type;
            head.rdata = at + 1;
            if (!is_meta(*type)) return true;
            report_.error(place_of(in, word), "the type " + to_string(*type) + " cannot stand in a zone");
            return false;
        }
        if (has_class || parse_class(word.text) != RrClass::IN) break;
        has_class = true;
    }
    explain_no_type(in, at, has_class);
    return false;
}

void ZoneFileParser::explain_no_type(const OpenSource& in, std::size_t at, bool has_class) {
    const auto words = in.lexer.words();
    if (at >= words.size()) {
        report_.error(end_place(in), "the record's type is missing");
        return;
    }
    const auto& word = words[at];
    const auto shown = quoted_word(word.text);
    const auto tell = [&](std::string text) { report_.error(place_of(in, word), std::move(text)); };
    if (word.quoted) return tell("a quoted string where the record's type is expected");
    const bool has_digit = word.text.size() > 1 && (word.text[0] == '-' || word.text[0] == '+')
                               ? is_digit(word.text[1])
                               : is_digit(word.text[0]);
    if (has_digit && word.text.find_first_of(".:") == std::string_view::npos) {
        const auto ttl = parse_ttl(word.text);
        return tell(ttl ? shown + " is a second TTL" : shown + ' ' + ttl.error());
    }
    if (const auto rr_class = parse_class(word.text)) {
        if (has_class) return tell(shown + " is a second class");
        return tell("the class " + to_string(*rr_class) + ": only IN is served");
    }
    if (at == 0 && word.text[0] == '$') return tell("a directive begins its line, without a blank before it");
    std::string text = shown + " is not a record type";
    if (const auto nearest = nearest_type(word.text); !nearest.empty())
        text += ": did you mean " + nearest + '?';
    // `MX 10 mail` at the beginning of a line has the owner MX.
    const auto& owner = words.front().text;
    const auto owner_type = parse_type(owner);
    if (!in.lexer.begins_blank() && ((owner_type && to_string(*owner_type) == owner) || owner == "IN")) {
        text += ": a line that goes on with the last owner begins with a blank";
    }
    tell(std::move(text));
}

std::optional<Ttl> ZoneFileParser::choose_ttl(Place place, const Head& head, Octets rdata) {
    const auto warn_once = [&](std::string text) {
        if (!std::exchange(warned_of_ttl_, true)) report_.warn(place, std::move(text));
    };
    if (head.ttl) return last_ttl_ = head.ttl;
    if (default_ttl_) return default_ttl_;
    if (last_ttl_) {
        warn_once("no TTL and no $TTL: it takes the last one, " + std::to_string(last_ttl_->value()));
        return last_ttl_;
    }
    if (head.type == RrType::SOA && rdata.size() >= 4) {
        default_ttl_ = Ttl{load_big_endian<std::uint32_t>(rdata.last(4).data())};
        warn_once("no TTL and no $TTL: the SOA's minimum, " + std::to_string(default_ttl_->value()) +
                  ", is taken");
        return default_ttl_;
    }
    report_.error(place, "no TTL: put '$TTL 3600', or whatever suits, at the top of the file");
    // Told once: the records behind would all say the same.
    default_ttl_ = Ttl{};
    return std::nullopt;
}

bool ZoneFileParser::give(const ParsedRecord& parsed) {
    if (parsed.record.type == RrType::SOA && !(parsed.record.owner == apex_.view())) {
        report_.error(parsed.place, "an SOA record at " + quoted_word(parsed.record.owner.to_string()) +
                                        ": the zone's name is " + quoted_word(apex_.to_string()));
        return false;
    }
    sink_.take(parsed);
    return true;
}

void ZoneFileParser::read_record(OpenSource& in) {
    std::size_t at = 0;
    const Place place = place_of(in, in.lexer.words().front());
    if (!in.lexer.begins_blank()) {
        read_owner(in, in.lexer.words().front());
        at = 1;
    } else if (in.owner_state == OwnerState::None) {
        report_.error(place,
                      "no owner: the first record of a file begins with one, without a blank before it");
        in.owner_state = OwnerState::Broken;
    } else if (in.new_origin && in.owner_state == OwnerState::Good) {
        report_.warn(place, "the owner is still " + quoted_word(in.owner.to_string()) +
                                ", although $ORIGIN has just changed");
    }
    in.new_origin = false;
    Head head;
    if (!read_head(in, at, head)) return;
    if (in.owner_state == OwnerState::Good && head.type != RrType::SOA && !sink_.wants(in.owner)) {
        choose_ttl(place, head, {});  // which those behind may take
        return;
    }
    if (in.lexer.has_assignments() && splits_assignments(head.type)) in.lexer.split_assignments(head.rdata);
    const auto words = in.lexer.words().subspan(head.rdata);
    rdata_.clear();
    if (const auto read = parse_rdata_into(head.type, words, in.origin, rdata_); !read) {
        const auto& error = read.error();
        report_.error(error.token < words.size() ? place_of(in, words[error.token]) : end_place(in),
                      error.text);
        return;
    }
    const auto ttl = choose_ttl(place, head, rdata_);
    if (!ttl || in.owner_state != OwnerState::Good) return;
    warn_of_missing_dots(in, head.type, words);
    give({{in.owner.view(), head.type, *ttl, rdata_}, place, words});
}

}  // namespace lockstep
