#include "config/load.hpp"

#include "config/sections.hpp"
#include "config/text_file.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace lockstep {
namespace {

std::filesystem::path parent_of(const std::filesystem::path& file) {
    std::error_code error;
    auto absolute = std::filesystem::absolute(file, error);
    return (error ? file : absolute).parent_path();
}

Expected<Document, ConfigProblems> read_document(const std::filesystem::path& file) {
    auto text = read_text_file(file, Document::max_octets, FileAccess::Any);
    if (!text) return unexpected(ConfigProblems{{file.string(), 0, 0, "", text.error().text}});
    auto document = Document::parse(*text, file.string());
    if (!document) return unexpected(ConfigProblems{document.error()});
    return *std::move(document);
}

/// Everybody may read the file, and it holds a secret.
void warn_of_bare_secret(const Document& document, const std::filesystem::path& file, Report& report) {
    struct stat about{};
    if (stat(file.c_str(), &about) != 0 || (about.st_mode & S_IROTH) == 0) return;
    const auto server = document.root().member("server");
    if (const auto secrets = server ? server->member("cookie_secrets") : std::nullopt) {
        report.warning(secrets->problem("everybody may read this file: chmod 0640"));
    }
    const auto keys = document.root().member("keys");
    if (!keys || !keys->is(JsonKind::List)) return;
    for (auto key = keys->first(); key; key = key->next()) {
        if (const auto secret = key->member("secret")) {
            report.warning(secret->problem("everybody may read this file: chmod 0640, or use secret_file"));
        }
    }
}

PeerSection read_common(CommonConfig& config, KeySection& keys, const JsonValue& root,
                        const Reading& reading) {
    config.server = read_server(root, reading);
    config.limits = read_limits(root, reading);
    config.rate_limit = read_rate_limit(root, reading);
    keys = read_keys(root, reading);
    config.keys = keys.ring;
    auto secondaries = read_peers(root, "secondaries", keys, reading);
    config.secondaries = secondaries.peers;
    return secondaries;
}

void read_role(PrimaryConfig& config, const JsonValue& root, const Reading& reading) {
    KeySection keys;
    const auto secondaries = read_common(config, keys, root, reading);
    config.zones = read_primary_zones(root, keys, secondaries, reading);
    config.acme_dns = read_acme_dns(root, config, reading);
}

void read_role(SecondaryConfig& config, const JsonValue& root, const Reading& reading) {
    KeySection keys;
    const auto secondaries = read_common(config, keys, root, reading);
    const auto primaries = read_peers(root, "primaries", keys, reading);
    config.primaries = primaries.peers;
    config.zones = read_secondary_zones(root, keys, secondaries, primaries, reading);
}

template <class Config>
Expected<Config, ConfigProblems> read_config(const Document& document, const std::filesystem::path& file,
                                             Role role, Report report,
                                             ZoneFiles zone_files = ZoneFiles::Checked) {
    const auto root = document.root();
    if (!root.is(JsonKind::Object)) {
        return unexpected(ConfigProblems{root.problem(
            fmt::format("{} where the configuration, an object, is wanted", to_string(root.kind())))});
    }
    check_object(root, root_table(), role, report);
    const auto folder = parent_of(file);
    Config config;
    const Reading reading{role, folder, report, config.folders, zone_files};
    reading.note_file(folder / file.filename());
    read_role(config, root, reading);
    if (report.failed()) return unexpected(report.errors());
    config.warnings = report.warnings();
    return config;
}

template <class Config>
Expected<Config, ConfigProblems> parse_config(std::string_view text, const std::filesystem::path& file,
                                              Role role) {
    const auto document = Document::parse(text, file.string());
    if (!document) return unexpected(ConfigProblems{document.error()});
    return read_config<Config>(*document, file, role, Report());
}

template <class Config>
Expected<Config, ConfigProblems> load_config(const std::filesystem::path& file, Role role,
                                             ZoneFiles zone_files = ZoneFiles::Checked) {
    DNS_TRY_ASSIGN(const auto document, read_document(file));
    Report report;
    warn_of_bare_secret(document, file, report);
    return read_config<Config>(document, file, role, std::move(report), zone_files);
}

}  // namespace

std::string_view to_string(Role role) {
    return role == Role::Primary ? "primary" : "secondary";
}

Expected<PrimaryConfig, ConfigProblems> load_primary_config(const std::filesystem::path& file,
                                                            ZoneFiles zone_files) {
    return load_config<PrimaryConfig>(file, Role::Primary, zone_files);
}

Expected<SecondaryConfig, ConfigProblems> load_secondary_config(const std::filesystem::path& file) {
    return load_config<SecondaryConfig>(file, Role::Secondary);
}

Expected<PrimaryConfig, ConfigProblems> parse_primary_config(std::string_view text,
                                                             const std::filesystem::path& file) {
    return parse_config<PrimaryConfig>(text, file, Role::Primary);
}

Expected<SecondaryConfig, ConfigProblems> parse_secondary_config(std::string_view text,
                                                                 const std::filesystem::path& file) {
    return parse_config<SecondaryConfig>(text, file, Role::Secondary);
}

Expected<std::filesystem::path, ConfigProblems> control_socket_of(const std::filesystem::path& file,
                                                                  Role role) {
    DNS_TRY_ASSIGN(const auto document, read_document(file));
    const Section top(document.root(), root_table(), role);
    const Section server(top.value("server"), server_table(), role);
    const auto folder = parent_of(file);
    Report report;
    Paths folders;
    return Reading{role, folder, report, folders}.path(server.text("control_socket"));
}

std::vector<std::string> restart_needed(const CommonConfig& running, const CommonConfig& wanted) {
    std::vector<std::string> keys;
    const auto compare = [&](const char* key, const auto& ours, const auto& theirs) {
        if (ours != theirs) keys.emplace_back(key);
    };
    const auto& server = running.server;
    compare("server.listen", server.listen, wanted.server.listen);
    compare("server.state_directory", server.state_directory, wanted.server.state_directory);
    compare("server.udp_workers", server.udp_workers, wanted.server.udp_workers);
    compare("server.user", server.user, wanted.server.user);
    compare("server.sandbox", server.sandbox, wanted.server.sandbox);
    return keys;
}

}  // namespace lockstep
