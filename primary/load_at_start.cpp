// All zones from their files, before the first query.

#include "primary/primary.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

/// At the start zones are committed together: so many, or as soon as they come to so many octets.
constexpr std::size_t committed_at_once = 2000;
constexpr std::uint64_t octets_at_once = std::uint64_t{16} << 20;

}  // namespace

void Primary::load_at_start(std::span<const FileZonePtr> zones, std::span<ServedZonePtr> before,
                            const std::function<void(const Error&)>& note) {
    const auto failed = [&](FileZone& zone, const Error& error, std::vector<SourceFile> files = {}) {
        note(error);
        note_failure(zone, error, std::move(files));
    };
    /// A zone whose file is read, and what the candidate does not say of it.
    struct Read {
        FileZone* zone;
        ServedZonePtr served;
        SourcedZone source;
    };
    std::vector<Read> read;
    std::vector<ZoneCandidate> candidates;
    std::uint64_t octets = 0;
    read.reserve(std::min(zones.size(), committed_at_once));
    candidates.reserve(read.capacity());
    const auto commit = [&] {
        const auto committed = server_.store().commit_all(candidates);
        candidates.clear();
        const Log::Gathering lines(log_);
        for (std::size_t i = 0; i < read.size(); ++i) {
            auto& [zone, served, source] = read[i];
            if (!committed[i]) {
                failed(*zone, committed[i].error(), std::move(source.files));
                continue;
            }
            zone->files = std::move(source.files);
            const auto& now = *committed[i];
            if (served->zone) updates_.know_lifetimes(Name(zone->name));
            note_loaded(*zone, now->zone, commit_notes(source, served, now->zone));
        }
        read.clear();
        octets = 0;
    };
    for (std::size_t i = 0; i < zones.size(); ++i) {
        const auto& zone = zones[i];
        const auto served = std::exchange(before[i], nullptr);  // not kept longer than its batch
        const NameView name = zone->name;
        zone->life = served->lease;
        const bool stored = served->zone != nullptr;  // else there is no source and there are no marks
        if (stored) updates_.know_lifetimes(Name(name));
        auto sourced =
            source_zone(zone->config, served, stored ? server_.store().source(name) : std::string(),
                        stored ? server_.store().marks(name) : std::vector<Mark>(), std::nullopt,
                        server_.clock().wall_now());
        if (!sourced) {
            failed(*zone, sourced.error(), std::move(sourced.error().files));
            continue;
        }
        if (!sourced->candidate) {
            server_.store().note_current(name);
            zone->files = std::move(sourced->files);
            note_loaded(*zone, served->zone, sourced->notes);
            continue;
        }
        sourced->candidate->life = served->lease;
        octets += sourced->candidate->zone->wire_octets();
        candidates.push_back({Name(name), *std::exchange(sourced->candidate, std::nullopt)});
        read.push_back({zone.get(), served, std::move(*sourced)});
        if (candidates.size() == committed_at_once || octets >= octets_at_once) commit();
    }
    commit();
}

}  // namespace lockstep
