#pragma once
// Collects what is wrong with a zone's files. Threads: one. Limits: LoadOptions::max_errors, max_warnings.

#include "zonefile/problem.hpp"
#include "zonefile/source.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// Errors and warnings of one load, as found. Resource type.
class Report {
public:
    Report(const SourceSet& sources, const LoadOptions& options) : sources_(sources), options_(options) {}

    void error(Place place, std::string text);
    void warn(Place place, std::string text);
    /// About a file as a whole, which may not have been opened.
    void file_error(std::string name, std::string text);

    /// Like warn(), and notes that this line has been asked about a missing final dot.
    void ask_about_dot(Place place, std::string text);
    [[nodiscard]] bool asked_about_dot(Place place) const;
    [[nodiscard]] bool has_errors() const { return errors_ > 0; }
    /// There are as many errors as are wanted: going on is of no use.
    [[nodiscard]] bool is_full() const { return truncated_; }
    [[nodiscard]] std::vector<ZoneFileProblem> take() { return std::move(problems_); }

private:
    bool admit_error();
    ZoneFileProblem problem(ZoneFileProblem::Severity severity, Place place, std::string text) const;

    const SourceSet& sources_;
    const LoadOptions& options_;
    std::vector<ZoneFileProblem> problems_;
    std::set<std::pair<std::uint32_t, unsigned>> asked_;  // source and line
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
    bool truncated_ = false;
};

/// `'word'` for a message: cut at 60 octets, control characters and non-ASCII as \DDD.
[[nodiscard]] std::string quoted_word(std::string_view word);

}  // namespace lockstep
