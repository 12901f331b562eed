#include "zonefile/lexer.hpp"

#include <algorithm>
#include <array>

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

/// Which of up to 64 octets stop a word, the first one in the lowest bit.
std::uint64_t mark_word_stops(std::string_view octets) {
    std::uint64_t stops = 0;
#if defined(__SSE2__)
    if (octets.size() == StopFinder::block_octets) {
        for (std::size_t at = 0; at < octets.size(); at += 16) {
            const auto part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(octets.data() + at));
            const auto is = [part](char c) { return _mm_cmpeq_epi8(part, _mm_set1_epi8(c)); };
            auto found = _mm_or_si128(_mm_or_si128(is(' '), is('\t')), _mm_or_si128(is('\r'), is('\n')));
            found = _mm_or_si128(found, _mm_or_si128(_mm_or_si128(is('"'), is(';')), is('\\')));
            found = _mm_or_si128(found, _mm_or_si128(is('('), is(')')));
            stops |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(found))} << at;
        }
        return stops;
    }
#endif
    for (std::size_t at = 0; at < octets.size(); ++at)
        stops |= std::uint64_t{word_stops[static_cast<unsigned char>(octets[at])]} << at;
    return stops;
}

constexpr std::string_view dangling_backslash = "a backslash at the end of a line escapes nothing";
constexpr std::string_view unclosed_quote = "this quote is not closed on its line";
constexpr std::string_view bare_return = "a carriage return that no line feed follows";
constexpr std::string_view unopened_parenthesis = "a closing parenthesis that nothing opened";

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool at_line_end(std::string_view text, std::size_t at) {
    return at >= text.size() || text[at] == '\n' ||
           (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
}

}  // namespace

void StopFinder::mark_block(std::size_t at) {
    block_ = at;
    stops_ = mark_word_stops(text_.substr(at, block_octets));
}

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

/// The words from here on that nothing but blanks separates.
void Lexer::read_words() {
    for (;;) {
        const std::size_t start = at_;
        at_ = stops_.find(at_);
        if (at_ < text_.size() && (text_[at_] == '\\' || text_[at_] == '"') && !read_rest_of_word(start))
            return;
        if (at_ > start) words_.push_back({text_.substr(start, at_ - start), false});
        if (at_ == text_.size() || !is_blank(text_[at_]) || words_.size() == max_words) return;
        ++at_;
    }
}

/// Goes to the end of a word that has a backslash or a quote in it, or may have; false where it is faulty.
bool Lexer::read_rest_of_word(std::size_t start) {
    for (; at_ < text_.size(); at_ = stops_.find(at_)) {
        if (text_[at_] == '\\') {
            if (at_line_end(text_, at_ + 1)) {
                fail(at_, dangling_backslash);
                return false;
            }
            at_ += 2;
        } else if (text_[at_] == '"' && at_ > start && text_[at_ - 1] == '=') {
            const std::size_t close = end_of_quoted(at_);
            if (close >= text_.size() || text_[close] == '\n') {
                fail(at_, unclosed_quote);
                return false;
            }
            has_assignments_ = true;
            at_ = close + 1;
            break;
        } else {
            break;
        }
    }
    return true;
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
            begins_blank_ = is_blank(c);
            line_start = false;
        }
        switch (c) {
        case ' ':
        case '\t': ++at_; continue;
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
        default: read_words();
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
