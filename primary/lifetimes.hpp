#pragma once
// When records that updates have added end by themselves: the marks in the store say it, here it is known in
// order of time.
//
// Threads: one. Errors: none. Cost: O(log n) a change, n being the records that end.

#include "base/clock.hpp"
#include "store/marks.hpp"
#include "wire/stored_name.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// Resource type.
class Lifetimes {
public:
    /// All marks of `zone`, in place of what was known of it.
    void know(const Name& zone, const std::vector<Mark>& marks);
    /// What became of some marks of `zone`.
    void note(const Name& zone, const std::vector<MarkChange>& marks);
    void forget(const Name& zone);

    /// Nothing of `zone` is due before then: it could not be ended.
    void hold(const Name& zone, WallTime until);

    /// When the first record ends of those that are not due at `now`.
    [[nodiscard]] std::optional<WallTime> next(WallTime now) const;
    /// The zones with records whose time is over.
    [[nodiscard]] std::vector<Name> zones_due(WallTime now) const;
    /// The keys of marks whose records' time is over, the `most` first ones.
    [[nodiscard]] std::vector<std::string> due(const Name& zone, WallTime now, std::size_t most) const;

private:
    /// What ends in one zone.
    struct Ends {
        std::map<std::string, WallTime> by_key;
        std::set<std::pair<WallTime, std::string_view>> in_order;  // views of by_key's
        WallTime held_until{};
        [[nodiscard]] WallTime first() const { return std::max(in_order.begin()->first, held_until); }
        void set(const std::string& key, std::optional<WallTime> end);
    };
    using First = std::pair<WallTime, StoredName>;
    struct Earlier {
        [[nodiscard]] bool operator()(const First& a, const First& b) const {
            return a.first != b.first ? a.first < b.first : canonical_order(a.second, b.second) < 0;
        }
    };
    template <class Change>
    void change(const Name& zone, Change change);

    std::map<StoredName, Ends, CanonicalLess> zones_;
    std::set<First, Earlier> first_;  // of each zone
};

}  // namespace lockstep
