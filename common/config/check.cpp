#include "config/check.hpp"

#include "config/problem.hpp"
#include "crypto/encoding.hpp"
#include "crypto/siphash.hpp"
#include "wire/name.hpp"
#include "wire/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace lockstep {
namespace {

constexpr std::size_t longest_text = 255;
constexpr std::size_t longest_path = 4095;
constexpr std::size_t longest_address = 64;
constexpr RrType last_plain_type = RrType::AMTRELAY;

bool is_label_character(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '-' || character == '_' || character == '.';
}

/// Why the text is not of the shape; nothing where it is.
using Complaint = std::optional<std::string>;

Complaint length_complaint(std::string_view text, std::size_t longest) {
    if (text.empty()) return "is empty";
    if (text.size() > longest) return fmt::format("is {} octets long, more than {}", text.size(), longest);
    return std::nullopt;
}

Complaint name_complaint(std::string_view text) {
    if (text.empty()) return "is empty, wanted a domain name";
    const auto name = Name::parse_absolute(text);
    if (name) return std::nullopt;
    return fmt::format("{} is not a domain name: {}", quote(text), to_string(name.error()));
}

/// Whether it is inside its zone is seen where the zone is known.
Complaint pattern_complaint(std::string_view text) {
    if (text == "*") return std::nullopt;
    if (text.starts_with("*.")) return name_complaint(text.substr(2));
    if (text.ends_with(".*")) {
        const auto label = name_complaint(text.substr(0, text.size() - 2));
        if (label) return label;
        const auto name = Name::parse_absolute(text.substr(0, text.size() - 2));
        if (name->view().label_count() == 1) return std::nullopt;
        return fmt::format("{} has more than one label before '.*'", quote(text));
    }
    return text == "@" ? std::nullopt : name_complaint(text);
}

Complaint type_complaint(std::string_view text) {
    const auto type = parse_type(text);
    if (type == RrType::ANY || (type && !is_meta(*type))) return std::nullopt;
    if (type) return fmt::format("{} is never a record of a zone", quote(text));
    std::vector<std::string> known;
    for (std::uint16_t number = 1; number <= static_cast<std::uint16_t>(last_plain_type); ++number) {
        auto mnemonic = to_string(static_cast<RrType>(number));
        if (!mnemonic.starts_with("TYPE")) known.push_back(std::move(mnemonic));
    }
    return fmt::format("{} is not a record type{}", quote(text), did_you_mean(text, known));
}

Complaint choice_complaint(const KeyRow& row, std::string_view text) {
    if (std::find(row.choices.begin(), row.choices.end(), text) != row.choices.end()) return std::nullopt;
    const std::vector<std::string> known(row.choices.begin(), row.choices.end());
    return fmt::format("{} is none of {}{}", quote(text), fmt::join(known, ", "), did_you_mean(text, known));
}

template <class T>
Complaint complaint_of(const Result<T>& parsed) {
    return parsed ? std::nullopt : Complaint(parsed.error().text);
}

/// The parsers quote what they are given: fit for a message only if it could be an address.
Complaint address_complaint(std::string_view text, Complaint parsed, std::string_view wanted) {
    if (text.size() > longest_address || std::any_of(text.begin(), text.end(), is_control)) {
        return fmt::format("{} is not {}", quote(text), wanted);
    }
    return parsed;
}

/// Never quotes what may be a secret.
Complaint hex_key_complaint(std::string_view text) {
    const auto key = secret_from_hex(text);
    if (key && key->size() == siphash_key_octets) return std::nullopt;
    return fmt::format("is not {} hexadecimal digits; 'openssl rand -hex {}' makes some",
                       2 * siphash_key_octets, siphash_key_octets);
}

Complaint text_complaint(const KeyRow& row, std::string_view text) {
    switch (row.shape) {
    case Shape::Text:
        if (std::any_of(text.begin(), text.end(), is_control)) return "has control characters";
        return length_complaint(text, longest_text);
    case Shape::Label:
        if (!std::all_of(text.begin(), text.end(), is_label_character)) {
            return fmt::format("{} may have letters, digits, '-', '_' and '.' only", quote(text));
        }
        return length_complaint(text, longest_text);
    case Shape::Path:
        if (std::any_of(text.begin(), text.end(), is_control)) return "has control characters";
        return length_complaint(text, longest_path);
    case Shape::Name: return name_complaint(text);
    case Shape::Endpoint:
        return address_complaint(text, complaint_of(parse_endpoint(text, 1)), "ADDRESS:PORT");
    case Shape::Prefix: return address_complaint(text, complaint_of(Prefix::parse(text)), "ADDRESS/LENGTH");
    case Shape::NamePattern: return pattern_complaint(text);
    case Shape::RecordType: return type_complaint(text);
    case Shape::Secret:
        if (text.empty()) return "the secret is empty";
        return complaint_of(secret_from_base64(text));
    case Shape::HexKey: return hex_key_complaint(text);
    case Shape::Choice: return choice_complaint(row, text);
    case Shape::Quorum:
        if (text == "all") return std::nullopt;
        return fmt::format("{} is neither \"all\" nor a number", quote(text));
    case Shape::Integer:
    case Shape::Boolean:
    case Shape::Object: break;
    }
    return std::nullopt;
}

void check_one(const JsonValue& value, const KeyRow& row, Role role, Report& report) {
    if (row.shape == Shape::Object) {
        if (!value.is(JsonKind::Object)) {
            report.error(value.problem(fmt::format("{} where an object is wanted", to_string(value.kind()))));
            return;
        }
        check_object(value, *row.object, role, report);
    } else if (row.shape == Shape::Integer || (row.shape == Shape::Quorum && !value.is(JsonKind::Text))) {
        if (!value.is(JsonKind::Integer)) {
            report.error(value.problem(
                fmt::format("{} where {} is wanted", to_string(value.kind()),
                            row.shape == Shape::Quorum ? "\"all\" or an integer" : "an integer")));
            return;
        }
        const auto number = value.integer();
        if (!number || *number < row.least || *number > row.greatest) {
            report.error(value.problem(
                fmt::format("{} is out of range, {} to {}", quote(value.text()), row.least, row.greatest)));
        }
    } else if (row.shape == Shape::Boolean) {
        if (!value.is(JsonKind::Bool)) {
            report.error(value.problem(
                fmt::format("{} where true or false is wanted, without quotes", to_string(value.kind()))));
        }
    } else if (!value.is(JsonKind::Text)) {
        report.error(value.problem(fmt::format("{} where a string is wanted", to_string(value.kind()))));
    } else if (auto complaint = text_complaint(row, value.text())) {
        report.error(value.problem(*std::move(complaint)));
    }
}

void check_value(const JsonValue& value, const KeyRow& row, Role role, Report& report) {
    if (row.takes == Takes::One) {
        check_one(value, row, role, report);
        return;
    }
    if (!value.is(JsonKind::List)) {
        report.error(
            value.problem(fmt::format("{} where a list is wanted: put it in [ ]", to_string(value.kind()))));
        return;
    }
    std::int64_t entries = 0;
    for (auto entry = value.first(); entry; entry = entry->next()) {
        check_one(*entry, row, role, report);
        ++entries;
    }
    if (entries < row.least) report.error(value.problem("the list is empty"));
}

/// Where else a key of that name is known: a section to name in a message.
std::string elsewhere(std::string_view key, const ObjectTable& here, Role role) {
    const auto other = role == Role::Primary ? Role::Secondary : Role::Primary;
    if (here.find(key, other) != nullptr) {
        return fmt::format("; only a {} has it", to_string(other));
    }
    for (const auto* table : all_tables()) {
        if (table != &here && table->find(key, role) != nullptr)
            return fmt::format("; it is one of {}", table->title);
    }
    return "";
}

void report_unknown(const JsonValue& value, const ObjectTable& table, Role role, Report& report) {
    std::vector<std::string> known;
    for (const auto& row : table.rows) {
        if (is_for(row, role)) known.emplace_back(row.key);
    }
    auto hint = elsewhere(value.key(), table, role);
    if (hint.empty()) hint = did_you_mean(value.key(), known);
    if (hint.empty()) hint = fmt::format("; known here: {}", fmt::join(known, ", "));
    report.error(
        value.key_problem(fmt::format("unknown key {} in {}{}", quote(value.key()), table.title, hint)));
}

}  // namespace

void check_object(const JsonValue& object, const ObjectTable& table, Role role, Report& report) {
    std::map<std::string_view, JsonValue> seen;
    for (auto member = object.first(); member; member = member->next()) {
        const auto [before, is_new] = seen.emplace(member->key(), *member);
        if (!is_new) {
            report.error(member->key_problem(fmt::format("{} is there a second time, first on line {}",
                                                         quote(member->key()), before->second.line())));
            continue;
        }
        const auto* row = table.find(member->key(), role);
        if (row == nullptr) {
            report_unknown(*member, table, role, report);
        } else {
            check_value(*member, *row, role, report);
        }
    }
    for (const auto& row : table.rows) {
        if (row.demand == Demand::Required && is_for(row, role) && !seen.contains(row.key)) {
            report.error(object.problem(fmt::format("'{}' is missing in {}", row.key, table.title)));
        }
    }
}

std::string describe(const KeyRow& row) {
    const auto one = [&]() -> std::string {
        switch (row.shape) {
        case Shape::Text: return "text";
        case Shape::Label: return "a plain name";
        case Shape::Name: return "a domain name";
        case Shape::Path: return "a path";
        case Shape::Endpoint: return "ADDRESS:PORT";
        case Shape::Prefix: return "ADDRESS/LENGTH";
        case Shape::NamePattern: return "a pattern of names";
        case Shape::RecordType: return "a record type";
        case Shape::Secret: return "base64";
        case Shape::HexKey: return "32 hexadecimal digits";
        case Shape::Choice: return fmt::format("one of {}", fmt::join(row.choices, ", "));
        case Shape::Quorum: return fmt::format("all, or an integer from {} to {}", row.least, row.greatest);
        case Shape::Integer: return fmt::format("an integer from {} to {}", row.least, row.greatest);
        case Shape::Boolean: return "true or false";
        case Shape::Object: return "an object";
        }
        return "";
    }();
    return row.takes == Takes::One ? one : "a list, each entry " + one;
}

Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
    DNS_TRY_ASSIGN(const auto endpoint, Endpoint::parse(text, default_port));
    if (endpoint.port == 0) return fail(ErrorCode::Invalid, fmt::format("{} has port 0", quote(text)));
    return endpoint;
}

}  // namespace lockstep
