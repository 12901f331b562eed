// From a master file to a candidate, and the serial's way back into the file.
#include "primary/zone_source.hpp"

#include "primary/source_record.hpp"
#include "support/catch.hpp"
#include "support/folder.hpp"
#include "support/zone_text.hpp"
#include "zone/changeset.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace lockstep;
using test::Folder;

namespace {

constexpr WallTime now{seconds{1'795'348'800}};  // 2026-11-22 12:00

const std::string master =
    "$TTL 300\n"
    "@  IN SOA ns1 host.master (  ; tended by hand\n"
    "\t\t7\t; serial\n"
    "\t\t3600 600 604800 300 )\n"
    "   NS ns1\n"
    "ns1 A 192.0.2.1\n"
    "www A 192.0.2.2\n";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto place = text.find(from);
    REQUIRE(place != std::string::npos);
    return text.replace(place, from.size(), to);
}

PrimaryZoneConfig config_of(const std::filesystem::path& file, SerialPolicy policy = SerialPolicy::Auto) {
    PrimaryZoneConfig config;
    config.name = test::name("example.com.");
    config.file = file;
    config.serial_policy = policy;
    return config;
}

ServedZonePtr served_as(ZonePtr zone) {
    auto served = std::make_shared<ServedZone>();
    served->apex = Name(zone->apex());
    served->zone = std::move(zone);
    return served;
}

SourcedZone sourced(const PrimaryZoneConfig& config, const ServedZonePtr& served = nullptr,
                    std::optional<Serial> forced = std::nullopt) {
    auto result = source_zone(config, served, {}, {}, forced, now);
    if (!result) FAIL(result.error().text);
    return std::move(*result);
}
/// What is served once `config`'s file is loaded.
ServedZonePtr loaded(const PrimaryZoneConfig& config, const ServedZonePtr& served = nullptr) {
    const auto result = sourced(config, served);
    REQUIRE(result.candidate);
    return served_as(result.candidate->zone);
}

}  // namespace

TEST_CASE("the first load is a candidate without changes, under the file's serial", "[zone_source]") {
    const Folder folder;
    const auto result = sourced(config_of(folder.write("zone", master)));
    REQUIRE(result.candidate);
    CHECK(result.candidate->zone->serial() == Serial{7});
    CHECK(result.candidate->zone->record_count() == 4);
    CHECK_FALSE(result.candidate->changes);
    REQUIRE(result.files.size() == 1);
    CHECK(result.files.front().path.filename() == "zone");
}

TEST_CASE("what is served already is no new version", "[zone_source]") {
    const Folder folder;
    for (const auto policy : {SerialPolicy::Auto, SerialPolicy::Manual, SerialPolicy::Increment,
                              SerialPolicy::Date, SerialPolicy::UnixTime}) {
        const auto config = config_of(folder.write("zone", master), policy);
        const auto served = loaded(config);
        CHECK(sourced(config, served).candidate->zone == served->zone);
        // Not even where comments and layout changed.
        folder.write("zone", replaced(master, "; tended by hand", ";"));
        CHECK(sourced(config, served).candidate->zone == served->zone);
    }
}

TEST_CASE("a changed file is a candidate with the changes that lead to it", "[zone_source]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master));
    const auto served = loaded(config);
    folder.write("zone", replaced(replaced(master, "192.0.2.2", "192.0.2.3"), "\t7\t", "\t8\t"));
    const auto result = sourced(config, served);
    REQUIRE(result.candidate);
    CHECK(result.notes.empty());
    CHECK(result.candidate->zone->serial() == Serial{8});
    REQUIRE(result.candidate->changes);
    const auto& changes = *result.candidate->changes;
    CHECK(changes.from == Serial{7});
    CHECK(changes.to == Serial{8});
    CHECK(changes.removed.size() == 2);
    CHECK(changes.added.size() == 2);
    const auto again = apply_changes(served->zone, changes);
    REQUIRE(again);
    const auto difference = diff(**again, *result.candidate->zone);
    CHECK(difference.removed.size() == 1);  // the SOA, which a difference always begins with
    CHECK(difference.added.size() == 1);
}

TEST_CASE("changed content under an old serial is served under the next one, and says so", "[zone_source]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master));
    const auto served = loaded(config);
    folder.write("zone", replaced(master, "192.0.2.2", "192.0.2.3"));
    const auto result = sourced(config, served);
    REQUIRE(result.candidate);
    CHECK(result.candidate->zone->serial() == Serial{8});
    CHECK(result.notes.find("example.com.") != std::string::npos);
    CHECK(result.notes.find("served as 8") != std::string::npos);
    // And the file as it is then is what is served: nothing more to do.
    const auto now_served = served_as(result.candidate->zone);
    CHECK(sourced(config, now_served).candidate->zone == now_served->zone);
}

TEST_CASE("a changed timer of the SOA is changed content", "[zone_source]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master));
    const auto served = loaded(config);
    folder.write("zone", replaced(master, "604800", "604801"));
    const auto result = sourced(config, served);
    REQUIRE(result.candidate);
    CHECK(result.candidate->zone->serial() == Serial{8});
    CHECK(result.candidate->zone->soa().expire == seconds{604801});
}

TEST_CASE("a changed TTL of the SOA is changed content", "[zone_source]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master));
    const auto served = loaded(config);
    folder.write("zone", replaced(master, "@  IN SOA", "@ 301 IN SOA"));
    const auto result = sourced(config, served);
    REQUIRE(result.candidate);
    CHECK(result.candidate->zone->soa_rrset().ttl() == Ttl{301});
    CHECK(apply_changes(served->zone, *result.candidate->changes));
}

TEST_CASE("a newer serial alone is a new version", "[zone_source]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master));
    const auto served = loaded(config);
    folder.write("zone", replaced(master, "\t7\t", "\t9\t"));
    const auto result = sourced(config, served);
    REQUIRE(result.candidate);
    CHECK(result.candidate->zone->serial() == Serial{9});
    CHECK(result.candidate->changes->removed.size() == 1);
    CHECK(result.candidate->changes->added.size() == 1);
}

TEST_CASE("manual names the file and both serials when it refuses", "[zone_source]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master), SerialPolicy::Manual);
    const auto served = loaded(config);
    folder.write("zone", replaced(replaced(master, "192.0.2.2", "192.0.2.3"), "\t7\t", "\t5\t"));
    const auto result = source_zone(config, served, {}, {}, std::nullopt, now);
    REQUIRE_FALSE(result);
    CHECK(result.error().text.starts_with(config.file.string() + ": "));
    CHECK(result.error().text.find(" 5 ") != std::string::npos);
    CHECK(result.error().text.find(" 7,") != std::string::npos);
}

TEST_CASE("a forced serial overrides file and policy", "[zone_source]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master), SerialPolicy::Manual);
    const auto served = loaded(config);
    const auto result = sourced(config, served, Serial{70});
    REQUIRE(result.candidate);
    CHECK(result.candidate->zone->serial() == Serial{70});
    CHECK(result.candidate->changes->to == Serial{70});
}

TEST_CASE("a broken file is refused with file, line and column, every error of it", "[zone_source]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master + "a A 192.0.2\nb A 1.2.3.4.5\n"));
    const auto result = source_zone(config, nullptr, {}, {}, std::nullopt, now);
    REQUIRE_FALSE(result);
    const auto& text = result.error().text;
    INFO(text);
    CHECK(text.find(config.file.string() + ":8:") != std::string::npos);
    CHECK(text.find(config.file.string() + ":9:") != std::string::npos);
    CHECK_FALSE(text.ends_with('\n'));
}

TEST_CASE("a missing file is refused by name", "[zone_source]") {
    const Folder folder;
    const auto result = source_zone(config_of(folder / "none"), nullptr, {}, {}, std::nullopt, now);
    REQUIRE_FALSE(result);
    CHECK(result.error().text.find("none") != std::string::npos);
}

TEST_CASE("a change is seen by size and by nanosecond time, in included files too", "[zone_source]") {
    const Folder folder;
    folder.write("more", "more A 192.0.2.9\n");
    const auto config = config_of(folder.write("zone", master + "$INCLUDE more\n"));
    const auto files = sourced(config).files;
    REQUIRE(files.size() == 2);
    CHECK_FALSE(changed_since(files));
    SECTION("another size") {
        folder.write("zone", master);
        CHECK(changed_since(files));
    }
    SECTION("the same size, a nanosecond later") {
        struct stat status{};
        REQUIRE(::stat((folder / "more").c_str(), &status) == 0);
        status.st_mtim.tv_nsec += status.st_mtim.tv_nsec == 999'999'999 ? -1 : 1;
        const timespec times[2]{status.st_atim, status.st_mtim};
        REQUIRE(::utimensat(AT_FDCWD, (folder / "more").c_str(), times, 0) == 0);
        CHECK(changed_since(files));
    }
    SECTION("gone") {
        std::filesystem::remove(folder / "more");
        CHECK(changed_since(files));
    }
    SECTION("never read") {
        CHECK(changed_since({}));
    }
}

TEST_CASE("bump writes the serial's digits and nothing else", "[bump]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master));
    const auto bumped = bump_file(config, loaded(config), std::nullopt, now);
    REQUIRE(bumped);
    CHECK(*bumped == Serial{8});
    CHECK(folder.read("zone") == replaced(master, "\t7\t", "\t8\t"));
    // Nothing is left behind beside it.
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("bump goes on in the serial's style", "[bump]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", replaced(master, "\t7\t", "\t2026112105\t")));
    CHECK(bump_file(config, loaded(config), std::nullopt, now) == Serial{2026112200});
    CHECK(folder.read("zone") == replaced(master, "\t7\t", "\t2026112200\t"));
}

TEST_CASE("bump is newer than the file and than what is served", "[bump]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master));
    const auto served = loaded(config);
    SECTION("the file is ahead") {
        folder.write("zone", replaced(master, "\t7\t", "\t20\t"));
        CHECK(bump_file(config, served, std::nullopt, now) == Serial{21});
    }
    SECTION("what is served is ahead") {
        folder.write("zone", replaced(master, "\t7\t", "\t3\t"));
        CHECK(bump_file(config, served, std::nullopt, now) == Serial{8});
    }
    SECTION("nothing is served yet") {
        CHECK(bump_file(config, nullptr, std::nullopt, now) == Serial{8});
    }
}

TEST_CASE("bump wraps from 4294967295 to 0", "[bump][rfc1982]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", replaced(master, "\t7\t", "\t4294967295\t")));
    CHECK(bump_file(config, loaded(config), std::nullopt, now) == Serial{0});
    CHECK(folder.read("zone") == replaced(master, "\t7\t", "\t0\t"));
}

TEST_CASE("bump writes the serial asked for where it is newer, else the file stays", "[bump][rfc1982]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master));
    const auto served = loaded(config);
    CHECK(bump_file(config, served, Serial{4711}, now) == Serial{4711});
    CHECK(folder.read("zone") == replaced(master, "\t7\t", "\t4711\t"));
    folder.write("zone", master);
    for (const std::uint32_t wanted : {7U, 6U, 0U, 7U + 0x80000000U}) {
        const auto refused = bump_file(config, served, Serial{wanted}, now);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::Invalid);
        CHECK(refused.error().text.find(std::to_string(wanted) + " is not newer than 7") !=
              std::string::npos);
        CHECK(folder.read("zone") == master);
    }
}

TEST_CASE("bump keeps the file's mode", "[bump]") {
    const Folder folder;
    const auto config = config_of(folder.write("zone", master));
    for (const mode_t mode : {0600U, 0640U, 0664U, 0444U}) {
        REQUIRE(::chmod((folder / "zone").c_str(), mode) == 0);
        REQUIRE(bump_file(config, nullptr, std::nullopt, now));
        struct stat status{};
        REQUIRE(::stat((folder / "zone").c_str(), &status) == 0);
        CHECK((status.st_mode & 07777) == mode);
    }
}

TEST_CASE("bump writes where a link leads and leaves the link", "[bump]") {
    const Folder folder;
    folder.write("real", master);
    std::filesystem::create_symlink("real", folder / "zone");
    REQUIRE(bump_file(config_of(folder / "zone"), nullptr, std::nullopt, now));
    CHECK(std::filesystem::is_symlink(folder / "zone"));
    CHECK(folder.read("real") == replaced(master, "\t7\t", "\t8\t"));
}

TEST_CASE("bump edits the included file that holds the SOA", "[bump]") {
    const Folder folder;
    const std::string soa = "@ 300 IN SOA ns1 hostmaster 7 3600 600 604800 300\n";
    const std::string rest = "$INCLUDE soa\n@ 300 NS ns1\nns1 300 A 192.0.2.7\n";
    folder.write("soa", soa);
    const auto config = config_of(folder.write("zone", rest));
    REQUIRE(bump_file(config, nullptr, std::nullopt, now));
    CHECK(folder.read("soa") == replaced(soa, " 7 ", " 8 "));
    CHECK(folder.read("zone") == rest);
}

TEST_CASE("bump that fails leaves the file as it was", "[bump]") {
    const Folder folder;
    SECTION("the file has errors") {
        const auto broken = master + "a A 192.0.2\n";
        const auto result = bump_file(config_of(folder.write("zone", broken)), nullptr, std::nullopt, now);
        REQUIRE_FALSE(result);
        CHECK(result.error().text.find("zone:8:") != std::string::npos);
        CHECK(folder.read("zone") == broken);
    }
    SECTION("the SOA is written as octets") {
        const std::string generic =
            "@ 300 IN TYPE6 \\# 22 00 00 00000007 00000e10 00000258 00093a80 0000012c\n@ 300 NS @\n@ 300 A "
            "192.0.2.1\n";
        const auto result = bump_file(config_of(folder.write("zone", generic)), nullptr, std::nullopt, now);
        REQUIRE_FALSE(result);
        CHECK(result.error().code == ErrorCode::Unsupported);
        CHECK(folder.read("zone") == generic);
    }
    SECTION("the folder takes no new file") {
        const auto config = config_of(folder.write("zone", master));
        const auto in_the_way = ".zone." + std::to_string(::getpid()) + ".new";
        std::filesystem::create_directories((folder / in_the_way) / "occupied");
        const auto result = bump_file(config, nullptr, std::nullopt, now);
        REQUIRE_FALSE(result);
        CHECK(result.error().code == ErrorCode::Io);
        CHECK(result.error().text.find(folder.path().string()) != std::string::npos);
        CHECK(folder.read("zone") == master);
    }
    SECTION("there is no file") {
        const auto result = bump_file(config_of(folder / "zone"), nullptr, std::nullopt, now);
        REQUIRE_FALSE(result);
        CHECK(std::filesystem::is_empty(folder.path()));
    }
}

TEST_CASE("files that are the same again are not parsed, whatever their times", "[zone_source]") {
    const Folder folder;
    const auto file = folder.write("zone", master);
    const auto config = config_of(file);
    const auto first = sourced(config);
    const auto served = served_as(first.candidate->zone);
    const std::string record = first.candidate->source;
    REQUIRE_FALSE(record.empty());
    folder.write("zone", master);
    const auto again = source_zone(config, served, record, {}, std::nullopt, now);
    REQUIRE(again);
    CHECK_FALSE(again->candidate);
    REQUIRE(again->files.size() == 1);
    CHECK_FALSE(changed_since(again->files));

    SECTION("nor is anything believed where they are not") {
        folder.write("zone", replaced(master, "192.0.2.1", "192.0.2.9"));
        const auto changed = source_zone(config, served, record, {}, std::nullopt, now);
        REQUIRE(changed);
        REQUIRE(changed->candidate);
        CHECK(changed->candidate->source != record);
        CHECK(changed->candidate->changes);
    }
    SECTION("a comment changes what is remembered, not what is served") {
        folder.write("zone", master + std::string("; a word\n"));
        const auto changed = source_zone(config, served, record, {}, std::nullopt, now);
        REQUIRE(changed);
        REQUIRE(changed->candidate);
        CHECK(changed->candidate->zone == served->zone);
        CHECK(changed->candidate->source != record);
    }
    SECTION("another policy, another file and a forced serial read anew") {
        CHECK(source_zone(config_of(file, SerialPolicy::Increment), served, record, {}, std::nullopt, now)
                  ->candidate);
        CHECK(source_zone(config_of(folder.write("other", master)), served, record, {}, std::nullopt, now)
                  ->candidate);
        CHECK(source_zone(config, served, record, {}, Serial{8}, now)->candidate);
    }
    SECTION("nothing is believed of a record that is not one") {
        for (std::size_t octets = 0; octets < record.size(); ++octets)
            CHECK(read_record(config, std::string_view(record).substr(0, octets)).files.empty());
    }
}

TEST_CASE("what the operator was told of a file is told again at the next start", "[zone_source]") {
    const Folder folder;
    const auto warned = folder.write("zone", master + std::string("mx MX 10 nowhere\n"));
    const auto config = config_of(warned);
    const auto result = sourced(config);
    CHECK_FALSE(result.notes.empty());
    const auto again = source_zone(config, served_as(result.candidate->zone), result.candidate->source, {},
                                   std::nullopt, now);
    REQUIRE(again);
    CHECK_FALSE(again->candidate);
    CHECK(again->notes == result.notes);
}
