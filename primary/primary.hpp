#pragma once
// The primary daemon: its zones, their files, its verbs.
//
// Threads: housekeeping; files are read on the pool.

#include "base/places.hpp"
#include "daemon/server.hpp"
#include "net/turnstile.hpp"
#include "primary/acme_dns.hpp"
#include "primary/file_watch.hpp"
#include "primary/inside_update.hpp"
#include "primary/updates.hpp"
#include "primary/zone_source.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep {

/// Resource type.
class Primary final : public RoleHooks {
public:
    Primary(PrimaryConfig config, std::filesystem::path file, Log& log);
    ~Primary() override;
    Primary(const Primary&) = delete;
    Primary& operator=(const Primary&) = delete;

    /// Loads every zone; one whose file is bad goes on as it was stored. Errors: everything that keeps it
    /// from serving, one a line; bad files only where no zone at all can be served.
    [[nodiscard]] Result<void> open();
    void run();

    [[nodiscard]] awaitable<std::optional<ControlReply>> handle(ControlRequest request) override;
    [[nodiscard]] awaitable<ControlReply> reload(std::string zone) override;
    [[nodiscard]] bool takes_post(std::string_view path) const override;
    [[nodiscard]] awaitable<HttpAnswer> post(HttpRequest request) override;
    void describe(const ServedZonePtr& zone, ZoneStatus& status) const override;
    /// Where the serial is ours to choose, and the secondary's word is signed: goes on beyond its serial. It
    /// was ours once, before our state was lost.
    void secondary_ahead(NameView zone, const PeerConfig& secondary, Serial theirs) override;

    [[nodiscard]] bool admit(std::size_t octets) override { return updates_.admit(octets); }
    void take(UpdateRequest request, LateAnswer answer) override {
        updates_.take(std::move(request), std::move(answer));
    }
    void update_refused(const Name& zone, const Endpoint& from, const std::string& text) override {
        updates_.refused(zone, from, text);
    }

private:
    /// A zone as configured, and what is known of its file.
    struct FileZone {
        explicit FileZone(PrimaryZoneConfig from) : name(from.name.folded()), config(std::move(from)) {}
        /// Its file, and those that this one includes, in a version that could not be loaded too.
        [[nodiscard]] std::set<std::string> read_from() const;
        /// Whether one of them is not as it was read; false where none was.
        [[nodiscard]] bool was_written() const;
        /// Where they are, and where what they lead to is.
        [[nodiscard]] std::vector<std::string> places(PlaceReader& reader) const;
        /// The same right after they were read, while whatever happens to them is heard.
        [[nodiscard]] std::vector<std::string> places_as_read(PlaceReader& reader) const;

        /// What went wrong with the last load.
        struct Failed {
            std::string error;
            bool not_stored;  // the error is the disk's, not the file's: tried again
            std::vector<SourceFile> read;
        };

        const StoredName name;  // lower-cased
        PrimaryZoneConfig config;
        std::vector<SourceFile> files;
        std::unique_ptr<Failed> failed;  // most zones' loads do not
        std::optional<WallTime> loaded_at;
        std::shared_ptr<const Lease> life;  // in the store: a zone that is added again has another
        FileWatch::Zone watched{name};
        Turnstile turnstile;  // one load, bump or batch of updates at a time
    };
    using FileZonePtr = std::shared_ptr<FileZone>;
    using ZoneMap = std::unordered_map<NameView, FileZonePtr, HashName, SameName>;  // by their own names
    enum class When { Always, IfChanged };

    /// Loads these, which are all, in this order, each served as in `before`, which is used up;
    /// `note` is told what went wrong.
    void load_at_start(std::span<const FileZonePtr> zones, std::span<ServedZonePtr> before,
                       const std::function<void(const Error&)>& note);
    awaitable<Result<std::string>> load(FileZonePtr zone, When when, std::optional<Serial> forced);
    awaitable<void> go_beyond(FileZonePtr zone, Serial theirs);
    awaitable<void> update(Name name);
    awaitable<ControlReply> bump(ControlRequest request);
    awaitable<ControlReply> update_by_hand(ControlRequest request);
    /// Makes `base`, and what is granted beside it, the rules.
    void publish(AccessPolicyPtr base);
    awaitable<ControlReply> reload_zones(std::vector<FileZonePtr> zones, When when);
    /// `now`: what is served of it since; `notes`: lines for the operator, nothing where nothing is new.
    void note_loaded(FileZone& zone, const ZonePtr& now, const std::string& notes);
    /// `read`: the files that the load had read when it failed.
    void note_failure(FileZone& zone, const Error& error, std::vector<SourceFile> read = {});
    /// Loads again what the disk did not take, until it does.
    awaitable<void> heal();
    void follow(const FileZone& zone);
    /// Has its files, as they are known now, watched, or no longer; nothing where the zone is gone.
    void watch_files(FileZone& zone);
    /// The same for all zones at the start. Their folders, of included files too.
    [[nodiscard]] Paths watch_all(std::span<const FileZonePtr> zones);
    awaitable<void> file_written(Name name);
    /// The errors of files that `config` brings and that are not in service: a reload with such changes
    /// nothing.
    awaitable<std::string> check_new_files(const PrimaryConfig& config);
    /// All of it, or on an error nothing.
    awaitable<Result<void>> apply(PrimaryConfig config);
    /// The zone of that name where there is one; of no name: all, in canonical order.
    [[nodiscard]] std::vector<FileZonePtr> zones_of(const std::string& zone) const;

    PrimaryConfig config_;  // without its zones, which are in zones_
    std::filesystem::path file_;
    Log& log_;
    ZoneMap zones_;
    Turnstile reloading_;
    bool healing_ = false;
    Server server_;  // its loops end before anything above, which they use
    FileWatch file_watch_;
    Updates updates_;
    InsideUpdates inside_updates_;
    AccessPolicyPtr base_policy_;  // the configuration's alone
    Acme acme_;
    AcmeDns acme_dns_;
};

[[nodiscard]] ExitCode serve_primary(const std::filesystem::path& config);
[[nodiscard]] ExitCode check_primary(const std::filesystem::path& config);

}  // namespace lockstep
