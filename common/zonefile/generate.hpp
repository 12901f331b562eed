#pragma once
// The counting part of $GENERATE. Threads: pure functions. Errors: texts for people. Limits: counters to
// 2^31-1, widths to 255. Standards: none; BIND's manual; FORMAT.md §8.

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// `START-STOP[/STEP]`. Value type.
struct GenerateRange {
    std::uint32_t start = 0;
    std::uint32_t stop = 0;
    std::uint32_t step = 1;

    [[nodiscard]] std::uint64_t count() const { return (std::uint64_t{stop} - start) / step + 1; }
    [[nodiscard]] static Expected<GenerateRange, std::string> parse(std::string_view text);
};

/// Text with `$`, `$$`, `\$`, `${OFFSET[,WIDTH[,BASE]]}` in it, taken apart once. Value type; a view of its
/// text.
class GenerateTemplate {
public:
    [[nodiscard]] static Expected<GenerateTemplate, std::string> parse(std::string_view text);

    /// Appends the text with `counter` in place. Error: a counter that its offset makes negative or larger
    /// than 2^31-1.
    [[nodiscard]] Expected<void, std::string> expand(std::uint32_t counter, std::string& out) const;

private:
    /// Plain text, and the counter behind it where there is one.
    struct Part {
        std::string_view plain;
        bool counts = false;
        std::int64_t offset = 0;
        unsigned width = 0;
        char base = 'd';
    };
    std::vector<Part> parts_;
};

}  // namespace lockstep
