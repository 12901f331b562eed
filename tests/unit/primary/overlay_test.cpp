// File and updates side by side: what changes in the file is applied to what is served.

#include "primary/overlay.hpp"

#include "update_fixture.hpp"

#include <map>

using namespace lockstep;
using namespace lockstep::test;

using M = UpdateBuilder;

namespace {

/// A zone with its file and its marks, as the store would keep them.
struct OverlayScene : UpdateScene {
    std::string file{update_zone};
    std::map<std::string, std::string> marks;
    std::string notes;  // of the last load

    void keep(const std::vector<MarkChange>& changes_of_marks) {
        for (const auto& [key, value] : changes_of_marks) {
            if (value) {
                marks[key] = *value;
            } else {
                REQUIRE(marks.erase(key) == 1);
            }
        }
    }
    void update(M message) {
        REQUIRE(send(std::move(message)) == "NOERROR");
        keep_marks();
    }
    void keep_marks() {
        keep(marks_of_update(changes ? *changes : ChangeSet{}, ends,
                             [&](std::string_view key) -> std::optional<std::string> {
                                 const auto at = marks.find(std::string(key));
                                 return at == marks.end() ? std::nullopt : std::optional(at->second);
                             }));
    }
    /// What ends by itself: the seconds after `update_time`, of each mark.
    [[nodiscard]] std::vector<std::optional<int>> ends_in() const {
        std::vector<std::optional<int>> all;
        for (const auto& [key, value] : marks) {
            const auto end = end_of_mark(value);
            all.push_back(end ? std::optional(static_cast<int>((*end - update_time).count() / 1000))
                              : std::nullopt);
        }
        return all;
    }
    /// The record of each mark is as if its time were over.
    void end_all() {
        ZoneUpdater updater(zone, now);
        for (const auto& [key, value] : marks) {
            const auto record = record_of_mark(key);
            REQUIRE(record);
            updater.end(*record);
        }
        finish(std::move(updater));
        keep_marks();
    }
    /// The file as it is now is loaded.
    void load() {
        std::vector<Mark> all;
        for (const auto& [key, value] : marks)
            all.push_back({key, value});
        auto overlaid = overlay(test::zone("example.com.", file), all);
        REQUIRE(overlaid);
        zone = overlaid->zone;
        notes = overlaid->notes;
        keep(overlaid->marks);
    }
    void edit(std::string_view from, std::string_view to) {
        const auto place = file.find(from);
        REQUIRE(place != std::string::npos);
        file.replace(place, from.size(), to);
        load();
    }
    void append(std::string_view line) {
        file += line;
        load();
    }
};

}  // namespace

TEST_CASE_METHOD(OverlayScene, "An update stays where the file is edited elsewhere", "[update][overlay]") {
    update(M().add("_acme-challenge 60 TXT 1").remove("www 0 A 192.0.2.2"));
    append("new 300 A 192.0.2.7\n");
    CHECK(at("_acme-challenge") == Lines{"60 TXT \"1\""});
    CHECK(at("www") == Lines{"300 A 192.0.2.3", "300 TXT \"here\""});
    CHECK(at("new").size() == 1);
    CHECK(marks.size() == 2);
}

TEST_CASE_METHOD(OverlayScene, "What an update takes back leaves no mark", "[update][overlay]") {
    update(M().add("a 60 TXT 1").remove_name("www"));
    CHECK(marks.size() == 4);
    update(M().remove_name("a").add("www 300 A 192.0.2.2\nwww 300 A 192.0.2.3\nwww 300 TXT \"here\""));
    CHECK(marks.empty());
}

TEST_CASE_METHOD(OverlayScene, "A record that the file takes over from an update is the file's from then on",
                 "[update][overlay]") {
    update(M().add("a 60 TXT 1"));
    append("a 60 TXT 1\n");
    CHECK(at("a") == Lines{"60 TXT \"1\""});
    CHECK(marks.empty());
    edit("a 60 TXT 1\n", "");
    CHECK(at("a").empty());
}

TEST_CASE_METHOD(OverlayScene,
                 "A record that an update removed and the file drops may come again with the file",
                 "[update][overlay]") {
    update(M().remove("www 0 A 192.0.2.2"));
    edit("www 300 A 192.0.2.2\n", "");
    CHECK(marks.empty());
    append("www 300 A 192.0.2.2\n");
    CHECK(at("www").size() == 3);
}

TEST_CASE_METHOD(OverlayScene, "Another TTL by update stays, until the file has another",
                 "[update][overlay]") {
    update(M().add("www 60 A 192.0.2.4"));
    append("ns1 300 A 192.0.2.9\n");
    CHECK(at("www") == Lines{"60 A 192.0.2.2", "60 A 192.0.2.3", "60 A 192.0.2.4", "300 TXT \"here\""});
    edit("www 300 A 192.0.2.2\nwww 300 A 192.0.2.3\n", "www 900 A 192.0.2.2\nwww 900 A 192.0.2.3\n");
    CHECK(at("www") == Lines{"900 A 192.0.2.2", "900 A 192.0.2.3", "900 A 192.0.2.4", "300 TXT \"here\""});
    CHECK(marks.size() == 1);
}

TEST_CASE_METHOD(OverlayScene, "A TTL changed in the file counts for what an update added beside",
                 "[update][overlay]") {
    update(M().add("www 300 A 192.0.2.4"));
    edit("www 300 A 192.0.2.2\nwww 300 A 192.0.2.3\n", "www 900 A 192.0.2.2\nwww 900 A 192.0.2.3\n");
    CHECK(at("www")[2] == "900 A 192.0.2.4");
}

TEST_CASE_METHOD(OverlayScene, "SOA fields set by update stay; those that the file changes win",
                 "[update][overlay]") {
    update(M().add("@ 300 SOA ns1 host 50 1 2 3 4"));
    edit("host 7 ", "host 90 ");  // a serial is not a change of the record
    CHECK(serial() == 90);
    CHECK(zone->soa().refresh == seconds{1});
    edit("3600 600 604800 300", "7200 600 604800 300");
    CHECK(zone->soa().refresh == seconds{7200});
    CHECK(marks.empty());
}

TEST_CASE_METHOD(OverlayScene, "Where the file leaves no room for an update, the file wins and it is told",
                 "[update][overlay]") {
    update(M().add("a 60 TXT 1"));
    append("a 300 CNAME www\n");
    CHECK(at("a") == Lines{"300 CNAME www.example.com."});
    CHECK(notes == "a.example.com.: the file leaves no room for what an update had put there: TXT\n");
    CHECK(marks.empty());
    update(M().remove_name("al").add("al 60 CNAME ns1"));
    edit("al  300 CNAME www", "al  300 CNAME a");
    CHECK(at("al") == Lines{"300 CNAME a.example.com."});
    CHECK(marks.empty());
}

TEST_CASE_METHOD(OverlayScene, "The apex never loses its last name server to both sides",
                 "[update][overlay]") {
    update(M().remove("@ 0 NS ns1"));
    edit("@   300 NS ns2\n", "");
    CHECK(at("@") == Lines{"300 NS ns1.example.com."});
    CHECK(notes.find("NS records that an update had removed") != std::string::npos);
    CHECK(marks.empty());
}

TEST_CASE_METHOD(OverlayScene, "Random edits and updates never undo each other", "[update][overlay]") {
    // The file's changes and the updates are about other names; whatever their order, both are served.
    std::uint32_t state = 1;
    const auto draw = [&](std::uint32_t bound) {
        state = state * 1664525 + 1013904223;
        return state / 65536 % bound;
    };
    std::map<std::string, std::string> from_file;
    std::map<std::string, std::string> from_updates;
    for (int step = 0; step < 300; ++step) {
        const auto text = std::to_string(draw(100));
        const auto place = std::to_string(draw(8));
        if (draw(2) == 0) {
            const auto owner = "f" + place;
            const auto old = from_file.find(owner);
            if (old != from_file.end()) {
                const auto line = owner + " 60 TXT " + old->second + "\n";
                file.replace(file.find(line), line.size(), "");
            }
            from_file[owner] = text;
            append(owner + " 60 TXT " + text + "\n");
        } else {
            const auto owner = "u" + place;
            from_updates[owner] = text;
            update(M().remove_rrset(owner, RrType::TXT).add(owner + " 60 TXT " + text));
        }
        for (const auto* side : {&from_file, &from_updates}) {
            for (const auto& [owner, wanted] : *side)
                REQUIRE(at(owner) == Lines{"60 TXT \"" + wanted + "\""});
        }
        REQUIRE(marks.size() == from_updates.size());
    }
}

using Ends = std::vector<std::optional<int>>;

TEST_CASE_METHOD(OverlayScene, "What is added with a lifetime ends, but not what the file has",
                 "[update][overlay][lifetime]") {
    rules[0].lifetime = seconds{60};
    update(M().add("a 60 TXT 1").add("www 300 A 192.0.2.2"));
    CHECK(ends_in() == Ends{60});
    end_all();
    CHECK(at("a").empty());
    CHECK(at("www").size() == 3);
    CHECK(marks.empty());
    CHECK(serial() == 9);
}

TEST_CASE_METHOD(OverlayScene, "Adding a record once more begins its lifetime anew, or makes it stay",
                 "[update][overlay][lifetime]") {
    rules[0].lifetime = seconds{60};
    update(M().add("a 60 TXT 1"));
    now += seconds{30};
    update(M().add("a 60 TXT 1"));
    CHECK_FALSE(changes);
    CHECK(ends_in() == Ends{90});
    rules[0].lifetime.reset();
    update(M().add("a 60 TXT 1"));
    CHECK_FALSE(changes);
    CHECK(ends_in() == Ends{std::nullopt});
}

TEST_CASE_METHOD(OverlayScene, "A lifetime stays with another TTL and over a load of the file",
                 "[update][overlay][lifetime]") {
    rules[0].lifetime = seconds{60};
    update(M().add("a 60 TXT 1"));
    rules[0].lifetime = seconds{90};
    update(M().add("a 300 TXT 2"));
    CHECK(at("a") == Lines{"300 TXT \"1\"", "300 TXT \"2\""});
    CHECK(ends_in() == Ends{60, 90});
    append("new 300 A 192.0.2.7\na 900 TXT 2\n");
    CHECK(ends_in() == Ends{60});
    CHECK(at("a").size() == 2);
    end_all();
    CHECK(at("a") == Lines{"900 TXT \"2\""});
    CHECK(at("new").size() == 1);
}

TEST_CASE_METHOD(OverlayScene, "A record whose RDATA comes again in other letters is the same record",
                 "[update][overlay][lifetime]") {
    rules[0].lifetime = seconds{60};
    update(M().add("a 60 PTR Host.example."));
    now += seconds{30};
    update(M().add("a 60 PTR host.example."));
    CHECK(ends_in() == Ends{90});
    rules[0].lifetime.reset();
    update(M().add("a 60 PTR HOST.example."));
    CHECK(ends_in() == Ends{std::nullopt});
}

TEST_CASE_METHOD(OverlayScene, "In a zone that has been signed meanwhile nothing ends",
                 "[update][overlay][lifetime]") {
    rules[0].lifetime = seconds{60};
    update(M().add("a 60 TXT 1"));
    append("@ 60 DNSKEY 257 3 13 AAAA\n");
    end_all();
    CHECK(at("a") == Lines{"60 TXT \"1\""});
    CHECK(ends_in() == Ends{std::nullopt});
}

TEST_CASE_METHOD(OverlayScene, "The last name server does not end", "[update][overlay][lifetime]") {
    rules[0].lifetime = seconds{60};
    update(M().add("@ 300 NS ns3").remove("@ 0 NS ns1").remove("@ 0 NS ns2"));
    REQUIRE(marks.size() == 3);
    end_all();
    CHECK(at("@").front() == "300 NS ns3.example.com.");
    CHECK(ends_in() == Ends{std::nullopt, std::nullopt, std::nullopt});
}

TEST_CASE("A mark that is none of ours is Corrupt", "[update][overlay]") {
    const auto file = test::zone("example.com.", update_zone);
    for (const auto& mark :
         {Mark{"", ""}, Mark{"\x01", "1"}, Mark{std::string("\0\0\1abc", 6), std::string(10, '0')},
          Mark{std::string("\0\0\1abcd", 7), "1"}}) {
        const auto overlaid = overlay(file, {mark});
        REQUIRE_FALSE(overlaid);
        CHECK(overlaid.error().code == ErrorCode::Corrupt);
    }
}
