// References between sections, keys, files, and what is worth a warning.

#include "support.hpp"

#include <sys/stat.h>

using namespace lockstep;
using config_test::Folder;
using config_test::Lines;
using config_test::lines_of;
using config_test::primary_problems;
using config_test::secondary_problems;

namespace {

const std::string server = "{ \"server\": { \"listen\": [\"127.0.0.1:5300\"] },\n";
const std::string good_key = R"({ "name": "pair.example.", "secret": "c2l4dGVlbiBvY3RldHMhIQ==" })";

Lines key_problems(const std::string& members) {
    return primary_problems(server + "\"keys\": [{ \"name\": \"k.\", " + members + " }] }");
}

/// A zone that has these members besides name and file; /etc/passwd is a file that is there.
Lines zone_problems(const std::string& members) {
    return primary_problems(server + "\"keys\": [" + good_key +
                            "],\n\"zones\": [{ \"name\": \"example.com.\", \"file\": \"/etc/passwd\",\n" +
                            members + " }] }");
}

struct ReferenceCase {
    std::string text;
    std::string problem;
};

}  // namespace

TEST_CASE("A key's secret must be sound", "[config]") {
    CHECK(key_problems("\"algorithm\": \"hmac-sha256\"") ==
          Lines{"c.json:2:10: 'secret' or 'secret_file' is missing in a key (at /keys/0)"});
    CHECK(key_problems("\"secret\": \"\"") == Lines{"c.json:2:36: the secret is empty (at /keys/0/secret)"});
    CHECK(key_problems("\"secret\": \"AA==\"") ==
          Lines{"c.json:2:36: the secret has 1 octets, wanted 8 to 512 (at /keys/0/secret)"});
    CHECK(key_problems("\"secret\": \"c2l4dGVlbiBvY3RldHMhIQ==\", \"secret_file\": \"f\"") ==
          Lines{"c.json:2:64: 'secret' is there too; one of them is enough (at /keys/0/secret_file)"});
    CHECK(
        key_problems("\"secret\": \"c2l4dGVlbiBvY3RldHMhIQ==\", \"algorithm\": \"hmac-sha265\"") ==
        Lines{
            "c.json:2:77: 'hmac-sha265' is none of hmac-sha256, hmac-sha384, hmac-sha512, hmac-sha224, hmac-sha1, "
            "hmac-md5; did you mean 'hmac-sha256'? (at /keys/0/algorithm)"});
    const auto bad = key_problems("\"secret\": \"not base64 at all\"");
    REQUIRE(bad.size() == 1);
    CHECK_THAT(bad[0], Catch::Matchers::StartsWith("c.json:2:36: ") &&
                           Catch::Matchers::EndsWith("(at /keys/0/secret)"));
    CHECK(bad[0].find("not base64 at all") == std::string::npos);
}

TEST_CASE("A name that is none is refused wherever it stands", "[config]") {
    const std::string label(63, 'a');
    const auto octets_255 = label + "." + label + "." + label + "." + std::string(61, 'a');
    const auto octets_256 = octets_255 + "a";
    const auto zone = [](const std::string& name) {
        return secondary_problems(
            server +
            "\"primaries\": [{ \"name\": \"a\", \"address\": \"::2\" }],\n\"zones\": [{ \"name\": \"" + name +
            "\" }] }");
    };
    CHECK(zone(octets_255).empty());
    CHECK(zone("a..b").size() == 1);
    CHECK_THAT(zone("a..b").front(),
               Catch::Matchers::StartsWith("c.json:3:21: 'a..b' is not a domain name: "));
    CHECK_THAT(zone(octets_256).front(), Catch::Matchers::StartsWith("c.json:3:21: 'aaaa"));
    CHECK(zone("") == Lines{"c.json:3:21: is empty, wanted a domain name (at /zones/0/name)"});
}

TEST_CASE("The same thing configured twice is refused", "[config]") {
    CHECK(
        primary_problems(server + "\"keys\": [" + good_key +
                         ",\n { \"name\": \"PAIR.example\", \"secret\": \"AAAAAAAAAAAAAAAAAAAAAA==\" }] }") ==
        Lines{"c.json:3:12: 'PAIR.example' is there a second time, first on line 2 (at /keys/1/name)"});
    CHECK(primary_problems(server + "\"secondaries\": [{ \"name\": \"ns2\", \"address\": \"::1\" },\n"
                                    "{ \"name\": \"NS2\", \"address\": \"::2\" }] }") ==
          Lines{"c.json:3:11: 'NS2' is there a second time, first on line 2 (at /secondaries/1/name)"});
    CHECK(
        secondary_problems(server +
                           "\"primaries\": [{ \"name\": \"a\", \"address\": \"::2\" }],\n"
                           "\"zones\": [{ \"name\": \"example.com.\" },\n{ \"name\": \"EXAMPLE.com\" }] }") ==
        Lines{"c.json:4:11: zone 'EXAMPLE.com' is there a second time, first on line 3 (at /zones/1/name)"});
    CHECK(primary_problems(server + "\"zones\": [{ \"name\": \"b.\", \"file\": \"/etc/passwd\" },\n"
                                    "{ \"name\": \"A.\", \"file\": \"/etc/passwd\" },\n"
                                    "{ \"name\": \"a\", \"file\": \"/etc/group\" },\n"
                                    "{ \"name\": \"B\", \"file\": \"/etc/passwd\" },\n"
                                    "{ \"name\": \"c\", \"file\": \"/etc/passwd\" },\n"
                                    "{ \"name\": \"a.\", \"file\": \"/etc/passwd\" }] }") ==
          Lines{"c.json:4:11: zone 'a' is there a second time, first on line 3 (at /zones/2/name)",
                "c.json:5:11: zone 'B' is there a second time, first on line 2 (at /zones/3/name)",
                "c.json:7:11: zone 'a.' is there a second time, first on line 3 (at /zones/5/name)"});
    CHECK(
        primary_problems(
            server +
            "\"secondaries\": [{ \"name\": \"ns2\", \"address\": \"::1\" }],\n"
            "\"zones\": [{ \"name\": \".\", \"file\": \"/etc/passwd\", \"secondaries\": [\"ns2\", \"ns2\"] }] }") ==
        Lines{"c.json:3:72: 'ns2' is there twice (at /zones/0/secondaries/1)"});
}

TEST_CASE("A reference to nothing is told with the nearest name", "[config]") {
    CHECK(
        primary_problems(server + "\"keys\": [" + good_key +
                         "],\n\"secondaries\": [{ \"name\": \"ns2\", \"address\": \"::1\", "
                         "\"key\": \"pare.example.\" }] }") ==
        Lines{
            "c.json:3:59: no key is called 'pare.example.'; did you mean 'pair.example.'? (at /secondaries/0/key)"});
    CHECK(
        primary_problems(
            server +
            "\"secondaries\": [{ \"name\": \"frankfurt\", \"address\": \"::1\" }],\n"
            "\"zones\": [{ \"name\": \".\", \"file\": \"/etc/passwd\", \"secondaries\": [\"frankfrut\"] }] }") ==
        Lines{
            "c.json:3:65: no secondary is called 'frankfrut'; did you mean 'frankfurt'? (at /zones/0/secondaries/0)"});
    CHECK(
        secondary_problems(
            server +
            "\"primaries\": [{ \"name\": \"a\", \"address\": \"::2\" }],\n"
            "\"zones\": [{ \"name\": \".\", \"primaries\": [\"bee\"] }, { \"name\": \"b.\", \"primaries\": [] }] }") ==
        Lines{"c.json:3:40: no primary is called 'bee' (at /zones/0/primaries/0)",
              "c.json:3:79: the list is empty (at /zones/1/primaries)"});
    CHECK(secondary_problems(server + "\"zones\": [{ \"name\": \"b.\" }] }") ==
          Lines{"c.json:2:11: zone 'b.' has no primary: the list \"primaries\" is empty (at /zones/0)"});
    // Named in zone_defaults, it is wrong once, not once a zone.
    CHECK(secondary_problems(server + "\"primaries\": [{ \"name\": \"a\", \"address\": \"::2\" }],\n"
                                      "\"zone_defaults\": { \"primaries\": [\"bee\"] },\n"
                                      "\"zones\": [{ \"name\": \"a.\" }, { \"name\": \"b.\" }] }") ==
          Lines{"c.json:3:34: no primary is called 'bee' (at /zone_defaults/primaries/0)"});
}

TEST_CASE("A key with a bad secret is one error, not one for each that refers to it", "[config]") {
    CHECK(primary_problems(
              server +
              "\"keys\": [{ \"name\": \"k.\", \"secret\": \"\" }],\n\"secondaries\": [{ \"name\": \"ns2\", "
              "\"address\": \"::1\", \"key\": \"k.\" }] }") ==
          Lines{"c.json:2:36: the secret is empty (at /keys/0/secret)"});
}

TEST_CASE("Rules of transfer and update are checked", "[config]") {
    const ReferenceCase cases[] = {
        {"\"transfer\": [{ \"prefix\": \"10.0.0.0/33\" }]",
         "c.json:4:26: '33' is not a prefix length (0 to 32) (at /zones/0/transfer/0/prefix)"},
        {"\"transfer\": [{ \"prefix\": \"::/129\" }]",
         "c.json:4:26: '129' is not a prefix length (0 to 128) (at /zones/0/transfer/0/prefix)"},
        {"\"transfer\": [{ \"prefix\": \"10.1.2.3/8\" }]",
         "c.json:4:26: '10.1.2.3/8' has bits set after the prefix; did you mean '10.0.0.0/8'? (at /zones/0/transfer/0/prefix)"},
        {"\"transfer\": [{}]",
         "c.json:4:14: 'prefix' or 'key' is missing in an entry of transfer (at /zones/0/transfer/0)"},
        {"\"transfer\": [{ \"key\": \"nokey\" }]",
         "c.json:4:23: no key is called 'nokey.' (at /zones/0/transfer/0/key)"},
        {"\"update\": [{ \"key\": \"pair.example.\", \"types\": [\"TEXT\"] }]",
         "c.json:4:48: 'TEXT' is not a record type; did you mean 'TXT'? (at /zones/0/update/0/types/0)"},
        {"\"update\": [{ \"key\": \"pair.example.\", \"types\": [\"OPT\"] }]",
         "c.json:4:48: 'OPT' is never a record of a zone (at /zones/0/update/0/types/0)"},
        {"\"update\": [{ \"key\": \"pair.example.\", \"types\": [] }]",
         "c.json:4:47: the list is empty (at /zones/0/update/0/types)"},
        {"\"update\": [{ \"key\": \"pair.example.\", \"names\": [\"a.b.*\"] }]",
         "c.json:4:48: 'a.b.*' has more than one label before '.*' (at /zones/0/update/0/names/0)"},
        {"\"update\": [{ \"key\": \"pair.example.\", \"names\": [\"host.example.net.\"] }]",
         "c.json:4:48: 'host.example.net.' is not in zone 'example.com.' (at /zones/0/update/0/names/0)"},
        {"\"update_waits\": { \"quorum\": \"most\" }",
         "c.json:4:29: 'most' is neither \"all\" nor a number (at /zones/0/update_waits/quorum)"},
        {"\"update_waits\": { \"quorum\": 0 }",
         "c.json:4:29: '0' is out of range, 1 to 1000 (at /zones/0/update_waits/quorum)"},
        {"\"update_waits\": { \"quorum\": true }",
         "c.json:4:29: true or false where \"all\" or an integer is wanted (at /zones/0/update_waits/quorum)"},
        {"\"serial_policy\": \"unix_time\"",
         "c.json:4:18: 'unix_time' is none of auto, manual, increment, date, unixtime; did you mean 'unixtime'? (at /zones/0/serial_policy)"},
    };
    for (const auto& each : cases)
        CHECK(zone_problems(each.text) == Lines{each.problem});
    CHECK(
        secondary_problems(
            server +
            "\"zone_defaults\": { \"timers\": { \"retry_min\": 90, \"retry_max\": 80 } },\n"
            "\"primaries\": [{ \"name\": \"a\", \"address\": \"::2\" }], \"zones\": [{ \"name\": \".\" }] }") ==
        Lines{"c.json:2:30: retry_min is 90, more than retry_max, which is 80 (at /zone_defaults/timers)"});
}

TEST_CASE("Files that cannot be right are told", "[config]") {
    const Folder folder;
    const auto path = folder.path().string();
    CHECK(lines_of(load_primary_config(folder.path() / "none.json").error()) ==
          Lines{path + "/none.json: No such file or directory"});
    CHECK(lines_of(load_primary_config(folder.path()).error()) == Lines{path + ": is a directory"});
    REQUIRE(mkfifo((path + "/pipe").c_str(), 0600) == 0);
    CHECK(lines_of(load_primary_config(path + "/pipe").error()) ==
          Lines{path + "/pipe: is not a regular file"});

    const auto problems = [&](const std::string& rest) {
        return lines_of(load_primary_config(folder.write("c.json", server + rest + " }")).error());
    };
    const auto here = path + "/c.json";
    CHECK(problems("\"zones\": [{ \"name\": \"a.\" }]") ==
          Lines{here + ":2:11: 'file' is missing in a zone (at /zones/0)"});
    CHECK(problems("\"zones\": [{ \"name\": \"a.\", \"file\": \"a.zone\" }]") ==
          Lines{here + ":2:35: " + path + "/a.zone does not exist (at /zones/0/file)"});
    CHECK(problems("\"zones\": [{ \"name\": \"a.\", \"file\": \".\" }]").front().find("is a directory") !=
          std::string::npos);
    CHECK(problems("\"zones\": [{ \"name\": \"a.\", \"file\": \"pipe\" }]") ==
          Lines{here + ":2:35: " + path + "/pipe is not a file (at /zones/0/file)"});
    CHECK(problems("\"zones\": [{ \"name\": \"a.\", \"file\": \"c.json/a.zone\" }]") ==
          Lines{here + ":2:35: " + path + "/c.json/a.zone does not exist (at /zones/0/file)"});
    CHECK(load_primary_config(path + "/c.json", ZoneFiles::Unchecked).value().zones.at(0).file.string() ==
          path + "/c.json/a.zone");
    CHECK(problems("\"zone_directory\": \"zones\"") ==
          Lines{here + ":2:19: " + path + "/zones: No such file or directory (at /zone_directory)"});
    folder.write("zones/a..b.zone", "");
    folder.write("zones/x.example.zone", "");
    folder.write("zones/X.example.zone", "");
    const auto in_directory = problems(
        "\"zone_directory\": \"zones\", \"zones\": [{ \"name\": \"x.example\", \"file\": \"c.json\" }, "
        "{ \"name\": \"y.example\" }]");
    REQUIRE(in_directory.size() == 4);
    CHECK(in_directory[0] ==
          here + ":2:19: file 'a..b.zone': 'a..b' is not a domain name (at /zone_directory)");
    CHECK_THAT(in_directory[1], Catch::Matchers::Contains("has two files"));
    CHECK_THAT(in_directory[2], Catch::Matchers::Contains("the zone has a second file"));
    CHECK(in_directory[3] == here + ":2:81: 'file' is missing, and " + path +
                                 "/zones/y.example.zone does not exist (at /zones/1)");
    folder.write("other/x.example.zone", "");
    CHECK(
        problems("\"zone_directory\": \"other\", \"zones\": [{ \"name\": \".\" }]") ==
        Lines{here + ":2:38: 'file' is missing, and " + path + "/other/..zone does not exist (at /zones/0)"});
    CHECK(load_primary_config(path + "/c.json", ZoneFiles::Unchecked).value().zones.at(0).file.string() ==
          path + "/other/..zone");
    CHECK(problems("\"zone_directory\": \"other\", \"zones\": [{ \"name\": \"x.example\" },\n"
                   "{ \"name\": \"X.example\" }]") ==
          Lines{here + ":3:11: zone 'X.example' is there a second time, first on line 2 (at /zones/1/name)"});
}

TEST_CASE("A secret's file is read only if it is nobody else's", "[config]") {
    const Folder folder;
    const auto path = folder.path().string();
    const auto load = [&] {
        return load_primary_config(folder.write(
            "c.json", server + "\"keys\": [{ \"name\": \"k.\", \"secret_file\": \"k.key\" }] }"));
    };
    const auto problem = [&](std::string_view content, unsigned mode) {
        folder.write("k.key", content, mode);
        const auto config = load();
        return config ? "" : lines_of(config.error()).front();
    };
    const auto prefix = path + "/c.json:2:41: " + path + "/k.key: ";
    CHECK(lines_of(load().error()) == Lines{prefix + "No such file or directory (at /keys/0/secret_file)"});
    CHECK(problem("c2l4dGVlbiBvY3RldHMhIQ==\n", 0600).empty());
    CHECK(problem("c2l4dGVlbiBvY3RldHMhIQ== \r\n\n", 0640).empty());
    for (const unsigned mode : {0644U, 0660U, 0602U}) {
        CHECK_THAT(problem("c2l4dGVlbiBvY3RldHMhIQ==\n", mode),
                   Catch::Matchers::StartsWith(prefix + "others may read or write this secret (mode 0"));
        std::filesystem::remove(folder.path() / "k.key");
    }
    CHECK(problem("c2l4dGVlbiBvY3RldHMhIQ==\nmore\n", 0600) ==
          prefix + "has more than one line; wanted the secret in base64 alone (at /keys/0/secret_file)");
    CHECK(problem(std::string(5000, 'A'), 0600) ==
          prefix + "is larger than 4096 octets (at /keys/0/secret_file)");
    CHECK(problem("", 0600) == prefix + "the secret has 0 octets, wanted 8 to 512 (at /keys/0/secret_file)");
}

TEST_CASE("What is risky but allowed is a warning", "[config]") {
    const Folder folder;
    folder.write("a.zone", "");
    const auto file = folder.write(
        "c.json",
        "{ \"server\": { \"listen\": [\"127.0.0.1:5300\"],\n \"http\": \"192.0.2.1:80\" },\n"
        "\"keys\": [{ \"name\": \"k.\",\n \"algorithm\": \"hmac-md5\",\n \"secret\": \"MTIzNDU2Nzg=\" }],\n"
        "\"secondaries\": [{ \"name\": \"a\", \"address\": \"::1\" },\n { \"name\": \"b\", \"address\": \"::1\" }],\n"
        "\"zones\": [{ \"name\": \"a.\", \"file\": \"a.zone\",\n \"update\": [{ \"prefix\": \"127.0.0.1\" }] }] }",
        0644);
    const auto config = load_primary_config(file);
    REQUIRE(config.has_value());
    const auto here = file.string();
    CHECK(
        lines_of(config->warnings) ==
        Lines{
            here + ":2:10: others than this machine can read the status page (at /server/http)",
            here + ":4:15: hmac-md5 is weak; for peers that know nothing else (at /keys/0/algorithm)",
            here + ":5:12: everybody may read this file: chmod 0640, or use secret_file (at /keys/0/secret)",
            here + ":5:12: the secret has 8 octets; 16 or more are safe (at /keys/0/secret)",
            here + ":7:28: 'a' has this address too (at /secondaries/1/address)",
            here +
                ":9:13: addresses over UDP can be forged: an update should need a key (at /zones/0/update/0)"});
}
