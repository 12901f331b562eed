#include "primary/primary.hpp"

#include "base/heap.hpp"
#include "daemon/program.hpp"
#include "net/blocking.hpp"
#include "ops/control_client.hpp"
#include "primary/serial_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

constexpr seconds heal_again{10};

/// A source that is committed where it brings something new; what to tell the operator.
Result<std::string> commit_source(ZoneStore& store, NameView apex, SourcedZone& sourced,
                                  const ServedZonePtr& served) {
    if (!sourced.candidate) {
        store.note_current(apex);
        return sourced.notes;
    }
    sourced.candidate->life = served->lease;
    const ZonePtr zone = sourced.candidate->zone;
    DNS_TRY(store.commit(apex, std::move(*sourced.candidate)));
    return commit_notes(sourced, served, zone);
}

void sort_by_name(auto& zones) {
    std::sort(zones.begin(), zones.end(),
              [](const auto& a, const auto& b) { return canonical_order(a->name, b->name) < 0; });
}

}  // namespace

Primary::Primary(PrimaryConfig config, std::filesystem::path file, Log& log)
    : config_(std::move(config)),
      file_(std::move(file)),
      log_(log),
      server_(config_, make_policy(config_), *this, Role::Primary, log),
      file_watch_(server_.context(), server_.clock(), log),
      updates_(server_, [this](const Name& zone) { server_.gate().spawn(update(zone)); }),
      inside_updates_(updates_, server_),
      acme_(server_, config_.server.state_directory / "acme.json", [this] { publish(base_policy_); }),
      acme_dns_(server_, acme_, inside_updates_) {
    acme_dns_.configure(config_.acme_dns);
}

Primary::~Primary() {
    server_.stop();
}

Result<void> Primary::open() {
    std::string problems;
    const auto note = [&](const Error& error) { problems += (problems.empty() ? "" : "\n") + error.text; };
    if (auto opened = server_.open(); !opened) {
        note(opened.error());
        // The files are read all the same, so that everything that is wrong is told at once.
        for (const auto& zone : config_.zones) {
            if (auto sourced = source_zone(zone, nullptr, {}, {}, std::nullopt, server_.clock().wall_now());
                !sourced)
                note(sourced.error());
        }
        return fail(ErrorCode::Invalid, std::move(problems));
    }
    acme_.open();
    publish(server_.policy().current());
    std::vector<FileZonePtr> zones;  // in the order of the configuration
    std::vector<StoredName> names;
    std::set<std::string, std::less<>> folders;
    zones_.reserve(config_.zones.size());
    for (auto& from : std::exchange(config_.zones, {})) {
        const auto& zone = zones.emplace_back(std::make_shared<FileZone>(std::move(from)));
        names.push_back(zone->name);
        zones_.emplace(zone->name, zone);
        if (const auto folder = folder_of(zone->config.file.c_str());
            zone->config.watch && !folders.contains(folder))
            folders.emplace(folder);
    }
    // What is written while others are still being loaded is loaded after them; of links and included files,
    // which are known later, see watch_all().
    for (const auto& folder : folders)
        file_watch_.expect(folder);
    {
        const ZoneStore::Gathering all(server_.store());
        auto served = server_.store().add_zones(names);
        if (!served) return fail(ErrorCode::Invalid, served.error().text);
        load_at_start(zones, *served, note);
    }
    bool serving = zones.empty();
    for (const auto& zone : zones)
        serving = serving || server_.store().zone(zone->name)->zone;
    if (!serving) return fail(ErrorCode::Invalid, std::move(problems));
    for (const auto& name : server_.store().unserved_zones())
        DNS_TRY(server_.store().remove_zone(name));
    for (const auto& zone : zones)
        follow(*zone);
    server_.confine({.read = config_.folders, .write = watch_all(zones), .sockets = {}});
    give_back_free_memory();
    return {};
}

std::set<std::string> Primary::FileZone::read_from() const {
    std::set<std::string> paths{config.file.string()};
    for (const auto& file : files)
        paths.insert(file.path.string());
    if (failed) {
        for (const auto& file : failed->read)
            paths.insert(file.path.string());
    }
    return paths;
}

bool Primary::FileZone::was_written() const {
    const auto& read = failed ? failed->read : files;
    return !read.empty() && changed_since(read);
}

void Primary::follow(const FileZone& zone) {
    std::vector<PeerConfig> secondaries;
    for (const auto place : zone.config.secondaries)
        secondaries.push_back(config_.secondaries[place]);
    server_.follow_zone(zone.config.name, secondaries);
}

void Primary::watch_files(FileZone& zone) {
    const auto known = zones_.find(zone.name);
    if (known == zones_.end() || known->second.get() != &zone) return;
    PlaceReader places;
    FileWatch::Asked asked;
    file_watch_.watch(zone.watched, zone.config.watch ? zone.places(places) : std::vector<std::string>(),
                      asked);
    // Some of them may not have been watched when they were read.
    if (zone.was_written()) file_watch_.touched(zone.watched);
}

Paths Primary::watch_all(std::span<const FileZonePtr> zones) {
    PlaceReader reader;
    FileWatch::Asked asked;
    std::set<std::string, std::less<>> folders;
    for (const auto& zone : zones) {
        const auto places = zone->places_as_read(reader);
        for (const auto& place : places) {
            if (!folders.contains(folder_of(place))) folders.emplace(folder_of(place));
        }
        if (!zone->config.watch) continue;
        file_watch_.watch(zone->watched, places, asked);
        if (places.size() > 1 && zone->was_written()) file_watch_.touched(zone->watched);
    }
    file_watch_.expect_no_more();
    return {folders.begin(), folders.end()};
}

std::vector<std::string> Primary::FileZone::places_as_read(PlaceReader& reader) const {
    const bool alone = files.size() == 1 && !failed;
    return alone && !files.front().is_link ? reader.of_regular(config.file.string()) : places(reader);
}

std::vector<std::string> Primary::FileZone::places(PlaceReader& reader) const {
    std::set<std::string> found;
    for (const auto& file : read_from()) {
        for (auto& place : reader.of(file))
            found.insert(std::move(place));
    }
    return {found.begin(), found.end()};
}

awaitable<void> Primary::file_written(Name name) {
    const auto known = zones_.find(name);
    if (known == zones_.end() || !known->second->config.watch) co_return;
    const auto zone = known->second;
    const auto pass = co_await zone->turnstile.enter();
    const auto loaded = co_await load(zone, When::IfChanged, std::nullopt);  // which says what it came to
    // Nothing was read where the same file stands there by way of a link now.
    if (zone->watched.is_blind() || (loaded && loaded->empty())) watch_files(*zone);
}

void Primary::run() {
    server_.gate().spawn(file_watch_.listen());
    server_.gate().spawn(updates_.end_lifetimes());
    server_.gate().spawn(file_watch_.tell([this](Name name) { return file_written(std::move(name)); }));
    server_.start();
    server_.run();
}

void Primary::note_loaded(FileZone& zone, const ZonePtr& now, const std::string& notes) {
    zone.loaded_at = server_.clock().wall_now();
    zone.failed.reset();
    server_.zone_changed(zone.config.name);
    if (notes.empty()) return;
    const auto text = notes.substr(0, notes.size() - 1);
    log_.info("{}", text);
    if (!now) return;
    server_.history().add({.kind = EventKind::Load,
                           .at = *zone.loaded_at,
                           .zone = zone.name.to_string(),
                           .serial = now->serial(),
                           .text = text});
}

void Primary::note_failure(FileZone& zone, const Error& error, std::vector<SourceFile> read) {
    const bool again = zone.failed && zone.failed->error == error.text;
    const bool not_stored = error.code == ErrorCode::Io;
    zone.failed = std::make_unique<FileZone::Failed>(error.text, not_stored, std::move(read));
    log_.write(
        again ? LogLevel::Debug : LogLevel::Error,
        fmt::format("{}: not loaded, what was served stays: {}", zone.config.name.to_string(), error.text));
    server_.history().add(event_of(Failure{
        .at = server_.clock().wall_now(),
        .stage = not_stored ? Stage::Store : Stage::Check,
        .peer = {},
        .zone = zone.name.to_string(),
        .text = error.text,
        .remedy = not_stored
                      ? "check the state directory: space, permissions, disk; it is tried again by itself"
                      : "mend the file, then reload; what was served stays served"}));
    if (not_stored && !std::exchange(healing_, true)) server_.gate().spawn(heal());
}

awaitable<void> Primary::heal() {
    asio::steady_timer tick(server_.context());
    for (bool ill = true; ill;) {
        tick.expires_after(heal_again);
        (void)co_await tick.async_wait(as_values);
        for (const auto& zone : zones_of({})) {
            if (!zone->failed || !zone->failed->not_stored) continue;
            const auto pass = co_await zone->turnstile.enter();
            (void)co_await load(zone, When::Always, std::nullopt);
        }
        ill = std::any_of(zones_.begin(), zones_.end(), [](const auto& zone) {
            return zone.second->failed && zone.second->failed->not_stored;
        });
    }
    healing_ = false;
}

awaitable<Result<std::string>> Primary::load(FileZonePtr zone, When when, std::optional<Serial> forced) {
    // A file that could not be loaded may be mended by putting an older one back, its old times included.
    if (when == When::IfChanged && !zone->failed && !changed_since(zone->files)) co_return std::string();
    const PrimaryZoneConfig read = zone->config;
    const Name name = read.name.folded();
    struct Loaded {
        std::vector<SourceFile> files;
        std::string notes;
        bool large;  // and built
    };
    auto work = [&store = server_.store(), config = read, name, forced, life = zone->life,
                 now = server_.clock().wall_now()]() -> Expected<Loaded, SourceFailure> {
        const auto served = store.zone(name);
        if (!served || served->lease != life) {
            return fail(ErrorCode::NotFound, fmt::format("{}: was removed meanwhile", name.to_string()));
        }
        DNS_TRY_ASSIGN(auto sourced,
                       source_zone(config, served, store.source(name), store.marks(name), forced, now));
        const bool large = sourced.candidate && sourced.candidate->zone->wire_octets() >= large_zone_octets;
        DNS_TRY_ASSIGN(auto notes, commit_source(store, name, sourced, served));
        return Loaded{std::move(sourced.files), std::move(notes), large};
    };
    auto loaded = co_await run_blocking(&server_.pool(), work);
    if (!loaded) {
        if (loaded.error().code != ErrorCode::NotFound) {
            note_failure(*zone, loaded.error(), std::move(loaded.error().files));
            watch_files(*zone);
        }
        co_return unexpected<Error>(std::move(loaded).error());
    }
    // A reload may have pointed the zone at another file meanwhile: then this one's is not what is to be
    // watched.
    if (zone->config.file == read.file && zone->config.serial_policy == read.serial_policy) {
        zone->files = std::move(loaded->files);
    }
    zone->failed.reset();
    if (loaded->large) server_.heap_grew();
    watch_files(*zone);
    updates_.know_lifetimes(name);
    const auto served = server_.store().zone(name);
    note_loaded(*zone, served ? served->zone : nullptr, loaded->notes);
    co_return std::move(loaded->notes);
}

awaitable<void> Primary::update(Name name) {
    for (bool any = true; any;) {
        const auto known = zones_.find(name);
        if (known == zones_.end()) {
            any = co_await updates_.carry_out(name, nullptr);
            continue;
        }
        const auto zone = known->second;
        const auto pass = co_await zone->turnstile.enter();
        any = co_await updates_.carry_out(name, zone->life);
    }
}

void Primary::secondary_ahead(NameView zone, const PeerConfig& secondary, Serial theirs) {
    const auto known = zones_.find(zone);
    if (known == zones_.end() || known->second->config.serial_policy == SerialPolicy::Manual ||
        !secondary.key)
        return;
    server_.gate().spawn(go_beyond(known->second, theirs));
}

awaitable<void> Primary::go_beyond(FileZonePtr zone, Serial theirs) {
    const auto pass = co_await zone->turnstile.enter();
    const auto served = server_.store().zone(zone->config.name);
    if (!served || !served->zone || !is_newer(theirs, served->zone->serial()))
        co_return;  // another one told it
    const auto now = server_.clock().wall_now();
    const auto next = next_serial(theirs, style_of(theirs, now), now);
    log_.warning(
        "{}: a secondary serves serial {}, newer than {} here, which our state must have lost; going on at {}",
        zone->config.name.to_string(), to_string(theirs), to_string(served->zone->serial()), to_string(next));
    (void)co_await load(zone, When::Always, next);
}

awaitable<ControlReply> Primary::reload_zones(std::vector<FileZonePtr> zones, When when) {
    ControlReply reply;
    for (const auto& zone : zones) {
        const auto pass = co_await zone->turnstile.enter();
        auto loaded = co_await load(zone, when, std::nullopt);
        if (zone->watched.is_blind()) watch_files(*zone);
        if (loaded) {
            reply.output += *loaded;
        } else {
            reply.errors += loaded.error().text + "\n" + server_.sandbox_hint(loaded.error().text);
        }
    }
    if (!reply.errors.empty()) reply.exit_code = ExitCode::NotSo;
    co_return reply;
}

std::vector<Primary::FileZonePtr> Primary::zones_of(const std::string& zone) const {
    std::vector<FileZonePtr> zones;
    if (zone.empty()) {
        for (const auto& [name, file_zone] : zones_)
            zones.push_back(file_zone);
        sort_by_name(zones);
    } else if (const auto name = Name::parse_absolute(zone)) {
        if (const auto known = zones_.find(*name); known != zones_.end()) zones.push_back(known->second);
    }
    return zones;
}

awaitable<Result<void>> Primary::apply(PrimaryConfig config) {
    std::vector<StoredName> fresh;
    for (const auto& zone : config.zones) {
        if (!zones_.contains(zone.name)) fresh.emplace_back(zone.name);
    }
    auto added = co_await server_.add_zones(std::move(fresh));
    if (!added) co_return unexpected(std::move(added).error());
    auto policy = make_policy(config);
    ZoneMap next;
    for (auto& zone : std::exchange(config.zones, {})) {
        const auto known = zones_.find(zone.name);
        if (known != zones_.end()) {
            if (known->second->config.file != zone.file ||
                known->second->config.serial_policy != zone.serial_policy) {
                known->second->files.clear();  // as changed
            }
            const bool watched = std::exchange(known->second->config, std::move(zone)).watch;
            if (watched != known->second->config.watch) watch_files(*known->second);
            next.emplace(known->second->name, known->second);
        } else {
            const auto fresh_zone = std::make_shared<FileZone>(std::move(zone));
            next.emplace(fresh_zone->name, fresh_zone);
            fresh_zone->life = server_.store().zone(fresh_zone->name)->lease;
            updates_.know_lifetimes(Name(fresh_zone->name));
        }
    }
    std::vector<Name> gone;
    for (const auto& [name, zone] : zones_) {
        if (next.contains(name)) continue;
        server_.forget_zone(name);
        FileWatch::Asked none;
        file_watch_.watch(zone->watched, {}, none);
        gone.emplace_back(name);
    }
    zones_ = std::move(next);
    config_ = std::move(config);
    publish(std::move(policy));
    acme_dns_.configure(config_.acme_dns);
    for (const auto& [name, zone] : zones_)
        follow(*zone);
    co_await server_.remove_zones(std::move(gone));
    co_return Result<void>{};
}

awaitable<std::string> Primary::check_new_files(const PrimaryConfig& config) {
    std::vector<PrimaryZoneConfig> fresh;
    for (const auto& zone : config.zones) {
        const auto known = zones_.find(zone.name);
        if (known == zones_.end() || known->second->config.file != zone.file) fresh.push_back(zone);
    }
    auto work = [fresh = std::move(fresh), now = server_.clock().wall_now()] {
        std::string errors;
        for (const auto& zone : fresh) {
            const auto sourced = source_zone(zone, nullptr, {}, {}, std::nullopt, now);
            if (!sourced) errors += sourced.error().text + "\n";
        }
        return errors;
    };
    auto errors = co_await run_blocking(&server_.pool(), work);
    co_return errors;
}

awaitable<ControlReply> Primary::reload(std::string zone) {
    const auto pass = co_await reloading_.enter();
    auto loaded = load_primary_config(file_);
    if (!loaded) {
        std::string errors;
        for (const auto& problem : loaded.error())
            errors += problem.to_string() + "\n";
        co_return ControlReply::not_so(errors + server_.sandbox_hint(errors) + "nothing was changed\n");
    }
    std::string notes = server_.reload_notes(*loaded, file_);
    auto errors = co_await check_new_files(*loaded);
    if (!errors.empty())
        co_return ControlReply::not_so(errors + server_.sandbox_hint(errors) + "nothing was changed\n");
    const auto taken = server_.reconfigure(*loaded);
    if (!taken) {
        const auto& text = taken.error().text;
        co_return ControlReply::not_so(text + "\n" + server_.sandbox_hint(text) + "nothing was changed\n");
    }
    const auto applied = co_await apply(std::move(*loaded));
    if (!applied) {
        server_.put_back(config_);
        co_return ControlReply::not_so(applied.error().text + "\nnothing was changed\n");
    }
    auto zones = zones_of(zone);
    if (zones.empty() && !zone.empty()) {
        co_return ControlReply::not_so(fmt::format("there is no zone {} in {}\n", zone, file_.string()));
    }
    if (!zone.empty()) {
        std::vector<FileZonePtr> others;  // new, or at another file
        for (const auto& [name, one] : zones_) {
            if (one->files.empty() && one != zones.front()) others.push_back(one);
        }
        sort_by_name(others);
        zones.insert(zones.end(), others.begin(), others.end());
    }
    auto reply = co_await reload_zones(zones, zone.empty() ? When::IfChanged : When::Always);
    reply.output.insert(0, notes);
    co_return reply;
}

void Primary::describe(const ServedZonePtr& zone, ZoneStatus& status) const {
    const auto known = zones_.find(zone->apex);
    if (known == zones_.end()) return;
    status.loaded_at = known->second->loaded_at;
    if (known->second->failed) status.error = known->second->failed->error;
    if (!zone->zone || status.error) status.state = zone->zone ? "serving" : "failed";
}

ExitCode serve_primary(const std::filesystem::path& file) {
    // The load tells of each zone file, and one that is not there is no reason not to serve the others.
    auto config = load_primary_config(file, ZoneFiles::Unchecked);
    if (!config) {
        print_problems(config.error());
        return ExitCode::NotSo;
    }
    print_problems(config->warnings);
    Log log(config->server.log_level);
    Primary primary(std::move(*config), file, log);
    if (auto opened = primary.open(); !opened) {
        std::fputs((opened.error().text + "\n").c_str(), stderr);
        return ExitCode::NotSo;
    }
    primary.run();
    return ExitCode::Done;
}

ExitCode check_primary(const std::filesystem::path& file) {
    const auto config = load_primary_config(file);
    print_problems(config ? config->warnings : config.error());
    if (!config) return ExitCode::NotSo;
    auto result = ExitCode::Done;
    const auto serials = served_serials(config->server.control_socket);
    for (const auto& zone : config->zones) {
        const auto known = serials.find(zone.name);
        // Under the other policies such a file is served under the next serial.
        const bool counts = zone.serial_policy == SerialPolicy::Manual && known != serials.end();
        const auto served = counts ? std::optional(known->second) : std::nullopt;
        if (!print_zone_problems(load_zone_file(zone.file, Name(zone.name)), zone.file.string(), served))
            result = ExitCode::NotSo;
    }
    if (result == ExitCode::Done)
        std::fputs(fmt::format("{}: {} zones, ok\n", file.string(), config->zones.size()).c_str(), stdout);
    return result;
}

}  // namespace lockstep
