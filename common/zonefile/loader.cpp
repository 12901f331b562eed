#include "rdata/rdata.hpp"
#include "zone/builder.hpp"
#include "zone/checks.hpp"
#include "zone/node.hpp"
#include "zonefile/parser.hpp"
#include "zonefile/parts.hpp"
#include "zonefile/place_finder.hpp"
#include "zonefile/report.hpp"
#include "zonefile/source.hpp"
#include "zonefile/zone_file.hpp"

#include <optional>
#include <span>

namespace lockstep {
namespace {

/// Puts the records into a zone, and holds the rules of the one SOA.
class ZoneAssembly final : public RecordSink {
public:
    ZoneAssembly(const SourceSet& sources, Report& report, const Name& apex)
        : sources_(sources), report_(report), builder_(apex) {}

    void take(const ParsedRecord& parsed) override {
        if (parsed.record.type == RrType::SOA && !admit_soa(parsed)) return;
        builder_.add(parsed.record);
    }
    void take_all(ZoneBuilder part) { builder_.add_all(std::move(part)); }
    [[nodiscard]] const std::optional<Place>& soa() const { return soa_; }
    [[nodiscard]] bool ttls_differ() { return builder_.ttls_differ(); }
    [[nodiscard]] Result<ZonePtr> finish() { return std::move(builder_).finish(); }

private:
    /// The same SOA again, as at the end of a transfer, is folded.
    bool admit_soa(const ParsedRecord& parsed) {
        if (!soa_) {
            soa_ = parsed.place;
            soa_rdata_.assign(parsed.record.rdata.begin(), parsed.record.rdata.end());
            return true;
        }
        if (!equal_rdata(RrType::SOA, soa_rdata_, parsed.record.rdata)) {
            report_.error(
                parsed.place,
                "a second SOA record: the first is in line " + std::to_string(sources_.locate(*soa_).line) +
                    (soa_->source == parsed.place.source ? "" : " of " + sources_.name(soa_->source)));
        }
        return false;
    }

    const SourceSet& sources_;
    Report& report_;
    ZoneBuilder builder_;
    std::optional<Place> soa_;
    OctetString soa_rdata_;
};

ZoneFileErrors errors_of(Report& report, const SourceSet& sources) {
    return {report.take(), report.is_full(), sources.files()};
}

/// Goes through the files once more, knowing what became of them.
class SecondReading final : public RecordSink {
public:
    /// `lowered`: the zone, where TTLs were lowered; else none, as looking up each record has its price.
    SecondReading(Report& report, const ZoneSnapshot* lowered, std::span<const ZoneCheck> findings)
        : report_(report), lowered_(lowered), finder_(findings) {}

    [[nodiscard]] bool wants(NameView owner) const override {
        return lowered_ != nullptr || finder_.wants(owner);
    }
    void take(const ParsedRecord& parsed) override {
        finder_.take(parsed);
        if (lowered_ != nullptr) tell_lowered_ttl(parsed);
    }
    [[nodiscard]] std::optional<Place> place(std::size_t finding) const { return finder_.place(finding); }

private:
    void tell_lowered_ttl(const ParsedRecord& parsed) {
        const auto& [owner, type, ttl, rdata] = parsed.record;
        const auto node = lowered_->find(owner);
        if (!node || type == RrType::SOA) return;  // a folded SOA's TTL counts for nothing
        const auto rrset =
            type == RrType::RRSIG ? node->signatures(covered_type(type, rdata)) : node->find(type);
        // What one $GENERATE makes is told once.
        if (!rrset || rrset->ttl() == ttl || parsed.place == last_told_) return;
        last_told_ = parsed.place;
        report_.warn(parsed.place, "the TTL " + std::to_string(ttl.value()) +
                                       " is not served: " + std::to_string(rrset->ttl().value()) +
                                       " is the lowest of its RRset (RFC 2181 §5.2)");
    }

    Report& report_;
    const ZoneSnapshot* lowered_;
    PlaceFinder finder_;
    std::optional<Place> last_told_;
};

/// What the zone as a whole suffers from, each with the place of a record that it is about.
void tell_findings(SourceSet& sources, std::uint32_t main, Report& report, const Name& apex,
                   const ZoneSnapshot* lowered, const std::vector<ZoneCheck>& findings,
                   const LoadOptions& options) {
    if (findings.empty() && lowered == nullptr) return;
    if (auto recalled = sources.recall(); !recalled)
        return report.file_error(sources.name(recalled.error().source), std::move(recalled.error().text));
    SecondReading reading(report, lowered, findings);
    Report said_before(sources, options);
    ZoneFileParser(sources, said_before, apex, options, reading).run(main);
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const auto place = reading.place(i).value_or(Place{main, 0});
        if (findings[i].severity == ZoneCheck::Severity::Error) report.error(place, findings[i].text);
        // The parser has asked about a missing dot already, which is why there is no such target.
        else if (!report.asked_about_dot(place))
            report.warn(place, findings[i].text);
    }
}

/// In parts where that can be done and nothing is to be told; else in order.
void read(SourceSet& sources, std::uint32_t main, Report& report, const Name& apex,
          const LoadOptions& options, ZoneAssembly& assembly) {
    ZoneFileParser parser(sources, report, apex, options, assembly);
    const auto parts = cut_text(sources.text(main), options);
    if (parts.size() == 1) return parser.run(main);
    const auto standing = parser.run_head(main, parts.front().size());
    auto read = standing && !report.has_errors()
                    ? read_parts(std::span(parts).subspan(1), apex, options, *standing)
                    : std::nullopt;
    if (!read) return parser.run_rest();
    for (auto& part : *read)
        assembly.take_all(std::move(part));
}

Expected<LoadedZone, ZoneFileErrors> load(SourceSet& sources, std::uint32_t main, const Name& apex,
                                          const LoadOptions& options) {
    Report report(sources, options);
    ZoneAssembly assembly(sources, report, apex);
    read(sources, main, report, apex, options, assembly);
    // Whatever else is wrong may be so because of that.
    if (const auto changed = sources.changed(); !changed.empty()) {
        Report only(sources, options);
        for (const auto source : changed)
            only.file_error(sources.name(source), std::string(SourceSet::changed_text));
        return unexpected(errors_of(only, sources));
    }
    if (!assembly.soa() && !report.has_errors()) {
        report.error({main, 0}, "the zone " + quoted_word(apex.to_string()) + " has no SOA record");
    }
    if (report.has_errors()) return unexpected(errors_of(report, sources));
    sources.let_go();  // so that the zone is built in its memory
    const bool ttls_differ = assembly.ttls_differ();
    auto zone = assembly.finish();
    if (!zone) {
        report.file_error(sources.name(main), zone.error().text);
        return unexpected(errors_of(report, sources));
    }
    tell_findings(sources, main, report, apex, ttls_differ ? zone->get() : nullptr, check_zone(**zone),
                  options);
    if (report.has_errors()) return unexpected(errors_of(report, sources));
    return LoadedZone{std::move(*zone), report.take(), sources.files()};
}

}  // namespace

Expected<LoadedZone, ZoneFileErrors> load_zone_file(const StoredPath& file, const Name& apex,
                                                    const LoadOptions& options) {
    const LargePageReuse reuse;
    SourceSet sources(options);
    const auto main = sources.add_file(file);
    if (!main) {
        Report report(sources, options);
        report.file_error(file.string(), main.error());
        return unexpected(errors_of(report, sources));
    }
    return load(sources, *main, apex, options);
}

std::optional<std::vector<SourceFile>> read_unchanged(const std::vector<SourceFile>& files,
                                                      const LoadOptions& options) {
    SourceSet sources(options);
    for (const auto& file : files) {
        std::error_code error;
        if (std::filesystem::file_size(file.path, error) != file.size || error) return std::nullopt;
        if (!sources.add_file(file.path)) return std::nullopt;
    }
    auto now = sources.files();
    if (!sources.changed().empty() || now.size() != files.size()) return std::nullopt;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (now[i].size != files[i].size || now[i].digest != files[i].digest) return std::nullopt;
    }
    return now;
}

Expected<LoadedZone, ZoneFileErrors> load_zone_text(std::string_view text, std::string_view file_name,
                                                    const Name& apex, const LoadOptions& options) {
    SourceSet sources(options);
    const auto main = sources.add_text(text, file_name);
    return load(sources, main, apex, options);
}

}  // namespace lockstep
