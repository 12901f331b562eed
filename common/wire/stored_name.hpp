#pragma once
// A name that is kept for long, in thousands: on the heap with as many octets as it has, where a Name has
// 256.
//
// Threads: values. Errors: none. Limits: a Name's. Standards: those of name.hpp.

#include "wire/name.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace lockstep {

/// An owned absolute name, case kept, of one pointer's size. Value type; the root by default and once moved
/// from.
class StoredName {
public:
    StoredName() = default;
    StoredName(NameView name) {  // NOLINT: it is that name
        if (name.is_root()) return;
        octets_ = std::make_unique_for_overwrite<std::byte[]>(1 + name.size());
        octets_[0] = static_cast<std::byte>(name.size());
        std::copy(name.octets().begin(), name.octets().end(), octets_.get() + 1);
    }
    StoredName(const Name& name) : StoredName(name.view()) {}  // NOLINT: likewise
    StoredName(const StoredName& other) : StoredName(other.view()) {}
    StoredName(StoredName&&) noexcept = default;
    StoredName& operator=(StoredName other) noexcept {
        octets_ = std::move(other.octets_);
        return *this;
    }
    ~StoredName() = default;

    /// Good as long as this name, which may be moved meanwhile, is not assigned to.
    [[nodiscard]] NameView view() const {
        if (!octets_) return {};
        return NameView::trusted({octets_.get() + 1, std::to_integer<std::size_t>(octets_[0])});
    }
    operator NameView() const { return view(); }  // NOLINT: a name is everything that its view is
    [[nodiscard]] Octets octets() const { return view().octets(); }
    [[nodiscard]] Name folded() const { return Name(view()).folded(); }
    [[nodiscard]] std::string to_string() const { return view().to_string(); }

private:
    std::unique_ptr<std::byte[]> octets_;  // its size first; null for the root
};

/// For unordered containers, whose names are not chosen by strangers; case-blind.
struct HashName {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(NameView name) const { return hash_name(name, 0); }
};
struct SameName {
    using is_transparent = void;
    [[nodiscard]] bool operator()(NameView a, NameView b) const { return a == b; }
};

}  // namespace lockstep
