#include "zonefile/lexer.hpp"

#include <algorithm>
#include <array>
#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace lockstep {
namespace {

/// What ends an unquoted word, or may.
constexpr std::array<bool, 256> make_word_stops() {
    std::array<bool, 256> stops{};
    for (const char c : std::string_view(" \t\r\n\";()\\"))
        stops[static_cast<unsigned char>(c)] = true;
    return stops;
}
constexpr auto word_stops = make_word_stops();

bool stops_word(char c) {
    return word_stops[static_cast<unsigned char>(c)];
}

/// The first octet from `at` on that stops a word; the text's size if there is none.
std::size_t find_word_stop(std::string_view text, std::size_t at) {
#if defined(__SSE2__)
    // Sixteen octets a step: blanks and line ends are among those up to 0x20, as are a few control characters
    // that stop nothing.
    const auto blank = _mm_set1_epi8(' ');
    const auto quote = _mm_set1_epi8('"');
    const auto semicolon = _mm_set1_epi8(';');
    const auto backslash = _mm_set1_epi8('\\');
    const auto parenthesis = _mm_set1_epi8('(');
    const auto lowest_bit = _mm_set1_epi8(1);
    while (text.size() - at >= 16) {
        const auto octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        auto stops = _mm_cmpeq_epi8(_mm_min_epu8(octets, blank), octets);
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(octets, quote));
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(octets, semicolon));
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(octets, backslash));
        // '(' and ')' differ in the lowest bit only.
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(_mm_andnot_si128(lowest_bit, octets), parenthesis));
        auto mask = static_cast<unsigned>(_mm_movemask_epi8(stops));
        for (; mask != 0; mask &= mask - 1) {
            const std::size_t candidate = at + static_cast<std::size_t>(std::countr_zero(mask));
            if (stops_word(text[candidate])) return candidate;
        }
        at += 16;
    }
#endif
    while (at < text.size() && !stops_word(text[at]))
        ++at;
    return at;
}

constexpr std::string_view dangling_backslash = "a backslash at the end of a line escapes nothing";
constexpr std::string_view unclosed_quote = "this quote is not closed on its line";
constexpr std::string_view bare_return = "a carriage return that no line feed follows";
constexpr std::string_view unopened_parenthesis = "a closing parenthesis that nothing opened";

bool at_line_end(std::string_view text, std::size_t at) {
    return at >= text.size() || text[at] == '\n' ||
           (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
}

}  // namespace

void Lexer::skip_line(std::size_t from) {
    const std::size_t newline = text_.find('\n', from);
    at_ = newline == std::string_view::npos ? text_.size() : newline + 1;
}

void Lexer::fail(std::size_t offset, std::string_view why) {
    if (!failed_) fault_ = {offset, why};
    failed_ = true;
    skip_line(offset);
}

void Lexer::fail_unclosed() {
    fail(open_, words_.size() >= max_words
                    ? "an entry of more than 140,000 words: is this parenthesis closed?"
                    : "this parenthesis is not closed");
    skip_line(open_);
    // The lines behind belong to the open entry as long as they look it; what begins like an entry of its own
    // is read as one, so that its errors are found too.
    while (at_ < text_.size() && std::string_view(" \t\r\n;)").find(text_[at_]) != std::string_view::npos)
        skip_line(at_);
}

std::size_t Lexer::end_of_quoted(std::size_t open) const {
    std::size_t at = open + 1;
    while (at < text_.size() && text_[at] != '"' && text_[at] != '\n') {
        if (text_[at] == '\\' && !at_line_end(text_, at + 1)) ++at;
        ++at;
    }
    return at;
}

void Lexer::read_quoted() {
    const std::size_t close = end_of_quoted(at_);
    if (close >= text_.size() || text_[close] == '\n') return fail(at_, unclosed_quote);
    words_.push_back({text_.substr(at_ + 1, close - at_ - 1), true});
    at_ = close + 1;
}

void Lexer::read_word() {
    const std::size_t start = at_;
    for (;;) {
        at_ = find_word_stop(text_, at_);
        if (at_ >= text_.size()) break;
        if (text_[at_] == '\\') {
            if (at_line_end(text_, at_ + 1)) return fail(at_, dangling_backslash);
            at_ += 2;
        } else if (text_[at_] == '"' && at_ > start && text_[at_ - 1] == '=') {
            const std::size_t close = end_of_quoted(at_);
            if (close >= text_.size() || text_[close] == '\n') return fail(at_, unclosed_quote);
            has_assignments_ = true;
            at_ = close + 1;
            break;
        } else {
            break;
        }
    }
    words_.push_back({text_.substr(start, at_ - start), false});
}

Lexer::Step Lexer::next() {
    words_.clear();
    failed_ = false;
    has_assignments_ = false;
    std::size_t depth = 0;
    bool line_start = true;
    for (;;) {
        if (at_ >= text_.size()) {
            if (depth > 0) fail_unclosed();
            if (failed_) return Step::Fault;
            return words_.empty() ? Step::End : Step::Entry;
        }
        const char c = text_[at_];
        if (line_start) {
            begins_blank_ = c == ' ' || c == '\t';
            line_start = false;
        }
        switch (c) {
        case ' ':
        case '\t': ++at_; break;
        case '\r':
            if (at_ + 1 < text_.size() && text_[at_ + 1] != '\n')
                fail(at_, bare_return);
            else
                ++at_;
            break;
        case '\n':
            ++at_;
            if (depth > 0) break;
            if (!words_.empty()) return Step::Entry;
            line_start = true;
            break;
        case ';': at_ = std::min(text_.find('\n', at_), text_.size()); break;
        case '(':
            if (depth++ == 0) open_ = at_;
            ++at_;
            break;
        case ')':
            ++at_;
            if (depth > 0)
                --depth;
            else
                fail(at_ - 1, unopened_parenthesis);
            break;
        case '"': read_quoted(); break;
        default: read_word();
        }
        if (words_.size() >= max_words) {
            if (depth > 0)
                fail_unclosed();
            else
                fail(at_, "an entry of more than 140,000 words");
            return Step::Fault;
        }
        // Within parentheses the rest of the entry is read too, lest its lines be taken for entries.
        if (failed_ && depth == 0) return Step::Fault;
    }
}

void Lexer::split_assignments(std::size_t from) {
    std::vector<TextToken> words(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(from));
    for (const auto& word : std::span(words_).subspan(from)) {
        const std::size_t open =
            word.quoted || !word.text.ends_with('"') ? std::string_view::npos : word.text.find("=\"");
        if (open == std::string_view::npos) {
            words.push_back(word);
            continue;
        }
        words.push_back({word.text.substr(0, open + 1), false});
        words.push_back({word.text.substr(open + 2, word.text.size() - open - 3), true});
    }
    words_ = std::move(words);
    has_assignments_ = false;
}

}  // namespace lockstep
