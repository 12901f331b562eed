#pragma once
// Zones as literals for the tests of this folder.

#include "support/name_text.hpp"
#include "zonefile/writer.hpp"
#include "zonefile/zone_file.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h>  // mkdtemp
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::sample {

using test::name;

using Lines = std::vector<std::string>;

inline Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return lines;
}

inline Lines formatted(const std::vector<ZoneFileProblem>& problems) {
    Lines lines;
    for (const auto& problem : problems)
        lines.push_back(format_problem(problem));
    return lines;
}

/// What became of a text: the dump where it was in order, and all that was said.
struct Outcome {
    bool loaded = false;
    Lines dump;
    Lines problems;
};

inline Outcome outcome_of(const Expected<LoadedZone, ZoneFileErrors>& result) {
    if (!result) return {false, {}, formatted(result.error().problems)};
    return {true, lines_of(canonical_text(*result->zone)), formatted(result->warnings)};
}

inline Outcome load(std::string_view text, std::string_view apex = "example.com.",
                    const LoadOptions& options = {}) {
    return outcome_of(load_zone_text(text, "z", name(apex), options));
}

/// Four lines that make any text a zone.
constexpr std::string_view head = "$TTL 300\n@ SOA ns h 1 3 2 5 5\n@ NS ns\nns A 192.0.2.1\n";

inline Outcome without_head(Outcome outcome) {
    std::erase_if(outcome.dump, [](const std::string& line) {
        return line == "example.com. 300 IN SOA ns.example.com. h.example.com. 1 3 2 5 5" ||
               line == "example.com. 300 IN NS ns.example.com." ||
               line == "ns.example.com. 300 IN A 192.0.2.1";
    });
    return outcome;
}

/// All records, and then all that was said.
inline Lines with_problems(Outcome outcome) {
    outcome.dump.insert(outcome.dump.end(), outcome.problems.begin(), outcome.problems.end());
    return outcome.dump;
}

/// `body` from line 5 on in a zone example.com.; the dump without the head's records.
inline Outcome with_head(std::string_view body) {
    return without_head(load(std::string(head) + std::string(body)));
}

/// The records that `body` makes, which must be without errors and warnings.
inline Lines records(std::string_view body) {
    return with_problems(with_head(body));
}

/// All that is said about `body`, which must have errors.
inline Lines errors(std::string_view body) {
    auto outcome = with_head(body);
    if (outcome.loaded) return {"loaded"};
    return outcome.problems;
}

/// The warnings that `body`, which must be without errors, meets with.
inline Lines warnings(std::string_view body) {
    auto outcome = with_head(body);
    if (!outcome.loaded) outcome.problems.insert(outcome.problems.begin(), "not loaded");
    return outcome.problems;
}

/// A folder of its own that goes with it.
class Folder {
public:
    Folder() {
        std::string form = (std::filesystem::temp_directory_path() / "zonefile-XXXXXX").string();
        path_ = ::mkdtemp(form.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    std::filesystem::path write(std::string_view file, std::string_view text) const {
        const auto path = path_ / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

private:
    std::filesystem::path path_;
};

/// Problems of a file with the folder's path cut off.
inline Lines without(const Folder& folder, Lines lines) {
    const auto prefix = folder.path().string() + '/';
    for (auto& line : lines) {
        for (auto at = line.find(prefix); at != std::string::npos; at = line.find(prefix))
            line.erase(at, prefix.size());
    }
    return lines;
}

}  // namespace lockstep::sample
