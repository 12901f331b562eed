#include "zonefile/report.hpp"

namespace lockstep {

bool Report::admit_error() {
    if (errors_ == options_.max_errors) {
        truncated_ = true;
        return false;
    }
    ++errors_;
    return true;
}

ZoneFileProblem Report::problem(ZoneFileProblem::Severity severity, Place place, std::string text) const {
    const auto [line, column] = sources_.locate(place);
    return {severity, sources_.name(place.source), line, column, std::move(text), sources_.line_at(place)};
}

void Report::error(Place place, std::string text) {
    if (admit_error()) problems_.push_back(problem(ZoneFileProblem::Severity::Error, place, std::move(text)));
}

void Report::warn(Place place, std::string text) {
    if (warnings_ == options_.max_warnings) return;
    ++warnings_;
    problems_.push_back(problem(ZoneFileProblem::Severity::Warning, place, std::move(text)));
}

void Report::ask_about_dot(Place place, std::string text) {
    if (warnings_ < options_.max_warnings) asked_.emplace(place.source, sources_.locate(place).line);
    warn(place, std::move(text));
}

bool Report::asked_about_dot(Place place) const {
    return asked_.contains({place.source, sources_.locate(place).line});
}

void Report::file_error(std::string name, std::string text) {
    if (!admit_error()) return;
    problems_.push_back({ZoneFileProblem::Severity::Error, std::move(name), 0, 0, std::move(text), {}});
}

std::string quoted_word(std::string_view word) {
    constexpr std::size_t shown = 60;
    std::string text = "'";
    for (const char c : word.substr(0, shown)) {
        if (c >= ' ' && c <= '~') {
            text += c;
            continue;
        }
        const auto value = static_cast<unsigned char>(c);
        text += {'\\', static_cast<char>('0' + value / 100), static_cast<char>('0' + value / 10 % 10),
                 static_cast<char>('0' + value % 10)};
    }
    if (word.size() > shown) text += "...";
    return text += '\'';
}

}  // namespace lockstep
