// The schemas and samples in deploy/config, and the table that they come from.

#include "config/schema.hpp"

#include "config/table.hpp"
#include "support.hpp"
#include "support/test_data.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace lockstep;
using config_test::Folder;
using config_test::Lines;
using config_test::lines_of;

namespace {

const std::filesystem::path deploy = test_data() / "../../deploy";

std::string content(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// The committed file and the generated text; with LOCKSTEP_UPDATE set the file is written anew.
void check_generated(const std::filesystem::path& file, const std::string& generated) {
    if (std::getenv("LOCKSTEP_UPDATE") != nullptr) std::ofstream(file, std::ios::binary) << generated;
    INFO("LOCKSTEP_UPDATE=1 writes " << file.lexically_normal());
    CHECK((content(file) == generated));
}

}  // namespace

TEST_CASE("The schemas in deploy/config are what the code checks", "[config]") {
    for (const auto role : {Role::Primary, Role::Secondary}) {
        check_generated(deploy / "config" / (std::string(to_string(role)) + ".schema.json"),
                        schema_json(role));
    }
}

TEST_CASE("The manual describes the keys that the code checks", "[config]") {
    const auto file = deploy / "man/lockstep.json.5.scd";
    const auto page = content(file);
    const auto from = page.find("## ");
    const auto to = page.find("\n# SEE ALSO");
    REQUIRE(from != std::string::npos);
    REQUIRE(to != std::string::npos);
    check_generated(file, page.substr(0, from) + reference_scd() + page.substr(to));
}

TEST_CASE("The samples in deploy/config are accepted without a warning", "[config]") {
    const Folder folder;
    folder.write("example.com.zone", "");
    const auto primary =
        load_primary_config(folder.write("primary.json", content(deploy / "config/primary.json")));
    if (!primary) FAIL(primary.error().front().to_string());
    CHECK(lines_of(primary->warnings) == Lines{});
    CHECK(primary->zones.size() == 1);
    CHECK(primary->secondaries.size() == 2);

    const auto secondary =
        load_secondary_config(folder.write("secondary.json", content(deploy / "config/secondary.json")));
    if (!secondary) FAIL(secondary.error().front().to_string());
    CHECK(lines_of(secondary->warnings) == Lines{});
    CHECK(secondary->zones.size() == 2);
    CHECK(secondary->primaries.size() == 2);
}

TEST_CASE("Each row of the table of keys is sound", "[config]") {
    for (const auto* table : all_tables()) {
        for (const auto& row : table->rows) {
            INFO(table->title << ": " << row.key);
            CHECK(row.help.ends_with('.'));
            CHECK((row.shape == Shape::Object) == (row.object != nullptr));
            CHECK((row.shape == Shape::Choice) == !row.choices.empty());
            if (row.shape == Shape::Integer) {
                REQUIRE_FALSE(row.fallback.empty());
                const auto fallback = std::stoll(std::string(row.fallback));
                CHECK(fallback >= row.least);
                CHECK(fallback <= row.greatest);
            }
            if (row.shape == Shape::Choice) {
                CHECK(std::find(row.choices.begin(), row.choices.end(), row.fallback) != row.choices.end());
            }
        }
    }
}
