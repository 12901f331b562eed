#pragma once
// What checks find in a zone, bounded.
//
// Threads: one. Limits: 50 findings of each severity are kept.

#include "wire/name.hpp"
#include "wire/types.hpp"
#include "zone/checks.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// Collects findings. Value type.
class Findings {
public:
    static constexpr std::size_t kept = 50;

    /// `type` is that of the records at `owner` that the text is about; None for the name itself.
    void error(NameView owner, RrType type, std::string text) {
        add(ZoneCheck::Severity::Error, errors_, owner, type, std::move(text));
    }
    void warning(NameView owner, RrType type, std::string text) {
        add(ZoneCheck::Severity::Warning, warnings_, owner, type, std::move(text));
    }
    [[nodiscard]] std::vector<ZoneCheck> take() && { return std::move(list_); }

private:
    void add(ZoneCheck::Severity severity, std::size_t& count, NameView owner, RrType type,
             std::string text) {
        if (count++ < kept)
            list_.push_back({severity, owner.to_string() + ": " + std::move(text), Name(owner), type});
    }

    std::vector<ZoneCheck> list_;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
};

}  // namespace lockstep
