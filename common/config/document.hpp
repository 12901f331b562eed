#pragma once
// JSON text as a tree that remembers where everything stands.
//
// Threads: values. Errors: the first syntax error, as text. Limits: 32 levels, 64 MiB. Security: parsing does
// not recurse; invalid UTF-8, NUL octets and numbers beyond a double are errors. Standards: RFC 8259, and
// `//` and `/* */` comments.

#include "base/result.hpp"
#include "config/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

enum class JsonKind : std::uint8_t { Null, Bool, Integer, Float, Text, List, Object };

/// `a string`, `an object`, … for messages.
[[nodiscard]] std::string_view to_string(JsonKind kind);

class Document;

/// One value of a document. A view: the document owns it and must stay where it is.
class JsonValue {
public:
    [[nodiscard]] JsonKind kind() const;
    [[nodiscard]] bool is(JsonKind wanted) const { return kind() == wanted; }
    /// A Text's characters, or a number's or literal's as written.
    [[nodiscard]] std::string_view text() const;
    /// Nothing where it is no Integer or no int64.
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    /// The name under which it is a member; empty in a list and for the root.
    [[nodiscard]] std::string_view key() const;
    /// Elements of a List, members of an Object (duplicates too), in order; walked by `first` and `next`.
    [[nodiscard]] std::optional<JsonValue> first() const;
    [[nodiscard]] std::optional<JsonValue> next() const;
    [[nodiscard]] std::vector<JsonValue> children() const;
    /// The first member of that name, if this is an Object that has one. Complexity: linear.
    [[nodiscard]] std::optional<JsonValue> member(std::string_view name) const;
    /// RFC 6901.
    [[nodiscard]] std::string pointer() const;

    /// A problem with this value, and one with its key.
    [[nodiscard]] ConfigProblem problem(std::string text) const;
    [[nodiscard]] ConfigProblem key_problem(std::string text) const;
    /// From 1; of the key where it is a member.
    [[nodiscard]] unsigned line() const;

private:
    friend class Document;
    friend class DocumentBuilder;
    JsonValue(const Document& document, std::uint32_t index) : document_(&document), index_(index) {}

    const Document* document_;
    std::uint32_t index_;
};

/// Value type.
class Document {
public:
    static constexpr std::size_t max_depth = 32;
    static constexpr std::size_t max_octets = std::size_t{64} << 20U;

    /// `file` is for messages only.
    [[nodiscard]] static Expected<Document, ConfigProblem> parse(std::string_view text, std::string file);
    [[nodiscard]] JsonValue root() const { return {*this, 0}; }
    [[nodiscard]] const std::string& file() const { return file_; }

private:
    friend class JsonValue;
    friend class DocumentBuilder;
    static constexpr std::uint32_t none = 0xffffffff;

    struct Node {
        JsonKind kind = JsonKind::Null;
        std::uint32_t offset = 0;      // where the value starts
        std::uint32_t key_offset = 0;  // where its key starts, or as `offset`
        std::uint32_t parent = none;
        std::uint32_t place = 0;  // among its siblings
        std::uint32_t first_child = none;
        std::uint32_t last_child = none;
        std::uint32_t next = none;
        std::string key;
        std::string text;
    };

    [[nodiscard]] ConfigProblem problem_at(std::size_t offset, std::string pointer, std::string text) const;
    [[nodiscard]] unsigned line_at(std::size_t offset) const;

    std::string file_;
    std::string text_;
    std::vector<std::uint32_t> lines_;  // where each starts
    std::vector<Node> nodes_;
};

}  // namespace lockstep
