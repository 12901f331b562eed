// What is wrong, worst first: one item for each peer and cause, however many zones it concerns.

const ZONES_TOLD = 4;

/** [{key, tone, peer, title, text, remedy, at, zones}], worst first. */
function problemsOf(zones) {
    const found = new Map();
    const add = (zone, tone, peer, title, text, remedy, at, stage = "") => {
        const key = JSON.stringify([peer, title, stage, remedy]);
        const known = found.get(key);
        if (!known) {
            found.set(key, { key, tone, peer, title, stage, text, remedy, at, zones: [zone.name] });
            return;
        }
        known.zones.push(zone.name);
        if (at > known.at) Object.assign(known, { text, at });
    };
    for (const zone of zones) {
        if (!isTrouble(zone)) continue;
        const error = zone.last_error;
        if (zone.state === "failed") {
            add(zone, "bad", "", "not served", zone.error ?? "the zone could not be loaded",
                "mend what the text names, then reload");
        } else if (zone.error) {
            add(zone, "warn", "", "changed file not taken", zone.error,
                "mend the file, then reload; until then the version loaded before is served");
        }
        if (zone.persisted === false) {
            add(zone, "warn", "", "not stored on disk", zone.not_persisted ?? "the disk did not take the last version",
                "make room in the state directory or mend it; it is tried again by itself");
        }
        if (zone.state === "expired") {
            add(zone, "bad", error?.peer ?? zone.primary ?? "", "expired", error?.text ?? "no primary answered in time",
                error?.remedy ?? "see why its primaries do not answer", error?.at, error?.stage);
        } else if (zone.state === "empty") {
            add(zone, "warn", error?.peer ?? zone.primary ?? "", "not yet received", error?.text ?? "no primary has given it yet",
                error?.remedy ?? "", error?.at, error?.stage);
        } else if (error) {
            add(zone, "warn", error.peer, "not refreshed", error.text, error.remedy, error.at, error.stage);
        } else if (zone.lag_seconds > 0 && !onItsWay(zone, zone)) {
            add(zone, "warn", zone.primary ?? "", "behind", "a newer serial is known, and not yet here", "the verb refresh asks for it now, and says what fails");
        }
        for (const one of zone.secondaries) {
            const { word, tone } = judgePeer(one, zone);
            if (RANKS[tone] < RANKS.warn) continue;
            const reason = one.last_error;
            add(zone, tone, one.name, word, reason?.text ?? noReason(one), reason?.remedy ?? noRemedy(one), reason?.at, reason?.stage);
        }
    }
    return [...found.values()].sort((one, other) => RANKS[other.tone] - RANKS[one.tone] || other.zones.length - one.zones.length);
}

function noReason(secondary) {
    return secondary.serial === null ? "it was not seen to serve the zone yet" : `it still serves serial ${secondary.serial}`;
}

function noRemedy(secondary) {
    return `see in the log of ${secondary.name} why it does not fetch; the verb notify tells it again`;
}

class Problems {
    constructor(model) {
        this.model = model;
        this.shown = new Map(); // key -> {node, told}
    }

    render() {
        const problems = problemsOf(this.model.zones.values());
        byId("problems").hidden = problems.length === 0;
        setText(byId("problems-title"), problems.length === 1 ? "What is wrong" : `What is wrong (${count(problems.length)})`);
        const kept = new Map();
        for (const problem of problems) {
            const told = JSON.stringify(problem);
            const before = this.shown.get(problem.key);
            kept.set(problem.key, before?.told === told ? before : { node: this.item(problem, before?.node), told });
        }
        const list = byId("problem-list");
        for (const [key, { node }] of this.shown) if (kept.get(key)?.node !== node) node.remove();
        this.shown = kept;
        let place = list.firstChild;
        for (const { node } of kept.values()) {
            if (node === place) place = place.nextSibling;
            else list.insertBefore(node, place);
        }
    }

    item(problem, before) {
        const { zones, tone, peer, title, stage, text, remedy, at } = problem;
        const where = zones.length === 1 ? zones[0] : plural(zones.length, "zone");
        const heading = element("h3", {}, mark(tone), element("span", {}, peer ? `${peer}: ${title}` : title));
        const about = element("p", { class: "about" }, element("span", { class: "name" }, where));
        if (at) about.append(" · ", moment(at, this.model.now()));
        if (stage) about.append(` · ${stage}`);
        const node = element("li", { class: `problem ${tone}` }, heading, about, element("p", { class: "text" }, text));
        if (remedy) node.append(element("p", { class: "remedy" }, element("b", {}, "To do: "), remedy));
        if (zones.length > 1) {
            const names = element("details", { open: before?.querySelector("details")?.open ?? false },
                element("summary", {}, listed(zones, ZONES_TOLD)),
                element("ul", { class: "names" }, ...zones.slice(0, 500).map((name) => element("li", {}, name))));
            node.append(names);
        }
        return node;
    }
}
