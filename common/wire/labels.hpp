#pragma once
// A name with the places of its labels: found once, for whoever goes through its suffixes.
//
// Threads: values. Errors: none. Limits: 127 labels, as a name has. Security: the work is bounded by the
// name's 255 octets. Standards: RFC 1035 §3.1.

#include "wire/name.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace lockstep {

/// A view of its name; everything that its name is.
class LabelledName {
public:
    explicit LabelledName(NameView name) : name_(name) {
        const std::byte* octets = name.octets().data();
        std::size_t at = 0;
        for (; octets[at] != std::byte{0}; at += 1 + std::to_integer<std::size_t>(octets[at]))
            starts_[count_++] = static_cast<std::uint8_t>(at);
        starts_[count_] = static_cast<std::uint8_t>(at);
    }

    [[nodiscard]] NameView name() const { return name_; }
    operator NameView() const { return name_; }  // NOLINT
    /// Labels without the root.
    [[nodiscard]] std::size_t label_count() const { return count_; }
    /// Where the length octet of a label stands, 0 being the leftmost; for label_count() the root's.
    [[nodiscard]] std::size_t start(std::size_t label) const { return starts_[label]; }
    /// The last `labels` labels, of at most label_count(), and the root.
    [[nodiscard]] NameView suffix(std::size_t labels) const {
        return NameView::trusted(name_.octets().subspan(starts_[count_ - labels]));
    }

private:
    NameView name_;
    std::size_t count_ = 0;
    std::array<std::uint8_t, 128> starts_;  // the first count_ + 1 count
};

}  // namespace lockstep
