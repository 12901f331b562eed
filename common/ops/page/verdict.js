// The header: who this is, and in one sentence whether all is well.

/** Names of zones per peer and state, e.g. tally.get("ns2").get("behind"); "on its way" is a state of its own. */
function tallyPeers(zones) {
    const tally = new Map();
    for (const zone of zones) {
        for (const one of zone.secondaries) {
            const state = judgePeer(one, zone).tone === "busy" ? "on its way" : one.state;
            if (!tally.has(one.name)) tally.set(one.name, new Map());
            const states = tally.get(one.name);
            if (!states.has(state)) states.set(state, []);
            states.get(state).push(zone.name);
        }
    }
    return tally;
}

const PEER_PARTS = [
    ["unreachable", "bad", (peer, zones, all) => all ? `${peer} unreachable` : `${peer} unreachable for ${plural(zones, "zone")}`],
    ["refused", "bad", (peer, zones) => `${peer} refuses ${plural(zones, "zone")}`],
    ["behind", "warn", (peer, zones) => `${plural(zones, "zone")} behind on ${peer}`],
    ["unknown", "none", (peer, zones) => `no word yet from ${peer} on ${plural(zones, "zone")}`],
    ["on its way", "busy", (peer, zones) => `${plural(zones, "change")} on the way to ${peer}`],
];

/** [{tone, text}] of what is not well, the worst first. */
function partsOf(zones) {
    const parts = [];
    const names = (test) => zones.filter(test).map((zone) => zone.name);
    const add = (tone, found, text) => found.length && parts.push({ tone, text: text(found) });
    add("bad", names((zone) => zone.state === "expired"), (found) => `expired: ${listed(found)}`);
    add("bad", names((zone) => zone.state === "failed"), (found) => `not served: ${listed(found)}`);
    const tally = tallyPeers(zones);
    for (const [state, tone, text] of PEER_PARTS.slice(0, 2)) addPeers(parts, tally, state, tone, text);
    add("warn", names((zone) => zone.state === "empty"), (found) => `not yet received: ${listed(found)}`);
    addInbound(parts, zones);
    addPeers(parts, tally, ...PEER_PARTS[2]);
    add("warn", names((zone) => zone.error && zone.state === "serving"), (found) => `file not taken: ${listed(found)}`);
    add("warn", names((zone) => zone.persisted === false), (found) => `not stored on disk: ${listed(found)}`);
    for (const [state, tone, text] of PEER_PARTS.slice(3)) addPeers(parts, tally, state, tone, text);
    return parts;
}

function addPeers(parts, tally, state, tone, text) {
    for (const [peer, states] of tally) {
        const found = states.get(state)?.length;
        if (found) parts.push({ tone, peer, text: text(peer, found, states.size === 1) });
    }
}

/** On a secondary: how its zones stand to their primaries. */
function addInbound(parts, zones) {
    const behind = new Map();
    const coming = new Map();
    const failing = new Map();
    const one_more = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
    for (const zone of zones) {
        if (zone.state !== "serving") continue;
        if (zone.lag_seconds > 0) one_more(onItsWay(zone, zone) ? coming : behind, zone.primary);
        else if (zone.last_error) one_more(failing, zone.last_error.peer || zone.primary);
    }
    for (const [peer, found] of behind) parts.push({ tone: "warn", text: `${plural(found, "zone")} behind ${peer}` });
    for (const [peer, found] of failing) {
        parts.push({ tone: "warn", text: `${plural(found, "zone")} not refreshed from ${peer}` });
    }
    for (const [peer, found] of coming) parts.push({ tone: "busy", text: `${plural(found, "change")} on the way from ${peer}` });
}

function allWell(zones) {
    if (!zones.length) return "No zones are configured";
    const peers = [...new Set(zones.flatMap((zone) => zone.secondaries.map((one) => one.name)))];
    const primaries = [...new Set(zones.map((zone) => zone.primary).filter(Boolean))];
    const on = zones.length === 1 ? "on 1 zone" : `on ${count(zones.length)} zones`;
    const served = zones.length === 1 ? "The zone is" : `All ${count(zones.length)} zones are`;
    const downstream = peers.length === 1 ? `${peers[0]} in step ${on}` : `all ${count(peers.length)} secondaries in step ${on}`;
    if (primaries.length) {
        const own = `${served} in step with ${listed(primaries)}`;
        return peers.length ? `${own}; ${downstream}` : own;
    }
    if (!peers.length) return `${served} served; no secondaries are configured`;
    return sentence(downstream, peers.length === 1 ? peers[0] : null);
}

/** {tone, text}: the verdict. */
function verdictOf(model) {
    const zones = [...model.zones.values()];
    const parts = partsOf(zones);
    if (!parts.length) return { tone: zones.length ? "ok" : "none", text: allWell(zones) };
    const told = parts.slice(0, 4).map((part) => part.text);
    if (parts.length > 4) told.push(`and ${plural(parts.length - 4, "more matter")}`);
    return { tone: worst(parts.map((part) => part.tone)), text: sentence(told.join("; "), parts[0].peer) };
}

function figuresOf(model) {
    const zones = [...model.zones.values()];
    const records = zones.reduce((sum, zone) => sum + zone.records, 0);
    const pairs = zones.flatMap((zone) => zone.secondaries);
    const told = [plural(zones.length, "zone"), plural(records, "record")];
    if (pairs.length) {
        const inStep = pairs.filter((one) => one.state === "in-sync").length;
        told.push(`${count(inStep)} of ${plural(pairs.length, "copy", "copies")} in step`);
    }
    return told.join(" · ");
}

const TAB_SIGNS = { ok: "✓", busy: "✓", none: "…", warn: "▲", bad: "✕" };
const ICON_COLOURS = { ok: "%231a7f4b", busy: "%231a7f4b", none: "%23707a86", warn: "%23b97a00", bad: "%23c42b1c" };

function icon(tone) {
    const path = OUTLINES[tone === "busy" ? "ok" : tone];
    return "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 12 12'>"
        + `<path fill='${ICON_COLOURS[tone]}' fill-rule='evenodd' d='${path}'/></svg>`;
}

class Verdict {
    constructor(model) {
        this.model = model;
        this.lostAt = null;
    }

    /** All of the header; cheap where nothing changed. */
    render() {
        const { daemon } = this.model;
        if (daemon) {
            const identity = daemon.identity || location.host;
            setText(byId("role"), `Lockstep ${daemon.role}`);
            setText(byId("identity"), identity);
            setText(byId("version"), daemon.version);
            setText(byId("ready"), daemon.ready ? "yes" : "no: not every zone is served");
            this.tick();
            setText(byId("figures"), figuresOf(this.model));
        }
        this.sentence();
    }

    sentence() {
        const { daemon } = this.model;
        const node = byId("verdict");
        let { tone, text } = daemon ? verdictOf(this.model) : { tone: "none", text: "Asking the daemon…" };
        if (this.lostAt !== null) [tone, text] = ["bad", daemon ? `Unknown; last heard: ${text}` : "Nothing is known yet"];
        if (node.dataset.tone !== tone || node.textContent !== text) {
            node.dataset.tone = tone;
            node.replaceChildren(mark(tone), element("span", {}, text));
        }
        const who = byId("identity").textContent;
        const sign = this.lostAt === null ? TAB_SIGNS[tone] : "✕ no word:";
        document.title = daemon ? `${sign} ${who} (Lockstep ${daemon.role})` : "Lockstep";
        setAttribute(byId("icon"), "href", icon(tone));
    }

    tick() {
        const { daemon } = this.model;
        if (daemon && this.lostAt === null) setText(byId("uptime"), duration(Math.floor((performance.now() - daemon.since) / 1000)));
        if (this.lostAt !== null) this.tellLost();
    }

    feed(state, since) {
        this.lostAt = state === "lost" ? since : null;
        const node = byId("feed");
        node.replaceChildren(mark({ live: "ok", lost: "bad" }[state] ?? "none"), ` ${state}`);
        byId("lost").hidden = this.lostAt === null;
        document.documentElement.classList.toggle("stale", this.lostAt !== null);
        if (this.lostAt !== null) this.tellLost();
        this.sentence();
    }

    tellLost() {
        const node = byId("lost");
        const ago = roughly((Date.now() - this.lostAt) / 1000);
        if (!node.firstChild || node.dataset.since !== String(this.lostAt)) {
            node.dataset.since = this.lostAt;
            // Only the time that passes changes afterwards, and is not announced again and again.
            node.replaceChildren(mark("bad"),
                element("span", {}, element("strong", {}, `No word from the daemon since ${clockTime(this.lostAt)}`), ` (`,
                    element("span", { id: "lost-for", "aria-live": "off" }), "). ",
                    "What stands below was so then. Asking again until it answers."));
        }
        setText(byId("lost-for"), ago);
    }
}
