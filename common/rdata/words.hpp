#pragma once
// The words of a record's text one by one, and what a word may say: numbers, names, strings, mnemonics.
//
// Threads: values and pure functions. Errors: RdataTextError, for people.

#include "base/bytes.hpp"
#include "rdata/rdata.hpp"
#include "wire/name.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

template <class T>
using TextResult = Expected<T, RdataTextError>;

/// Reads the words of one record from left to right. A view of the words and the origin.
class WordReader {
public:
    WordReader(std::span<const TextToken> words, const Name& origin) : words_(words), origin_(&origin) {}

    [[nodiscard]] bool at_end() const { return at_ == words_.size(); }
    [[nodiscard]] const Name& origin() const { return *origin_; }
    /// The next word without taking it; there must be one.
    [[nodiscard]] const TextToken& peek() const { return words_[at_]; }
    void skip() { ++at_; }

    /// The next word. `expected` says what should be there.
    [[nodiscard]] TextResult<TextToken> next(std::string_view expected);
    /// The next word, which must not be quoted.
    [[nodiscard]] TextResult<std::string_view> next_plain(std::string_view expected);

    /// The error that the word taken last is not `expected`.
    [[nodiscard]] std::unexpected<RdataTextError> wrong(std::string_view expected) const;
    /// An error at the word taken last, in other words.
    [[nodiscard]] std::unexpected<RdataTextError> failed(std::string text) const;
    /// An error after the last word.
    [[nodiscard]] std::unexpected<RdataTextError> missing(std::string_view expected) const;

    /// A decimal number of at most `max`.
    [[nodiscard]] TextResult<std::uint32_t> number(std::uint32_t max);
    [[nodiscard]] TextResult<Name> name();
    /// The same without a copy.
    [[nodiscard]] TextResult<void> name_into(Name& out);
    /// Appends a character string with its length octet.
    [[nodiscard]] TextResult<void> string(OctetString& out);

private:
    std::span<const TextToken> words_;
    const Name* origin_;
    std::size_t at_ = 0;
};

/// All of `text` as a decimal number of at most `max`.
[[nodiscard]] std::optional<std::uint32_t> decimal(std::string_view text, std::uint32_t max);

/// Appends the octets of `text` with its `\X` and `\DDD` undone; false for an escape that is none.
[[nodiscard]] bool append_unescaped(std::string_view text, OctetString& out);
/// Appends octets as a quoted string.
void append_quoted(Octets octets, std::string& out);
void append_number(std::uint64_t number, std::string& out);

/// One spelling of a value. In a table the first spelling of a value is the one written.
struct Mnemonic {
    std::string_view text;
    std::uint16_t value;
};
enum class Registry { Algorithm, DigestType, CertType, KeyProtocol, SyncScheme };
/// The value of a mnemonic in any case, or of a decimal number up to `max`.
[[nodiscard]] std::optional<std::uint16_t> value_of(Registry registry, std::string_view text,
                                                    std::uint16_t max);
/// Appends the mnemonic, or the number where there is none.
void append_mnemonic(Registry registry, std::uint16_t value, std::string& out);
/// Mnemonics of RFC 2535 §7.1 joined by `|`, or a decimal number.
[[nodiscard]] std::optional<std::uint16_t> key_flags(std::string_view text);

/// `1w2d3h4m5s` or plain seconds, up to 2^32-1.
[[nodiscard]] std::optional<std::uint32_t> period(std::string_view text);
/// YYYYMMDDHHmmSS in UTC modulo 2^32, or plain seconds since 1970 (RFC 4034 §3.2).
[[nodiscard]] std::optional<std::uint32_t> time_stamp(std::string_view text);
/// As YYYYMMDDHHmmSS, taken as a time from 1970 to 2106.
void append_time_stamp(std::uint32_t seconds, std::string& out);

/// Whether both are equal but for the case of ASCII letters.
[[nodiscard]] bool equal_blind(std::string_view a, std::string_view b);

}  // namespace lockstep
