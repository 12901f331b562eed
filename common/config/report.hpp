#pragma once
// Collects what is wrong while a configuration is looked through.

#include "config/problem.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// `'text'`, shortened and without control characters: fit for a message.
[[nodiscard]] std::string quote(std::string_view text);

/// The candidate that `word` is probably meant to be: few letters changed, case set aside.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

/// `; did you mean 'X'?`, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// Value type. Limits: 50 errors and 50 warnings are kept, the rest counted; equal ones are one.
class Report {
public:
    static constexpr std::size_t most = 50;

    void error(ConfigProblem problem) { errors_.add(std::move(problem)); }
    void warning(ConfigProblem problem) { warnings_.add(std::move(problem)); }
    [[nodiscard]] bool failed() const { return !errors_.kept.empty(); }
    /// The first ones by place, in that order. A last one without a place tells how many more there were.
    [[nodiscard]] ConfigProblems errors() const { return errors_.sorted("errors"); }
    [[nodiscard]] ConfigProblems warnings() const { return warnings_.sorted("warnings"); }

private:
    struct Kept {
        std::set<ConfigProblem> kept;
        std::size_t more = 0;
        void add(ConfigProblem problem);
        [[nodiscard]] ConfigProblems sorted(std::string_view what) const;
    };
    Kept errors_;
    Kept warnings_;
};

}  // namespace lockstep
