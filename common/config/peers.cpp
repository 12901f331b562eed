#include "config/peers.hpp"

#include "config/keys.hpp"
#include "config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace lockstep {
namespace {

std::string folded(std::string_view text) {
    std::string lower(text);
    for (char& character : lower) {
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character + ('a' - 'A'));
    }
    return lower;
}

}  // namespace

bool PeerConfig::operator==(const PeerConfig& other) const {
    return name == other.name && address == other.address && same_key(key, other.key);
}

PeerSection read_peers(const JsonValue& root, std::string_view key, const KeySection& keys,
                       const Reading& reading) {
    PeerSection section{{}, key == "primaries" ? "primary" : "secondary"};
    std::map<std::string, JsonValue> by_name;
    std::map<Endpoint, std::string> by_address;
    for (const auto& entry :
         Section(root, root_table(), reading.role).list(key).value_or(std::vector<JsonValue>{})) {
        const Section peer(entry, peer_table(), reading.role);
        PeerConfig config;
        if (const auto name = peer.value("name")) {
            config.name = name->text();
            const auto [before, is_new] = by_name.emplace(folded(config.name), *name);
            if (!is_new) {
                reading.report.error(name->problem(fmt::format("{} is there a second time, first on line {}",
                                                               quote(config.name), before->second.line())));
            }
        }
        if (const auto address = peer.value("address")) {
            if (const auto endpoint = parse_endpoint(address->text(), 53)) {
                config.address = *endpoint;
                const auto [before, is_new] = by_address.emplace(*endpoint, config.name);
                if (!is_new) {
                    reading.report.warning(
                        address->problem(fmt::format("{} has this address too", quote(before->second))));
                }
            }
        }
        if (const auto reference = peer.value("key")) config.key = keys.resolve(*reference, reading);
        section.peers.push_back(std::move(config));
    }
    return section;
}

std::optional<std::size_t> PeerSection::find(std::string_view name) const {
    const auto wanted = folded(name);
    for (std::size_t place = 0; place < peers.size(); ++place) {
        if (folded(peers[place].name) == wanted) return place;
    }
    return std::nullopt;
}

std::vector<std::size_t> PeerSection::resolve(const std::optional<std::vector<JsonValue>>& references,
                                              const Reading& reading) const {
    std::vector<std::size_t> places;
    if (!references) {
        for (std::size_t place = 0; place < peers.size(); ++place)
            places.push_back(place);
        return places;
    }
    for (const auto& reference : *references) {
        if (!reference.is(JsonKind::Text)) continue;
        const auto place = find(reference.text());
        if (!place) {
            std::vector<std::string> names;
            for (const auto& peer : peers)
                names.push_back(peer.name);
            reading.report.error(
                reference.problem(fmt::format("no {} is called {}{}", title, quote(reference.text()),
                                              did_you_mean(reference.text(), names))));
        } else if (std::find(places.begin(), places.end(), *place) != places.end()) {
            reading.report.error(
                reference.problem(fmt::format("{} is there twice", quote(reference.text()))));
        } else {
            places.push_back(*place);
        }
    }
    return places;
}

}  // namespace lockstep
