#include "wire/name.hpp"

#include "wire/labels.hpp"
#include "wire/name_hash.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace lockstep {
namespace {

std::size_t label_octets(std::byte length) {
    return std::to_integer<std::size_t>(length);
}

bool equal_folded(const std::byte* a, const std::byte* b, std::size_t size) {
    const auto word_equal = [a, b](std::size_t at) {
        const auto x = load_native<std::uint64_t>(a + at);
        const auto y = load_native<std::uint64_t>(b + at);
        return x == y || fold_word(x) == fold_word(y);
    };
    if (size >= sizeof(std::uint64_t)) {
        const std::size_t last = size - sizeof(std::uint64_t);  // may overlap the one before
        for (std::size_t at = 0; at < last; at += sizeof(std::uint64_t)) {
            if (!word_equal(at)) return false;
        }
        return word_equal(last);
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (a[i] != b[i] && fold_octet(a[i]) != fold_octet(b[i])) return false;
    }
    return true;
}

/// Octet order of two labels, case-blind, shorter first where one begins the other.
std::strong_ordering label_order(const std::byte* a, const std::byte* b) {
    const std::size_t a_size = label_octets(*a++);
    const std::size_t b_size = label_octets(*b++);
    for (std::size_t i = 0; i < std::min(a_size, b_size); ++i) {
        const auto order = fold_octet(a[i]) <=> fold_octet(b[i]);
        if (order != 0) return order;
    }
    return a_size <=> b_size;
}

/// Goes through the labels of the name at `at`, calling `label(from, octets)` for each, its length octet and
/// the root's included; sets `end` as Name::read does.
template <class OnLabel>
WireResult<void> walk_labels(Octets message, std::size_t at, std::size_t limit, std::size_t& end,
                             const OnLabel& label) {
    std::size_t size = 0;
    std::size_t bound = at;  // pointers must go before this
    std::size_t pointers = 0;
    const std::byte* octets = message.data();
    limit = std::min(limit, message.size());
    for (;;) {
        if (at >= limit) return unexpected(WireError::Truncated);
        const auto length = std::to_integer<std::uint8_t>(octets[at]);
        if (length > max_label_octets) {
            if (length < pointer_bits >> 8) return unexpected(WireError::BadLabelType);
            if (at + 1 >= limit) return unexpected(WireError::Truncated);
            const std::size_t target = load_big_endian<std::uint16_t>(octets + at) & max_pointer_target;
            if (target >= bound || target < 12 || pointers == max_pointers)
                return unexpected(WireError::BadPointer);
            if (pointers++ == 0) end = at + 2;
            limit = message.size();
            at = bound = target;
            continue;
        }
        if (size + 1 + length > max_name_octets) return unexpected(WireError::NameTooLong);
        if (at + 1 + length > limit) return unexpected(WireError::Truncated);
        label(at, std::size_t{1} + length);
        size += 1U + length;
        at += 1U + length;
        if (length == 0) break;
    }
    if (pointers == 0) end = at;
    return {};
}

}  // namespace

/// Puts a name together label by label; every maker of names goes through its checks.
class NameAssembler {
public:
    /// What `name` was is lost.
    explicit NameAssembler(Name& name) : name_(name) {}

    /// All of a name without escapes, sixteen octets at once: its text is its wire form but for the dots,
    /// where lengths go. False for what wants more care, right or wrong; then nothing has been added.
    [[nodiscard]] bool plain(std::string_view text, const Name* origin);
    /// Adds one octet to the label under way. Errors: LabelTooLong, NameTooLong.
    [[nodiscard]] WireResult<void> octet(std::byte value) {
        if (at_ - label_ > max_label_octets) return unexpected(WireError::LabelTooLong);
        // The root's octet must still fit behind.
        if (at_ >= max_name_octets - 1) return unexpected(WireError::NameTooLong);
        name_.octets_[at_++] = value;
        return {};
    }
    /// Adds octets to the label under way. Errors: LabelTooLong, NameTooLong.
    [[nodiscard]] WireResult<void> octets(Octets values) {
        if (at_ - label_ + values.size() > max_label_octets + 1) return unexpected(WireError::LabelTooLong);
        if (at_ + values.size() > max_name_octets - 1) return unexpected(WireError::NameTooLong);
        std::memcpy(name_.octets_.data() + at_, values.data(), values.size());
        at_ += values.size();
        return {};
    }
    /// Ends the label under way. Errors: EmptyLabel.
    [[nodiscard]] WireResult<void> end_label() {
        if (label_is_empty()) return unexpected(WireError::EmptyLabel);
        name_.octets_[label_] = static_cast<std::byte>(at_ - label_ - 1);
        label_ = at_++;
        return {};
    }
    [[nodiscard]] bool label_is_empty() const { return at_ == label_ + 1; }

    /// Ends the name with all of `suffix`. Errors: NameTooLong.
    [[nodiscard]] WireResult<void> finish(NameView suffix) {
        if (label_ + suffix.size() > max_name_octets) return unexpected(WireError::NameTooLong);
        std::memcpy(name_.octets_.data() + label_, suffix.octets().data(), suffix.size());
        name_.size_ = static_cast<std::uint8_t>(label_ + suffix.size());
        return {};
    }

private:
    Name& name_;
    std::size_t label_ = 0;  // where the length octet of the label under way stands
    std::size_t at_ = 1;     // where its next octet goes
};

#if defined(__SSE2__)
bool NameAssembler::plain(std::string_view text, const Name* origin) {
    constexpr std::size_t block = 16;
    constexpr std::size_t most = (max_name_octets - 1) / block * block;
    if (text.size() > most) return false;
    const auto set_length = [this](std::size_t label, std::size_t end) {
        name_.octets_[label] = static_cast<std::byte>(end - label - 1);
        return end - label - 2 < max_label_octets;
    };
    std::memcpy(name_.octets_.data() + 1, text.data(), text.size());
    const std::size_t end = 1 + text.size();
    std::size_t label = 0;
    for (std::size_t at = 1; at < end; at += block) {
        const auto octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(name_.octets_.data() + at));
        const auto found = [octets, left = end - at](char c) {
            const auto bits =
                static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(octets, _mm_set1_epi8(c))));
            return left < block ? bits & ((1U << left) - 1) : bits;
        };
        if (found('\\') != 0) return false;
        for (unsigned dots = found('.'); dots != 0; dots &= dots - 1) {
            const std::size_t dot = at + static_cast<std::size_t>(std::countr_zero(dots));
            if (!set_length(label, dot)) return false;
            label = dot;
        }
    }
    const bool is_absolute = label + 1 == end;
    if (!is_absolute) {
        if (!set_length(label, end) || origin == nullptr) return false;
        label = end;
    }
    label_ = label;
    return finish(is_absolute ? NameView{} : origin->view()).has_value();
}
#else
bool NameAssembler::plain(std::string_view, const Name*) {
    return false;
}
#endif

NameView NameView::suffix(std::size_t labels) const {
    const std::size_t count = label_count();
    return labels >= count ? *this : parent(count - labels);
}

bool NameView::is_within(NameView ancestor) const {
    if (ancestor.size() > size()) return false;
    const std::size_t start = size() - ancestor.size();
    const std::byte* octets = octets_.data();
    if (!equal_folded(octets + start, ancestor.octets().data(), ancestor.size())) return false;
    std::size_t at = 0;
    while (at < start)
        at += 1 + label_octets(octets[at]);
    return at == start;
}

std::size_t NameView::common_labels(NameView other) const {
    const LabelledName mine(*this);
    const LabelledName theirs(other);
    std::size_t common = 0;
    while (common < mine.label_count() && common < theirs.label_count()) {
        const auto* a = octets_.data() + mine.start(mine.label_count() - common - 1);
        const auto* b = other.octets_.data() + theirs.start(theirs.label_count() - common - 1);
        if (*a != *b || !equal_folded(a + 1, b + 1, label_octets(*a))) break;
        ++common;
    }
    return common;
}

std::string NameView::to_string() const {
    if (is_root()) return ".";
    std::string text;
    text.reserve(size() + 4);
    for (std::size_t at = 0; octets_[at] != std::byte{0};) {
        const std::size_t end = at + 1 + label_octets(octets_[at]);
        for (++at; at < end; ++at) {
            const auto value = std::to_integer<unsigned char>(octets_[at]);
            if (value <= 0x20 || value >= 0x7f) {
                text += {'\\', static_cast<char>('0' + value / 100), static_cast<char>('0' + value / 10 % 10),
                         static_cast<char>('0' + value % 10)};
                continue;
            }
            if (std::string_view("\".;\\@$()").find(static_cast<char>(value)) != std::string_view::npos)
                text += '\\';
            text += static_cast<char>(value);
        }
        text += '.';
    }
    return text;
}

bool operator==(NameView a, NameView b) {
    // Length octets are below 64, where folding changes nothing, so the octets compare as one run.
    return a.size() == b.size() && equal_folded(a.octets().data(), b.octets().data(), a.size());
}

std::strong_ordering canonical_order(NameView a, NameView b) {
    const LabelledName a_labels(a);
    const LabelledName b_labels(b);
    const std::size_t common = std::min(a_labels.label_count(), b_labels.label_count());
    for (std::size_t i = 1; i <= common; ++i) {
        const auto order = label_order(a.octets().data() + a_labels.start(a_labels.label_count() - i),
                                       b.octets().data() + b_labels.start(b_labels.label_count() - i));
        if (order != 0) return order;
    }
    return a_labels.label_count() <=> b_labels.label_count();
}

Name::Name(NameView view) : size_(static_cast<std::uint8_t>(view.size())) {
    std::copy(view.octets().begin(), view.octets().end(), octets_.begin());
}

Name& Name::operator=(const Name& other) {
    size_ = other.size_;
    std::copy_n(other.octets_.begin(), size_, octets_.begin());
    return *this;
}

WireResult<Name> Name::parse(std::string_view text, const Name* origin) {
    WireResult<Name> name;
    if (const auto parsed = parse_into(text, origin, *name); !parsed) name = unexpected(parsed.error());
    return name;
}

WireResult<void> Name::parse_into(std::string_view text, const Name* origin, Name& out) {
    out = {};
    if (text == "@") {
        if (origin == nullptr) return unexpected(WireError::Relative);
        out = *origin;
        return {};
    }
    if (text == ".") return {};
    if (text.empty()) return unexpected(WireError::EmptyLabel);
    NameAssembler name(out);
    if (name.plain(text, origin)) return {};
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t start = at;
        while (at < text.size() && text[at] != '.' && text[at] != '\\')
            ++at;
        if (at > start) DNS_TRY(name.octets(as_octets(text.substr(start, at - start))));
        if (at == text.size()) break;
        if (text[at] == '.') {
            DNS_TRY(name.end_label());
            continue;
        }
        if (++at == text.size()) return unexpected(WireError::BadEscape);
        char c = text[at];
        if (c >= '0' && c <= '9') {
            unsigned value = 0;
            for (std::size_t digit = 0; digit < 3; ++digit, ++at) {
                if (at == text.size() || text[at] < '0' || text[at] > '9')
                    return unexpected(WireError::BadEscape);
                value = value * 10 + static_cast<unsigned>(text[at] - '0');
            }
            --at;
            if (value > 255) return unexpected(WireError::BadEscape);
            c = static_cast<char>(value);
        }
        DNS_TRY(name.octet(static_cast<std::byte>(c)));
    }
    if (name.label_is_empty()) return name.finish(NameView{});  // it ended with a dot
    DNS_TRY(name.end_label());
    if (origin == nullptr) return unexpected(WireError::Relative);
    return name.finish(*origin);
}

WireResult<Name> Name::parse_absolute(std::string_view text) {
    static const Name root;
    return text == "@" ? unexpected(WireError::Relative) : parse(text, &root);
}

WireResult<Name> Name::read(Octets message, std::size_t at, std::size_t limit, std::size_t& end) {
    WireResult<Name> name;
    if (const auto read = read_into(message, at, limit, end, *name); !read) name = unexpected(read.error());
    return name;
}

WireResult<void> Name::read_into(Octets message, std::size_t at, std::size_t limit, std::size_t& end,
                                 Name& out) {
    out.size_ = 1;
    out.octets_[0] = std::byte{0};
    std::size_t size = 0;
    const auto read = walk_labels(message, at, limit, end, [&](std::size_t from, std::size_t octets) {
        // Sixteen octets at once where both sides have them: what is behind the label is written over.
        constexpr std::size_t block = 16;
        if (octets <= block && from + block <= message.size() && size + block <= max_name_octets) {
            std::memcpy(out.octets_.data() + size, message.data() + from, block);
        } else {
            std::memcpy(out.octets_.data() + size, message.data() + from, octets);
        }
        size += octets;
    });
    if (read) {
        out.size_ = static_cast<std::uint8_t>(size);
    } else {
        out.octets_[0] = std::byte{0};
    }
    return read;
}

WireResult<void> Name::check(Octets message, std::size_t at, std::size_t limit, std::size_t& end) {
    return walk_labels(message, at, limit, end, [](std::size_t, std::size_t) {});
}

WireResult<Name> Name::read_uncompressed(Octets octets) {
    DNS_TRY_ASSIGN(const NameView name, NameView::read(octets));
    return Name(name);
}

WireResult<Name> Name::prepend(Octets label, NameView parent) {
    if (label.empty()) return unexpected(WireError::EmptyLabel);
    WireResult<Name> result;
    NameAssembler name(*result);
    DNS_TRY(name.octets(label));
    DNS_TRY(name.end_label());
    DNS_TRY(name.finish(parent));
    return result;
}

WireResult<Name> Name::wildcard(NameView parent) {
    return prepend(as_octets("*"), parent);
}

WireResult<Name> Name::substitute(NameView name, NameView from, NameView to) {
    const std::size_t kept = name.size() - from.size();
    if (kept + to.size() > max_name_octets) return unexpected(WireError::NameTooLong);
    Name result;
    const auto end = std::copy_n(name.octets().begin(), kept, result.octets_.begin());
    std::copy(to.octets().begin(), to.octets().end(), end);
    result.size_ = static_cast<std::uint8_t>(kept + to.size());
    return result;
}

Name Name::folded() const {
    Name lower;
    lower.size_ = size_;
    std::transform(octets_.begin(), octets_.begin() + size_, lower.octets_.begin(), fold_octet);
    return lower;
}

std::uint64_t hash_name(NameView name, std::uint64_t seed) {
    return hash_folded(seed ^ (name.size() * 0x9e3779b97f4a7c15), name.octets());
}

}  // namespace lockstep
