#include "config/keys.hpp"

#include "config/sections.hpp"
#include "config/text_file.hpp"
#include "crypto/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lockstep {
namespace {

constexpr std::size_t least_secret = 8;     // shorter ones can be tried out
constexpr std::size_t advised_secret = 16;  // RFC 8945 §8 wants the digest's length; this much at least
constexpr std::size_t longest_secret = 512;
constexpr std::size_t longest_secret_file = 4096;

Result<SecretOctets> secret_from_file(const std::filesystem::path& file) {
    DNS_TRY_ASSIGN(const auto content, read_text_file(file, longest_secret_file, FileAccess::Private));
    std::string_view line(content);
    const auto end = std::min(line.find_first_of("\r\n"), line.size());
    if (line.find_first_not_of(" \t\r\n", end) != line.npos) {
        return fail(ErrorCode::Invalid, "has more than one line; wanted the secret in base64 alone");
    }
    line = line.substr(0, end);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t'))
        line.remove_suffix(1);
    return secret_from_base64(line);
}

/// From either "secret" or "secret_file"; nothing where the checker or this has complained.
std::optional<SecretOctets> read_secret(const JsonValue& entry, const Section& key, const Reading& reading) {
    const auto written = key.value("secret");
    const auto file = key.value("secret_file");
    if (written && file) {
        reading.report.error(file->key_problem("'secret' is there too; one of them is enough"));
        return std::nullopt;
    }
    if (!written && !file) {
        if (!entry.member("secret") && !entry.member("secret_file")) {
            reading.report.error(entry.problem("'secret' or 'secret_file' is missing in a key"));
        }
        return std::nullopt;
    }
    if (file) reading.note_file(reading.path(file->text()));
    const auto& source = written ? *written : *file;
    auto secret =
        written ? secret_from_base64(written->text()) : secret_from_file(reading.path(file->text()));
    if (!secret) {
        // The checker has looked at what is written here, but not into the file.
        if (file && !file->text().empty()) {
            reading.report.error(file->problem(
                fmt::format("{}: {}", reading.path(file->text()).string(), secret.error().text)));
        }
        return std::nullopt;
    }
    if (written && secret->empty()) return std::nullopt;
    if (secret->size() < least_secret || secret->size() > longest_secret) {
        const auto where = file ? reading.path(file->text()).string() + ": " : std::string();
        reading.report.error(source.problem(fmt::format("{}the secret has {} octets, wanted {} to {}", where,
                                                        secret->size(), least_secret, longest_secret)));
        return std::nullopt;
    }
    if (secret->size() < advised_secret) {
        reading.report.warning(source.problem(
            fmt::format("the secret has {} octets; {} or more are safe", secret->size(), advised_secret)));
    }
    return *std::move(secret);
}

}  // namespace

bool same_key(const TsigKeyPtr& a, const TsigKeyPtr& b) {
    if (a == b) return true;
    if (!a || !b) return false;
    return a->name.view() == b->name.view() && a->algorithm == b->algorithm &&
           a->least_mac_octets == b->least_mac_octets &&
           constant_time_equal(secret_view(a->secret), secret_view(b->secret));
}

KeySection read_keys(const JsonValue& root, const Reading& reading) {
    KeySection section;
    std::vector<TsigKey> keys;
    std::map<Name, JsonValue, CanonicalLess> by_name;
    for (const auto& entry :
         Section(root, root_table(), reading.role).list("keys").value_or(std::vector<JsonValue>{})) {
        const Section key(entry, key_table(), reading.role);
        if (!entry.is(JsonKind::Object)) continue;
        auto secret = read_secret(entry, key, reading);
        const auto written = key.value("name");
        const auto name = written ? Name::parse_absolute(written->text()) : unexpected(WireError::EmptyLabel);
        if (!name) continue;
        const auto [before, is_new] = by_name.emplace(*name, *written);
        if (!is_new) {
            reading.report.error(
                written->problem(fmt::format("{} is there a second time, first on line {}",
                                             quote(written->text()), before->second.line())));
            continue;
        }
        section.names.push_back(name->to_string());
        if (reading.role == Role::Primary) {
            if (const auto waits = read_update_waits(key.value("update_waits"), reading))
                section.update_waits.emplace(*name, *waits);
        }
        const auto algorithm = parse_tsig_algorithm(key.text("algorithm"));
        if (!algorithm || !secret) continue;
        if (*algorithm == TsigAlgorithm::HmacMd5) {
            reading.report.warning(
                key.value("algorithm")->problem("hmac-md5 is weak; for peers that know nothing else"));
        }
        keys.push_back({*name, *algorithm, *std::move(secret)});
    }
    // Nothing can be double or empty any more.
    if (auto ring = TsigKeyring::make(std::move(keys))) section.ring = *std::move(ring);
    return section;
}

TsigKeyPtr KeySection::resolve(const JsonValue& reference, const Reading& reading) const {
    const auto name = Name::parse_absolute(reference.text());
    if (!name) return nullptr;
    if (auto key = ring.find(*name)) return key;
    const auto text = name->to_string();
    const bool meant = std::any_of(names.begin(), names.end(), [&](const std::string& each) {
        const auto known = Name::parse_absolute(each);
        return known && known->view() == name->view();
    });
    if (!meant) {
        reading.report.error(
            reference.problem(fmt::format("no key is called {}{}", quote(text), did_you_mean(text, names))));
    }
    return nullptr;
}

}  // namespace lockstep
