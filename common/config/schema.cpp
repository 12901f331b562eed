#include "config/schema.hpp"

#include "config/check.hpp"
#include "config/table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// Editors complain while one types; the loader looks closer than these do.
constexpr std::string_view endpoint_pattern =
    R"(^([0-9.]+|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+)(:[0-9]{1,5})?$)";
constexpr std::string_view prefix_pattern = R"(^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$)";
constexpr std::string_view label_pattern = "^[A-Za-z0-9._-]+$";
constexpr std::string_view hex_key_pattern = "^[0-9A-Fa-f]{32}$";
constexpr std::string_view base64_pattern = "^[A-Za-z0-9+/]+={0,2}$";

Json object_schema(const ObjectTable& table, Role role);

Json text_schema(std::string_view pattern) {
    Json schema{{"type", "string"}};
    if (!pattern.empty()) schema["pattern"] = pattern;
    return schema;
}

Json shape_schema(const KeyRow& row, Role role) {
    switch (row.shape) {
    case Shape::Text:
    case Shape::Name:
    case Shape::Path:
    case Shape::NamePattern:
    case Shape::RecordType: return {{"type", "string"}, {"minLength", 1}};
    case Shape::Label: return text_schema(label_pattern);
    case Shape::Endpoint: return text_schema(endpoint_pattern);
    case Shape::Prefix: return text_schema(prefix_pattern);
    case Shape::Secret: return text_schema(base64_pattern);
    case Shape::HexKey: return text_schema(hex_key_pattern);
    case Shape::Choice: {
        Json schema{{"type", "string"}, {"enum", Json::array()}};
        for (const auto choice : row.choices)
            schema["enum"].push_back(choice);
        return schema;
    }
    case Shape::Quorum:
        return {{"oneOf", Json::array({Json{{"const", "all"}}, Json{{"type", "integer"},
                                                                    {"minimum", row.least},
                                                                    {"maximum", row.greatest}}})}};
    case Shape::Integer: return {{"type", "integer"}, {"minimum", row.least}, {"maximum", row.greatest}};
    case Shape::Boolean: return {{"type", "boolean"}};
    case Shape::Object: return object_schema(*row.object, role);
    }
    return Json::object();
}

Json row_schema(const KeyRow& row, Role role) {
    Json schema;
    if (row.takes == Takes::List) {
        schema = {{"type", "array"}, {"items", shape_schema(row, role)}};
        if (row.least > 0) schema["minItems"] = row.least;
    } else {
        schema = shape_schema(row, role);
    }
    schema["description"] = row.help;
    if (!row.fallback.empty()) {
        const auto fallback = fallback_for(row, role);
        if (row.shape == Shape::Integer || row.shape == Shape::Boolean) {
            schema["default"] = Json::parse(fallback);
        } else if (row.takes == Takes::List) {
            schema["default"] = Json::array({fallback});
        } else {
            schema["default"] = fallback;
        }
    }
    return schema;
}

Json object_schema(const ObjectTable& table, Role role) {
    Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
    auto required = Json::array();
    for (const auto& row : table.rows) {
        if (!is_for(row, role)) continue;
        schema["properties"][std::string(row.key)] = row_schema(row, role);
        if (row.demand == Demand::Required) required.push_back(row.key);
    }
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

/// What scdoc would read as markup, escaped.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char character : text) {
        if (character == '*' || character == '_' || character == '\\' || character == '#' || character == '~')
            out += '\\';
        out += character;
    }
    return out;
}

std::string role_note(const KeyRow& row) {
    if (row.roles == Roles::Both) return "";
    return row.roles == Roles::Primary ? "; primary only" : "; secondary only";
}

std::string fallback_note(const KeyRow& row) {
    if (row.demand == Demand::Required) return "; required";
    if (row.fallback.empty()) return "";
    auto fallback = std::string(row.fallback);
    if (const auto at = fallback.find("ROLE"); at != fallback.npos) {
        fallback =
            fmt::format("{} and {}", fallback_for(row, Role::Primary), fallback_for(row, Role::Secondary));
    }
    return "; default " + escaped(fallback);
}

}  // namespace

std::string schema_json(Role role) {
    Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                {"title", fmt::format("Configuration of lockstep-{}", to_string(role))}};
    schema.update(object_schema(root_table(), role));
    return schema.dump(2) + "\n";
}

std::string reference_scd() {
    std::string page;
    for (const auto* table : all_tables()) {
        // The defaults are the zone's keys, and described with these.
        if (table == &zone_defaults_table()) continue;
        page += fmt::format("## {}\n\n", escaped(table->heading));
        for (const auto& row : table->rows) {
            page += fmt::format("*{}* ({}{}{}{})\n\t{}\n\n", escaped(row.key), escaped(describe(row)),
                                role_note(row), fallback_note(row),
                                row.start_only ? "; taken at the start only" : "", escaped(row.help));
        }
    }
    page.pop_back();
    return page;
}

}  // namespace lockstep
