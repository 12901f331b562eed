#include "zonefile/serial_edit.hpp"

#include "rdata/soa.hpp"
#include "zonefile/parser.hpp"
#include "zonefile/report.hpp"
#include "zonefile/source.hpp"

#include <algorithm>
#include <vector>

namespace lockstep {
namespace {

/// Notes where serials stand.
class SerialFinder final : public RecordSink {
public:
    struct Found {
        Place place;
        std::string_view digits;  // of the source
        Serial serial;
    };

    explicit SerialFinder(const SourceSet& sources) : sources_(sources) {}

    void take(const ParsedRecord& parsed) override {
        if (parsed.record.type != RrType::SOA) return;
        // MNAME RNAME SERIAL REFRESH RETRY EXPIRE MINIMUM; the generic form begins with `\#`.
        if (parsed.words.size() != 7 || parsed.words[0].text == "\\#") {
            unsupported_ = true;
            return;
        }
        const auto digits = parsed.words[2].text;
        const auto offset =
            static_cast<std::size_t>(digits.data() - sources_.text(parsed.place.source).data());
        found_.push_back({{parsed.place.source, offset}, digits, soa_serial(parsed.record.rdata)});
    }
    [[nodiscard]] const std::vector<Found>& found() const { return found_; }
    [[nodiscard]] bool unsupported() const { return unsupported_; }

private:
    const SourceSet& sources_;
    std::vector<Found> found_;
    bool unsupported_ = false;
};

Result<SerialEdit> edit(SourceSet& sources, std::uint32_t main, const Name& apex, Serial next,
                        const LoadOptions& options) {
    Report report(sources, options);
    SerialFinder finder(sources);
    ZoneFileParser(sources, report, apex, options, finder).run(main);
    // Whatever else is wrong may be so because of that.
    if (const auto changed = sources.changed(); !changed.empty()) {
        return fail(ErrorCode::Io,
                    sources.name(changed.front()) + ": " + std::string(SourceSet::changed_text));
    }
    if (report.has_errors()) {
        const auto problems = report.take();
        const auto first = std::find_if(problems.begin(), problems.end(), [](const auto& problem) {
            return problem.severity == ZoneFileProblem::Severity::Error;
        });
        return fail(ErrorCode::Invalid, format_problem(*first));
    }
    if (finder.unsupported()) {
        return fail(
            ErrorCode::Unsupported,
            sources.name(main) + ": the SOA is not written field by field, so its serial cannot be replaced");
    }
    const auto& found = finder.found();
    if (found.empty())
        return fail(ErrorCode::NotFound,
                    sources.name(main) + ": the zone " + apex.to_string() + " has no SOA record");
    const auto source = found.front().place.source;
    const auto text = sources.text(source);
    SerialEdit result{sources.path(source), {}, found.front().serial};
    result.text.reserve(text.size() + 16);
    std::size_t copied = 0;
    for (const auto& serial : found) {
        // A file included twice is one file.
        if (serial.place.source != source || serial.place.offset < copied) continue;
        result.text += text.substr(copied, serial.place.offset - copied);
        result.text += to_string(next);
        copied = serial.place.offset + serial.digits.size();
    }
    result.text += text.substr(copied);
    return result;
}

}  // namespace

Result<SerialEdit> edit_serial(const std::filesystem::path& file, const Name& apex, Serial next) {
    const LoadOptions options;
    SourceSet sources(options);
    const auto main = sources.add_file(file);
    if (!main) return fail(ErrorCode::Io, file.string() + ": " + main.error());
    return edit(sources, *main, apex, next, options);
}

Result<std::string> with_serial(std::string_view text, const Name& apex, Serial next) {
    LoadOptions options;
    options.includes = LoadOptions::Includes::Refused;
    SourceSet sources(options);
    const auto main = sources.add_text(text, "zone text");
    DNS_TRY_ASSIGN(auto result, edit(sources, main, apex, next, options));
    return std::move(result.text);
}

}  // namespace lockstep
