#pragma once
// Splits a master file into entries and entries into words: views of the text, nothing copied.
//
// Threads: one. Errors: Fault. Limits: 140,000 words an entry, what the longest RDATA can be spelt in.
// Security: one pass; a fault is followed by the next line, so a fault costs no more than what is left of the
// text. Standards: RFC 1035 §5.1; FORMAT.md §2.

#include "rdata/rdata.hpp"

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lockstep {

/// Finds what ends an unquoted word, or may: blanks, line ends, `"`, `;`, `(`, `)` and backslashes. Looks at
/// 64 octets at once and remembers them, as several words end within. A view of the text.
class StopFinder {
public:
    static constexpr std::size_t block_octets = 64;

    explicit StopFinder(std::string_view text) : text_(text) { mark_block(0); }

    /// The first stop from `at` on; the text's size if there is none.
    [[nodiscard]] std::size_t find(std::size_t at) {
        while (at < text_.size()) {
            if (at - block_ >= block_octets) mark_block(at);
            if (const auto stops = stops_ >> (at - block_); stops != 0)
                return at + static_cast<std::size_t>(std::countr_zero(stops));
            at = block_ + block_octets;
        }
        return text_.size();
    }

private:
    void mark_block(std::size_t at);

    std::string_view text_;
    std::size_t block_ = 0;    // where the octets begin that stops_ tells of
    std::uint64_t stops_ = 0;  // a bit for each, the first in the lowest
};

/// Reads entries one by one. A view of the text.
class Lexer {
public:
    enum class Step : std::uint8_t {
        Entry,  // words() holds at least one word
        Fault,  // fault() tells what is wrong first in the entry; the next call goes on behind it
        End,
    };
    /// What is wrong, and at which octet.
    struct Fault {
        std::size_t offset = 0;
        std::string_view text;
    };
    static constexpr std::size_t max_words = 140'000;

    /// Starts at `start`, the beginning of a line.
    explicit Lexer(std::string_view text, std::size_t start = 0) : text_(text), stops_(text), at_(start) {
        words_.reserve(12);  // of which most entries have fewer
    }

    [[nodiscard]] Step next();
    [[nodiscard]] const Fault& fault() const { return fault_; }
    /// Of the entry; good until the next call of next().
    [[nodiscard]] std::span<const TextToken> words() const { return words_; }
    /// The entry's line begins with a blank: it has no owner of its own.
    [[nodiscard]] bool begins_blank() const { return begins_blank_; }
    /// Some word is an assignment, `key="value"`, quotes and all; see split_assignments().
    [[nodiscard]] bool has_assignments() const { return has_assignments_; }
    /// Where a word of the text starts, its quote included.
    [[nodiscard]] std::size_t offset_of(const TextToken& word) const {
        return static_cast<std::size_t>(word.text.data() - text_.data()) - (word.quoted ? 1 : 0);
    }
    /// Just behind the entry's last word.
    [[nodiscard]] std::size_t end_of_words() const {
        const auto& last = words_.back();
        return offset_of(last) + last.text.size() + (last.quoted ? 2 : 0);
    }
    /// Makes two words of each assignment from word `from` on, `key=` and `"value"`: all types but SVCB and
    /// HTTPS have it so.
    void split_assignments(std::size_t from);

private:
    void read_words();
    bool read_rest_of_word(std::size_t start);
    void read_quoted();
    void fail(std::size_t offset, std::string_view why);
    void fail_unclosed();
    void skip_line(std::size_t from);
    [[nodiscard]] std::size_t end_of_quoted(std::size_t open) const;

    std::string_view text_;
    StopFinder stops_;
    std::size_t at_ = 0;
    std::size_t open_ = 0;  // the entry's outermost parenthesis
    std::vector<TextToken> words_;
    Fault fault_;
    bool failed_ = false;
    bool begins_blank_ = false;
    bool has_assignments_ = false;
};

}  // namespace lockstep
