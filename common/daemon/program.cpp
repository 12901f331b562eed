#include "daemon/program.hpp"

#include "base/scheduling.hpp"
#include "config/key_format.hpp"
#include "daemon/completion.hpp"
#include "daemon/server.hpp"
#include "ops/control_client.hpp"
#include "ops/nagios.hpp"
#include "zonefile/writer.hpp"
#include "zonefile/zone_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <optional>
#include <unistd.h>
#include <vector>

namespace lockstep {
namespace {

/// A verb that is sent to the daemon, and the options that it takes.
struct RemoteVerb {
    std::string_view name;
    std::string_view help;
    enum class Zone { None, Optional, Required } zone = Zone::Optional;
    bool json = false;
    bool nagios = false;
    bool serial = false;
    bool waits = false;  // --timeout, --quorum
    bool no_wait = false;
    bool peer = false;
    bool watch = false;
    std::optional<Role> role;
};

constexpr RemoteVerb remote_verbs[] = {
    {.name = "status",
     .help = "the state of the daemon, its zones and their peers",
     .json = true,
     .nagios = true,
     .watch = true,
     .role = {}},
    {.name = "zones",
     .help = "one line a zone: name, serial, records, state",
     .zone = RemoteVerb::Zone::None,
     .json = true,
     .role = {}},
    {.name = "dump",
     .help = "a zone as it is served, in canonical form",
     .zone = RemoteVerb::Zone::Required,
     .role = {}},
    {.name = "history",
     .help = "the last transfers, NOTIFYs, loads and failures, each failure with its remedy",
     .json = true,
     .role = {}},
    {.name = "doctor",
     .help = "tries every step to and from a peer, and says which one fails and what to do",
     .zone = RemoteVerb::Zone::None,
     .json = true,
     .peer = true,
     .role = {}},
    {.name = "reload",
     .help = "re-reads the configuration and changed zone files",
     .no_wait = true,
     .role = {}},
    {.name = "bump",
     .help = "writes the next serial into the zone file and reloads",
     .zone = RemoteVerb::Zone::Required,
     .serial = true,
     .no_wait = true,
     .role = Role::Primary},
    {.name = "notify", .help = "sends NOTIFY again", .no_wait = true, .role = {}},
    {.name = "wait",
     .help = "returns when every secondary (or --quorum of them) serves the serial",
     .zone = RemoteVerb::Zone::Required,
     .serial = true,
     .waits = true,
     .role = {}},
    {.name = "refresh", .help = "asks the primaries now", .no_wait = true, .role = Role::Secondary},
    {.name = "retransfer",
     .help = "takes the zone whole by AXFR, whatever its serial",
     .no_wait = true,
     .role = Role::Secondary},
    {.name = "stop", .help = "orderly stop", .zone = RemoteVerb::Zone::None, .role = {}},
};

/// The words of which an option's value, or an operand, is one.
std::vector<std::string> words_for(const std::string& name) {
    if (name == "format") return {"json", "bind", "knot", "nsd", "secret"};
    if (name == "algorithm")
        return {"hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha224", "hmac-sha1", "hmac-md5"};
    if (name == "SHELL") return {"bash", "zsh", "fish"};
    if (name == "client") return {"certbot", "lego", "acme.sh", "caddy", "traefik", "cert-manager", "json"};
    return {};
}

bool wants_colour() {
    return isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

int to_int(ExitCode code) {
    return static_cast<int>(code);
}

int say(ExitCode code, const std::string& text) {
    std::fputs((text + "\n").c_str(), stderr);
    return to_int(code);
}

/// Of a daemon that may run or not; `socket` may be empty.
std::optional<Serial> served_serial(const std::filesystem::path& socket, const Name& zone) {
    if (socket.empty()) return std::nullopt;
    const auto serials = served_serials(socket);
    const auto found = serials.find(zone);
    return found == serials.end() ? std::nullopt : std::optional(found->second);
}

int check_zone_file(const std::string& origin, const std::string& file, bool dump,
                    const std::filesystem::path& socket) {
    const auto apex = Name::parse_absolute(origin);
    if (!apex)
        return say(ExitCode::Usage, fmt::format("'{}' is no zone name: {}", origin, to_string(apex.error())));
    const bool from_stdin = file == "-";
    const std::string text =
        from_stdin ? std::string(std::istreambuf_iterator<char>(std::cin), {}) : std::string();
    const auto loaded = from_stdin ? load_zone_text(text, "-", *apex) : load_zone_file(file, *apex);
    if (!print_zone_problems(loaded, file, served_serial(socket, *apex))) return to_int(ExitCode::NotSo);
    if (dump) {
        write_canonical(*loaded->zone,
                        [](std::string_view part) { std::fwrite(part.data(), 1, part.size(), stdout); });
    } else {
        std::fputs(fmt::format("{}: serial {}, {} records, ok\n", apex->to_string(),
                               to_string(loaded->zone->serial()), loaded->zone->record_count())
                       .c_str(),
                   stdout);
    }
    return to_int(ExitCode::Done);
}

int generate(const std::string& name_text, const std::string& algorithm_text,
             const std::string& format_text) {
    const auto name = Name::parse_absolute(name_text);
    if (!name)
        return say(ExitCode::Usage,
                   fmt::format("'{}' is no key name: {}", name_text, to_string(name.error())));
    const auto algorithm = parse_tsig_algorithm(algorithm_text);
    if (!algorithm) return say(ExitCode::Usage, algorithm.error().text);
    const auto format = parse_key_format(format_text);
    if (!format)
        return say(ExitCode::Usage,
                   fmt::format("'{}' is no format: json, bind, knot, nsd or secret", format_text));
    std::fputs(format_key(generate_key(*name, *algorithm), *format).c_str(), stdout);
    return to_int(ExitCode::Done);
}

/// What may stand in place of an operand or an option's value, by its name.
Completed kind_of(const std::string& name) {
    if (name == "ZONE" || name == "ORIGIN") return Completed::Zone;
    if (name == "FILE" || name == "config" || name == "socket") return Completed::File;
    return words_for(name).empty() ? Completed::Anything : Completed::Words;
}

CompletedVerb completed(const CLI::App& app) {
    CompletedVerb verb{.name = app.get_name(),
                       .help = app.get_description(),
                       .options = {},
                       .places = {},
                       .words = {},
                       .verbs = {}};
    for (const auto* option : app.get_options()) {
        const auto name = option->get_single_name();
        if (option->get_positional()) {
            verb.places.push_back(kind_of(name));
            if (verb.places.back() == Completed::Words) verb.words = words_for(name);
            continue;
        }
        const bool flag = option->get_items_expected_max() == 0;
        verb.options.push_back({.name = "--" + name,
                                .help = option->get_description(),
                                .value = flag ? Completed::Nothing : kind_of(name),
                                .words = words_for(name)});
    }
    for (const auto* below : app.get_subcommands(std::function<bool(const CLI::App*)>()))
        verb.verbs.push_back(completed(*below));
    return verb;
}

int print_completion(const CLI::App& app, const std::string& shell_text) {
    const auto shell = shell_text == "bash"   ? std::optional(Shell::Bash)
                       : shell_text == "zsh"  ? std::optional(Shell::Zsh)
                       : shell_text == "fish" ? std::optional(Shell::Fish)
                                              : std::nullopt;
    if (!shell)
        return say(ExitCode::Usage,
                   fmt::format("'{}' is no shell known here: bash, zsh or fish", shell_text));
    std::fputs(completion_script(*shell, app.get_name(), completed(app).verbs).c_str(), stdout);
    return to_int(ExitCode::Done);
}

/// `acme grant`, `acme list`, `acme revoke`.
void add_acme(CLI::App& app, std::string& config, std::string& socket, ControlRequest& request) {
    auto* acme = app.add_subcommand("acme", "keys that may do nothing but have certificates made");
    acme->require_subcommand(1);
    const auto below = [&](const char* name, const char* help) {
        auto* command = acme->add_subcommand(name, help);
        command->add_option("--config", config, "the configuration file")->capture_default_str();
        command->add_option("--socket", socket, "the daemon's control socket, in place of --config");
        return command;
    };
    auto* grant =
        below("grant", "makes a key for the challenges of HOST and *.HOST, and prints how to use it");
    grant->add_option("HOST", request.host, "the name that certificates are for")->required();
    grant->add_option("--key", request.key, "the key's name (acme.HOST)");
    grant->add_option("--client", request.client, "only for this program");
    auto* list = below("list", "who may have certificates made");
    list->add_flag("--json", request.json, "JSON for programs");
    auto* revoke = below("revoke", "takes back what was granted");
    revoke->add_option("HOST", request.host, "the host, the name of a key, or the user of an account")
        ->required();
}

/// Where the daemon could not be asked. A monitoring system reads one line of output, and no errors.
int unanswered(const ControlRequest& request, ExitCode code, const std::string& text) {
    if (!request.nagios) return say(code, text);
    const auto unknown = nagios_unknown(text);
    std::fputs(unknown.line.c_str(), stdout);
    return static_cast<int>(unknown.code);
}

}  // namespace

void print_problems(const ConfigProblems& problems) {
    const bool terminal = isatty(STDERR_FILENO) == 1;
    for (const auto& problem : problems)
        std::fputs(((terminal ? problem.with_source() : problem.to_string()) + "\n").c_str(), stderr);
}

bool print_zone_problems(const Expected<LoadedZone, ZoneFileErrors>& loaded, const std::string& file,
                         std::optional<Serial> served) {
    auto problems = loaded ? loaded->warnings : loaded.error().problems;
    if (loaded && served && is_newer(*served, loaded->zone->serial())) {
        problems.push_back(
            {.severity = ZoneFileProblem::Severity::Warning,
             .file = file,
             .text = fmt::format("serial {} is older than {}, which is served now (RFC 1982): "
                                 "with serial_policy manual it is not loaded; 'bump' raises it",
                                 to_string(loaded->zone->serial()), to_string(*served)),
             .source_line = {}});
    }
    const auto format = isatty(STDERR_FILENO) == 1 ? ProblemFormat::WithSource : ProblemFormat::OneLine;
    for (const auto& problem : problems)
        std::fputs((format_problem(problem, format) + "\n").c_str(), stderr);
    return loaded.has_value();
}

int run_program(const Program& program, int argc, char** argv) {
    const std::string role(to_string(program.role));
    CLI::App app(fmt::format("Lockstep's {} nameserver, and the tool to control it", role),
                 "lockstep-" + role);
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string(version()));
    std::string config = fmt::format("/etc/lockstep/{}.json", role);
    std::string socket;
    ControlRequest request;
    std::string origin;
    std::string file;
    bool dump = false;
    std::string key_name;
    std::string algorithm = "hmac-sha256";
    std::string key_format = "json";
    bool no_wait = false;
    bool watch = false;
    std::string shell;

    const auto verb = [&](std::string_view name, std::string_view help) {
        auto* command = app.add_subcommand(std::string(name), std::string(help));
        command->add_option("--config", config, "the configuration file")->capture_default_str();
        return command;
    };
    auto* serve = verb("serve", "runs in the foreground until SIGTERM; SIGHUP reloads");
    auto* check = verb("check", "checks the configuration and everything that it names");
    auto* checkzone = app.add_subcommand("checkzone", "checks one master file ('-' is stdin)");
    checkzone->add_option("ORIGIN", origin, "the zone's name")->required();
    checkzone->add_option("FILE", file, "the master file")->required();
    checkzone->add_flag("--dump", dump, "prints it in canonical form");
    checkzone->add_option("--socket", socket, "of a daemon, to compare with the serial that it serves");
    auto* key = app.add_subcommand("key", "TSIG keys");
    key->require_subcommand(1);
    auto* generate_command = key->add_subcommand("generate", "prints a new TSIG key");
    generate_command->add_option("NAME", key_name, "the key's name, the same on both servers")->required();
    generate_command->add_option("--algorithm", algorithm, "hmac-sha256, hmac-sha512, …")
        ->capture_default_str();
    generate_command->add_option("--format", key_format, "json, bind, knot, nsd or secret")
        ->capture_default_str();
    auto* completion = app.add_subcommand("completion", "prints a completion script for a shell");
    completion->add_option("SHELL", shell, "bash, zsh or fish")->required();
    for (const auto& remote : remote_verbs) {
        if (remote.role && *remote.role != program.role) continue;
        auto* command = verb(remote.name, remote.help);
        command->add_option("--socket", socket, "the daemon's control socket, in place of --config");
        if (remote.zone != RemoteVerb::Zone::None) {
            auto* zone = command->add_option("ZONE", request.zone, "the zone's name");
            if (remote.zone == RemoteVerb::Zone::Required) zone->required();
        }
        if (remote.json) command->add_flag("--json", request.json, "JSON for programs");
        if (remote.nagios)
            command->add_flag("--nagios", request.nagios, "one line and an exit code for monitoring")
                ->excludes("--json");
        if (remote.serial) command->add_option("--serial", request.serial, "a serial, 0 to 4294967295");
        if (remote.waits) command->add_option("--timeout", request.timeout_seconds, "seconds (60)");
        if (remote.waits) command->add_option("--quorum", request.quorum, "how many secondaries are enough");
        if (remote.peer) command->add_option("PEER", request.peer, "the peer's configured name");
        if (remote.watch) {
            auto* flag = command->add_flag("--watch", watch, "shows it anew at each change, until Ctrl-C");
            if (remote.nagios) flag->excludes("--nagios");
        }
        if (remote.no_wait) command->add_flag("--no-wait", no_wait, "returns at once");
    }
    CLI::App* update = nullptr;
    if (program.update) {
        update = verb("update", "carries out commands of nsupdate, from a file or stdin");
        update->add_option("--socket", socket, "the daemon's control socket, in place of --config");
        update->add_option("FILE", file, "the commands; absent or '-': stdin");
        add_acme(app, config, socket, request);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? to_int(ExitCode::Done) : to_int(ExitCode::Usage);
    }
    if (serve->parsed()) return to_int(program.serve(config));
    if (check->parsed()) return to_int(program.check(config));
    if (checkzone->parsed()) return check_zone_file(origin, file, dump, socket);
    if (key->parsed()) return generate(key_name, algorithm, key_format);
    if (completion->parsed()) return print_completion(app, shell);

    request.verb = app.get_subcommands().front()->get_name();
    if (const auto below = app.get_subcommands().front()->get_subcommands(); !below.empty())
        request.verb += " " + below.front()->get_name();
    request.wait = !no_wait;
    request.colour = wants_colour();
    if (socket.empty()) {
        const auto configured = control_socket_of(config, program.role);
        if (!configured) {
            if (request.nagios)
                return unanswered(request, ExitCode::NotSo, configured.error().front().to_string());
            print_problems(configured.error());
            return to_int(ExitCode::NotSo);
        }
        socket = configured->string();
    }
    if (update != nullptr && update->parsed())
        return to_int(program.update(socket, file.empty() ? "-" : file));
    const auto code = watch ? watch_daemon(socket, request) : ask_daemon(socket, request);
    if (!code) return unanswered(request, ExitCode::NoDaemon, code.error().text);
    std::fflush(stdout);
    give_way();  // taking this process apart takes 2 ms, in which daemons bring out what was asked for
    return to_int(*code);
}

}  // namespace lockstep
