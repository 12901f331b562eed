// What is known: the daemon's state, its history, and the episodes of the last hour. The one place that changes;
// whoever shows it is told at most every 50 ms what kind of thing changed, however many events came.

const PAUSE_MS = 50;
const HISTORY_KEPT = 5000;

class Model {
    constructor() {
        this.daemon = null; // status without its zones
        this.zones = new Map(); // name -> zone, in nameKey order
        this.history = []; // newest first
        this.episodes = new Map();
        this.windowSeconds = 3600;
        this.measured = true; // whether there are episodes to ask for
        this.skew = 0; // the daemon's clock minus ours, ms
        this.listeners = [];
        this.topics = new Set();
        this.timer = null;
    }

    /** The daemon's time, in ms. */
    now() {
        return Date.now() + this.skew;
    }

    /** `listener(topics)`: a set of status, zones, history, episodes. */
    listen(listener) {
        this.listeners.push(listener);
    }

    changed(topic) {
        this.topics.add(topic);
        this.timer ??= setTimeout(() => this.tell(), PAUSE_MS);
    }

    /** Tells of what changed since the last time, now. */
    tell() {
        const { topics } = this;
        clearTimeout(this.timer);
        this.timer = null;
        this.topics = new Set();
        for (const listener of this.listeners) listener(topics);
    }

    takeStatus(status) {
        const { zones, ...daemon } = status;
        this.daemon = { ...daemon, since: performance.now() - daemon.uptime_seconds * 1000 };
        this.zones = new Map(zones.map((zone) => this.received(zone)).sort(byKey).map((zone) => [zone.name, zone]));
        this.changed("status");
        this.changed("zones");
    }

    takeZone(zone) {
        const known = this.zones.has(zone.name);
        this.zones.set(zone.name, this.received(zone));
        if (!known) this.zones = new Map([...this.zones.values()].sort(byKey).map((one) => [one.name, one]));
        this.judgeReady();
        this.changed("zones");
    }

    removeZone(name) {
        if (!this.zones.delete(name)) return;
        this.judgeReady();
        this.changed("zones");
    }

    /** As /readyz: every zone is served. */
    judgeReady() {
        if (this.daemon) this.daemon.ready = [...this.zones.values()].every((zone) => zone.state === "serving");
        this.changed("status");
    }

    received(zone) {
        return { ...zone, secondaries: zone.secondaries ?? [], key: nameKey(zone.name), receivedAt: performance.now() };
    }

    takeHistory(entries) {
        this.history = entries.slice(-HISTORY_KEPT).reverse();
        this.changed("history");
    }

    /** An entry that repeats the one before it replaces that one, as in the daemon. */
    addEntry(entry) {
        if (entry.times > 1) {
            const before = this.history.findIndex((one) => one.first_at === entry.first_at && one.event === entry.event
                && one.peer === entry.peer && one.zone === entry.zone && one.stage === entry.stage);
            if (before >= 0) this.history.splice(before, 1);
        }
        this.history.unshift(entry);
        this.history.length = Math.min(this.history.length, HISTORY_KEPT);
        this.changed("history");
    }

    /** Null: the daemon keeps none. */
    takePropagation(propagation) {
        this.measured = propagation !== null;
        this.changed("episodes");
        if (!this.measured) return;
        this.windowSeconds = propagation.window_seconds;
        this.skew = Date.parse(propagation.now) - Date.now();
        this.episodes = new Map();
        for (const one of propagation.episodes) this.addEpisode(one);
    }

    addEpisode(episode) {
        const { zone, peer, serial, served_at: served, seen_at: seen } = episode;
        this.episodes.set(JSON.stringify([zone, peer, serial, served]), {
            zone, peer, serial, from: Date.parse(served), until: seen === null ? null : Date.parse(seen),
            seconds: episode.seconds,
        });
        this.changed("episodes");
    }

    /** Episodes that reach into the window, oldest first; older ones are forgotten. */
    recent() {
        const start = this.now() - this.windowSeconds * 1000;
        for (const [key, one] of this.episodes) {
            if (one.until !== null && one.until < start) this.episodes.delete(key);
        }
        return [...this.episodes.values()].sort((one, other) => one.from - other.from);
    }

    /** Seconds; one that is still open grows. */
    lasted(episode) {
        if (episode.until === null) return Math.max(0, (this.now() - episode.from) / 1000);
        return episode.seconds ?? (episode.until - episode.from) / 1000;
    }
}

function byKey(one, other) {
    if (one.key === other.key) return 0;
    return one.key < other.key ? -1 : 1;
}
