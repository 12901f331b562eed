#pragma once
// Domain names in uncompressed wire form. A Name is always absolute.
//
// Threads: values. Errors: WireError. Limits: 255 octets, 63 a label, so at most 128 labels with the root.
// Security: reading accepts pointers only strictly backwards, and 127 of them (one a label), so a name costs
// at most 255 octets of work and 127 steps, whatever the message. Standards: RFC 1034 §3.1, RFC 1035 §2.3.4
// §4.1.4 §5.1, RFC 4343, order RFC 4034 §6.1.

#include "base/bytes.hpp"
#include "wire/error.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep {

constexpr std::size_t max_name_octets = 255;
constexpr std::size_t max_label_octets = 63;
constexpr std::size_t max_pointers = 127;  // in one name
/// The two octets of a pointer: these bits set, the others say where (RFC 1035 §4.1.4).
constexpr std::uint16_t pointer_bits = 0xc000;
constexpr std::size_t max_pointer_target = 0x3fff;

[[nodiscard]] constexpr std::byte fold_octet(std::byte octet) {
    const auto value = std::to_integer<unsigned>(octet);
    return value - 'A' < 26U ? static_cast<std::byte>(value | 0x20U) : octet;
}

/// A name that lives elsewhere: octets known to be one whole valid uncompressed name. A view.
class NameView {
public:
    /// `octets` must be one valid uncompressed name: checked by whoever made them (Name, RDATA layout,
    /// snapshot).
    [[nodiscard]] static NameView trusted(Octets octets) { return NameView(octets); }
    NameView() = default;  // the root
    /// The uncompressed name at the start of `octets`, which may go on after it. Errors: Truncated,
    /// BadPointer, BadLabelType, NameTooLong.
    [[nodiscard]] static WireResult<NameView> read(Octets octets) {
        const std::byte* from = octets.data();
        std::size_t at = 0;
        for (std::size_t length = 1; length != 0;) {
            if (at >= octets.size()) return unexpected(WireError::Truncated);
            length = std::to_integer<std::size_t>(from[at]);
            if (length > max_label_octets)
                return unexpected(length >= pointer_bits >> 8 ? WireError::BadPointer
                                                              : WireError::BadLabelType);
            at += 1 + length;
            if (at > max_name_octets) return unexpected(WireError::NameTooLong);
        }
        return NameView(octets.first(at));
    }

    [[nodiscard]] Octets octets() const { return octets_; }
    [[nodiscard]] std::size_t size() const { return octets_.size(); }
    [[nodiscard]] bool is_root() const { return octets_.size() == 1; }
    /// Labels without the root: 0 for the root, 2 for `example.com.`
    [[nodiscard]] std::size_t label_count() const {
        std::size_t count = 0;
        for (const std::byte* at = octets_.data(); *at != std::byte{0}; at += 1 + std::to_integer<int>(*at))
            ++count;
        return count;
    }
    [[nodiscard]] bool is_wildcard() const {
        return octets_.size() >= 3 && octets_[0] == std::byte{1} && octets_[1] == std::byte{'*'};
    }
    /// The leftmost label's octets, without its length; empty for the root.
    [[nodiscard]] Octets first_label() const {
        return octets_.subspan(is_root() ? 0 : 1, std::to_integer<std::size_t>(octets_[0]));
    }
    /// The name without its leftmost `labels` labels; the root where there are no more.
    [[nodiscard]] NameView parent(std::size_t labels = 1) const {
        std::size_t at = 0;
        for (; labels > 0 && octets_[at] != std::byte{0}; --labels)
            at += 1 + std::to_integer<std::size_t>(octets_[at]);
        return NameView(octets_.subspan(at));
    }
    /// The last `labels` labels (and the root).
    [[nodiscard]] NameView suffix(std::size_t labels) const;
    /// Equal to `ancestor` or below it.
    [[nodiscard]] bool is_within(NameView ancestor) const;
    [[nodiscard]] bool is_below(NameView ancestor) const {
        return size() > ancestor.size() && is_within(ancestor);
    }
    /// How many rightmost labels both have, the root not counted.
    [[nodiscard]] std::size_t common_labels(NameView other) const;
    /// Presentation form with the final dot, escaped as RFC 1035 §5.1 and RFC 4343 §2.1 say.
    [[nodiscard]] std::string to_string() const;

private:
    explicit NameView(Octets octets) : octets_(octets) {}
    static constexpr std::array<std::byte, 1> root_{};
    Octets octets_{root_};
};

/// Case-blind equality (RFC 4343).
[[nodiscard]] bool operator==(NameView a, NameView b);
/// Equality with case.
[[nodiscard]] inline bool identical(NameView a, NameView b) {
    return equal_octets(a.octets(), b.octets());
}
/// Canonical order, case-blind (RFC 4034 §6.1).
[[nodiscard]] std::strong_ordering canonical_order(NameView a, NameView b);

/// An owned absolute name, case kept, at most 255 octets inline: never allocates. Value type; the root by
/// default.
class Name {
public:
    Name() { octets_[0] = std::byte{0}; }
    explicit Name(NameView view);
    Name(const Name& other) : Name(other.view()) {}
    Name& operator=(const Name& other);

    /// Reads presentation form. Without a final dot `origin` is appended; with no origin a relative name is
    /// an error (WireError::Relative). `@` alone is the origin. Errors: EmptyLabel, LabelTooLong,
    /// NameTooLong, BadEscape, Relative.
    [[nodiscard]] static WireResult<Name> parse(std::string_view text, const Name* origin);
    /// The same into `out`, whose old value is lost either way: for loading, which copies no name twice.
    [[nodiscard]] static WireResult<void> parse_into(std::string_view text, const Name* origin, Name& out);
    /// Absolute with or without the final dot, as configurations and command lines have it.
    [[nodiscard]] static WireResult<Name> parse_absolute(std::string_view text);
    /// Reads a name at `at` of `message`, following pointers; `end` becomes the position after it in place.
    /// Pointers go strictly backwards, never into the header's 12 octets, and max_pointers at most. In-place
    /// octets end before `limit` (an RDATA's end).
    [[nodiscard]] static WireResult<Name> read(Octets message, std::size_t at, std::size_t limit,
                                               std::size_t& end);
    /// The same into `out`, whose old value is lost either way: for the packet path, which copies no name
    /// twice.
    [[nodiscard]] static WireResult<void> read_into(Octets message, std::size_t at, std::size_t limit,
                                                    std::size_t& end, Name& out);
    /// Whether read() would succeed, with `end` as it sets it: for names that are passed over.
    [[nodiscard]] static WireResult<void> check(Octets message, std::size_t at, std::size_t limit,
                                                std::size_t& end);
    /// Reads one uncompressed name from the start of `octets`, which may go on after it.
    [[nodiscard]] static WireResult<Name> read_uncompressed(Octets octets);

    /// `label` in front of `parent`. Errors: LabelTooLong, NameTooLong, EmptyLabel.
    [[nodiscard]] static WireResult<Name> prepend(Octets label, NameView parent);
    /// `*` in front of `parent`. Errors: NameTooLong.
    [[nodiscard]] static WireResult<Name> wildcard(NameView parent);
    /// The name with its suffix `from` (which it has) replaced by `to` (DNAME, RFC 6672 §2.2). Errors:
    /// NameTooLong.
    [[nodiscard]] static WireResult<Name> substitute(NameView name, NameView from, NameView to);

    [[nodiscard]] NameView view() const { return NameView::trusted(octets()); }
    operator NameView() const { return view(); }  // NOLINT: a Name is everything that its view is
    [[nodiscard]] Octets octets() const { return {octets_.data(), size_}; }
    [[nodiscard]] Name folded() const;
    [[nodiscard]] std::string to_string() const { return view().to_string(); }

private:
    std::uint8_t size_ = 1;
    std::array<std::byte, max_name_octets> octets_;  // the first size_ octets count
    friend class NameAssembler;
};

/// Case-blind order for std::map and std::sort.
struct CanonicalLess {
    using is_transparent = void;
    [[nodiscard]] bool operator()(NameView a, NameView b) const { return canonical_order(a, b) < 0; }
};

/// Case-blind hash, keyed against chosen names by `seed`.
[[nodiscard]] std::uint64_t hash_name(NameView name, std::uint64_t seed);

}  // namespace lockstep
