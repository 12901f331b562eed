#pragma once
// Histories of zones for tests that have no store.

#include "store/change_history.hpp"
#include "zone/changeset.hpp"

#include <memory>

namespace lockstep::test {

/// `history`, and the change that leads from `before` to `after`.
inline ChangeHistory followed_by_change(const ChangeHistory& history, const ZoneSnapshot& before,
                                        const ZoneSnapshot& after) {
    return history.followed_by({std::make_shared<const ChangeSet>(diff(before, after)), {}});
}

}  // namespace lockstep::test
