#include "config/document.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t longest_shown_line = 160;
constexpr std::size_t most_reserved = 1'000'000;  // values, before they are read
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Feeds nlohmann's parser and tells how far it has read: the parser itself tells no positions.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(std::string_view text, std::size_t& at) : text_(text), at_(&at) {}
    static CountingIterator end(std::string_view text, std::size_t& size) { return {text, size}; }

    reference operator*() const { return text_[*at_]; }
    CountingIterator& operator++() {
        ++*at_;
        return *this;
    }
    bool operator==(const CountingIterator& other) const { return *at_ == *other.at_; }
    bool operator!=(const CountingIterator& other) const { return !(*this == other); }

private:
    std::string_view text_;
    std::size_t* at_;
};

/// Where the next token starts, and the last separator before it.
struct Gap {
    std::size_t end;
    std::size_t comma;  // npos = none
};

/// Skips white space, comments, commas and colons.
Gap skip_gap(std::string_view text, std::size_t at) {
    Gap gap{at, std::string_view::npos};
    if (at == 0 && text.starts_with(byte_order_mark)) gap.end = byte_order_mark.size();
    while (gap.end < text.size()) {
        const auto rest = text.substr(gap.end);
        if (rest.starts_with("//")) {
            gap.end = std::min(text.find('\n', gap.end), text.size());
        } else if (rest.starts_with("/*")) {
            const auto close = text.find("*/", gap.end + 2);
            if (close == text.npos) break;
            gap.end = close + 2;
        } else if (rest.front() == ',') {
            gap.comma = gap.end++;
        } else if (std::string_view(" \t\r\n:").find(rest.front()) != std::string_view::npos) {
            ++gap.end;
        } else {
            break;
        }
    }
    return gap;
}

/// How many octets the UTF-8 character at `at` has; 0 = none starts there (RFC 3629 §4).
std::size_t utf8_length(std::string_view text, std::size_t at) {
    const auto octet = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return octet(i) >= low && octet(i) <= high;
    };
    const unsigned first = octet(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = first == 0xed ? 0x9f : 0xbf;
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned low = first == 0xf0 ? 0x90 : 0x80;
        const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
        return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

/// The parser's own words for a syntax error, without its preamble and without what it has read.
std::string reason_of(std::string_view what) {
    const auto dash = what.find(" - ");
    const auto preamble = what.find("] ");
    if (dash != what.npos) {
        what.remove_prefix(dash + 3);
    } else if (preamble != what.npos) {
        what.remove_prefix(preamble + 2);
    }
    std::string reason(what.substr(0, what.find("; last read")));
    // It knows that a list or an object could go on here, too, but does not say so.
    for (const std::string_view expected : {"expected '}'", "expected ']'"}) {
        if (reason.ends_with(expected)) reason.replace(reason.size() - 3, 0, "',' or ");
    }
    return reason;
}

}  // namespace

std::string_view to_string(JsonKind kind) {
    switch (kind) {
    case JsonKind::Null: return "null";
    case JsonKind::Bool: return "true or false";
    case JsonKind::Integer: return "an integer";
    case JsonKind::Float: return "a number with a fraction or exponent";
    case JsonKind::Text: return "a string";
    case JsonKind::List: return "a list";
    case JsonKind::Object: return "an object";
    }
    return "";
}

/// Takes the parser's events and grows the tree. Returns false to stop at the first error.
class DocumentBuilder {
public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = std::string;
    using binary_t = nlohmann::json::binary_t;

    DocumentBuilder(Document& document, const std::size_t& read) : document_(document), read_(read) {}

    [[nodiscard]] std::optional<ConfigProblem> problem() && { return std::move(problem_); }

    bool null() { return literal(JsonKind::Null); }
    bool boolean(bool) { return literal(JsonKind::Bool); }
    bool number_integer(number_integer_t) { return number(JsonKind::Integer); }
    bool number_unsigned(number_unsigned_t) { return number(JsonKind::Integer); }
    bool number_float(number_float_t, const string_t& written) {
        // An integer too large for 64 bits comes here too.
        return number(written.find_first_of(".eE") == written.npos ? JsonKind::Integer : JsonKind::Float);
    }
    bool string(string_t& value) {
        document_.nodes_[add(JsonKind::Text)].text = std::move(value);
        token_end_ = read_;
        return true;
    }
    bool binary(binary_t&) { return false; }
    bool start_object(std::size_t) { return open(JsonKind::Object); }
    bool start_array(std::size_t) { return open(JsonKind::List); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(string_t& name) {
        key_offset_ = skip_gap(document_.text_, token_end_).end;
        key_ = std::move(name);
        token_end_ = read_;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
        const std::string_view text = document_.text_;
        const auto gap = skip_gap(text, token_end_);
        const auto next = gap.end < text.size() ? text[gap.end] : '\0';
        auto at = gap.end;
        auto reason = reason_of(error.what());
        if (read_ > token_end_ && read_ <= gap.end && (text[read_ - 1] == ',' || text[read_ - 1] == ':')) {
            at = read_ - 1;  // a separator itself is what is wrong
        } else if ((next == ']' || next == '}') && gap.comma != std::string_view::npos) {
            at = gap.comma;
            reason = fmt::format("a comma before '{}': JSON has none after the last entry, remove it", next);
        } else if (next == '\'') {
            reason = "strings and keys stand in double quotes";
        } else if (next == '#') {
            reason = "comments begin with // or stand between /* and */";
        } else if (gap.end == text.size()) {
            reason = parent_ == Document::none ? "the file is empty"
                                               : "the file ends before the last bracket is closed";
        }
        problem_ = document_.problem_at(at, parent_ == Document::none ? "" : pointer_of(parent_),
                                        "not valid JSON: " + reason);
        return false;
    }

private:
    bool literal(JsonKind kind) {
        const auto index = add(kind);
        token_end_ = read_;
        return copy_source(index);
    }
    bool number(JsonKind kind) {
        const auto index = add(kind);
        // The end of a number is seen by reading one character more, except at the end of the text.
        token_end_ = read_;
        const std::string_view text = document_.text_;
        if (std::string_view("0123456789").find(text[token_end_ - 1]) == std::string_view::npos) --token_end_;
        return copy_source(index);
    }
    bool copy_source(std::uint32_t index) {
        auto& node = document_.nodes_[index];
        node.text = document_.text_.substr(node.offset, token_end_ - node.offset);
        return true;
    }
    bool open(JsonKind kind) {
        const auto index = add(kind);
        token_end_ = read_;
        if (++depth_ > Document::max_depth) {
            problem_ = document_.problem_at(document_.nodes_[index].offset, "",
                                            fmt::format("nested deeper than {} levels", Document::max_depth));
            return false;
        }
        parent_ = index;
        return true;
    }
    bool close() {
        token_end_ = read_;
        parent_ = document_.nodes_[parent_].parent;
        --depth_;
        return true;
    }

    std::uint32_t add(JsonKind kind) {
        auto& nodes = document_.nodes_;
        const auto index = static_cast<std::uint32_t>(nodes.size());
        Document::Node node;
        node.kind = kind;
        node.offset = static_cast<std::uint32_t>(skip_gap(document_.text_, token_end_).end);
        node.key_offset = node.offset;
        node.parent = parent_;
        if (parent_ != Document::none) {
            auto& parent = nodes[parent_];
            if (parent.kind == JsonKind::Object) {
                node.key = std::move(key_);
                node.key_offset = static_cast<std::uint32_t>(key_offset_);
            }
            if (parent.last_child == Document::none) {
                parent.first_child = index;
            } else {
                nodes[parent.last_child].next = index;
                node.place = nodes[parent.last_child].place + 1;
            }
            parent.last_child = index;
        }
        nodes.push_back(std::move(node));
        return index;
    }
    std::string pointer_of(std::uint32_t index) const { return JsonValue(document_, index).pointer(); }

    Document& document_;
    const std::size_t& read_;
    std::optional<ConfigProblem> problem_;
    std::uint32_t parent_ = Document::none;
    std::size_t depth_ = 0;
    std::size_t token_end_ = 0;
    std::size_t key_offset_ = 0;
    std::string key_;
};

Expected<Document, ConfigProblem> Document::parse(std::string_view text, std::string file) {
    Document document;
    document.file_ = std::move(file);
    if (text.size() > max_octets) {
        return unexpected(
            ConfigProblem{document.file_, 0, 0, "", fmt::format("is larger than {} MiB", max_octets >> 20U)});
    }
    document.text_ = text;
    document.lines_.push_back(0);
    std::size_t values = 1;  // at most: one behind each of these but those in strings
    for (std::size_t at = 0; at < text.size();) {
        const auto length = utf8_length(text, at);
        if (length == 0) return unexpected(document.problem_at(at, "", "not valid UTF-8"));
        if (text[at] == '\0') return unexpected(document.problem_at(at, "", "a NUL character"));
        if (text[at] == '\n') document.lines_.push_back(static_cast<std::uint32_t>(at + 1));
        if (text[at] == ',' || text[at] == '[' || text[at] == '{') ++values;
        at += length;
    }
    document.nodes_.reserve(std::min(values, most_reserved));
    std::size_t read = 0;
    std::size_t size = text.size();
    DocumentBuilder builder(document, read);
    const bool parsed = nlohmann::json::sax_parse(CountingIterator(document.text_, read),
                                                  CountingIterator::end(document.text_, size), &builder,
                                                  nlohmann::json::input_format_t::json, true, true);
    if (!parsed) {
        auto problem = std::move(builder).problem();
        return unexpected(problem ? *std::move(problem) : document.problem_at(read, "", "not valid JSON"));
    }
    return document;
}

unsigned Document::line_at(std::size_t offset) const {
    const auto after = std::upper_bound(lines_.begin(), lines_.end(), offset);
    return static_cast<unsigned>(after - lines_.begin());
}

ConfigProblem Document::problem_at(std::size_t offset, std::string pointer, std::string text) const {
    // While the text is still being looked through, `lines_` reaches up to `offset` at least.
    const auto line = line_at(offset);
    std::size_t at = lines_[line - 1];
    if (at == 0 && text_.starts_with(byte_order_mark)) at = byte_order_mark.size();
    const auto start = at;
    unsigned column = 1;
    for (; at < offset; ++column) {
        at += std::max<std::size_t>(utf8_length(text_, at), 1);
    }
    const auto source = std::string_view(text_).substr(start, text_.find('\n', start) - start);
    const bool shown = source.size() <= longest_shown_line && source.find("secret") == source.npos;
    return {file_,           line,
            column,          std::move(pointer),
            std::move(text), shown ? std::string(source) : std::string()};
}

JsonKind JsonValue::kind() const {
    return document_->nodes_[index_].kind;
}

std::string_view JsonValue::text() const {
    return document_->nodes_[index_].text;
}

std::optional<std::int64_t> JsonValue::integer() const {
    if (!is(JsonKind::Integer)) return std::nullopt;
    std::int64_t value = 0;
    const auto written = text();
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
    if (error != std::errc{} || end != written.data() + written.size()) return std::nullopt;
    return value;
}

std::string_view JsonValue::key() const {
    return document_->nodes_[index_].key;
}

std::optional<JsonValue> JsonValue::first() const {
    const auto child = document_->nodes_[index_].first_child;
    return child == Document::none ? std::nullopt : std::optional(JsonValue(*document_, child));
}

std::optional<JsonValue> JsonValue::next() const {
    const auto sibling = document_->nodes_[index_].next;
    return sibling == Document::none ? std::nullopt : std::optional(JsonValue(*document_, sibling));
}

std::vector<JsonValue> JsonValue::children() const {
    std::vector<JsonValue> all;
    for (auto child = first(); child; child = child->next())
        all.push_back(*child);
    return all;
}

std::optional<JsonValue> JsonValue::member(std::string_view name) const {
    if (!is(JsonKind::Object)) return std::nullopt;
    for (auto child = first(); child; child = child->next()) {
        if (child->key() == name) return child;
    }
    return std::nullopt;
}

std::string JsonValue::pointer() const {
    const auto& node = document_->nodes_[index_];
    if (node.parent == Document::none) return "";
    const JsonValue parent(*document_, node.parent);
    if (parent.is(JsonKind::List)) return fmt::format("{}/{}", parent.pointer(), node.place);
    std::string escaped;
    for (const char character : node.key) {
        if (character == '~') {
            escaped += "~0";
        } else if (character == '/') {
            escaped += "~1";
        } else {
            escaped += character;
        }
    }
    return fmt::format("{}/{}", parent.pointer(), escaped);
}

ConfigProblem JsonValue::problem(std::string text) const {
    return document_->problem_at(document_->nodes_[index_].offset, pointer(), std::move(text));
}

ConfigProblem JsonValue::key_problem(std::string text) const {
    return document_->problem_at(document_->nodes_[index_].key_offset, pointer(), std::move(text));
}

unsigned JsonValue::line() const {
    return document_->line_at(document_->nodes_[index_].key_offset);
}

}  // namespace lockstep
