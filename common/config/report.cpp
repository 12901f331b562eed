#include "config/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace lockstep {
namespace {

constexpr std::size_t most_quoted = 60;
constexpr std::size_t longest_guess = 64;

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A')) : character;
}

/// Letters inserted, dropped, changed or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::string quote(std::string_view text) {
    std::string shown = "'";
    std::size_t taken = 0;
    for (const char character : text) {
        const bool continues = (static_cast<unsigned char>(character) & 0xc0U) == 0x80;
        if (taken >= most_quoted && !continues) {
            shown += "…";
            break;
        }
        if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) {
            shown += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
        } else {
            shown += character;
        }
        ++taken;
    }
    return shown + "'";
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
    if (word.empty() || word.size() > longest_guess) return std::nullopt;
    std::optional<std::string> best;
    std::size_t least = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
    for (const auto& candidate : candidates) {
        if (candidate.size() > longest_guess) continue;
        const auto changes = distance(word, candidate);
        if (changes < least && changes < candidate.size()) {
            least = changes;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
    const auto guess = nearest(word, candidates);
    return guess ? fmt::format("; did you mean {}?", quote(*guess)) : "";
}

void Report::Kept::add(ConfigProblem problem) {
    kept.insert(std::move(problem));
    if (kept.size() <= most) return;
    kept.erase(std::prev(kept.end()));
    ++more;
}

ConfigProblems Report::Kept::sorted(std::string_view what) const {
    ConfigProblems all(kept.begin(), kept.end());
    if (more != 0)
        all.push_back({all.front().file, 0, 0, "", fmt::format("{} more {} are not shown", more, what)});
    return all;
}

}  // namespace lockstep
