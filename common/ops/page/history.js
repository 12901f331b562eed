// What happened lately, newest first, filtered by kind and by words.

const ENTRIES_AT_ONCE = 60;

const EVENT_WORDS = {
    load: ["loaded", "ok"], update: ["updated by", "ok"], "transfer-in": ["taken", "ok"], "transfer-out": ["given", "ok"], "notify-in": ["NOTIFY from", "none"],
    "notify-out": ["NOTIFY to", "none"], expiring: ["expires soon", "warn"], expired: ["expired", "bad"], failure: ["failed", "bad"], refused: ["refused", "warn"],
};

const KINDS = {
    trouble: (event) => ["failure", "refused", "expiring", "expired"].includes(event),
    transfer: (event) => event.startsWith("transfer"),
    notify: (event) => event.startsWith("notify"),
    load: (event) => event === "load" || event === "update",
};

class HistoryList {
    constructor(model) {
        this.model = model;
        this.most = ENTRIES_AT_ONCE;
        this.nodes = new Map();
        const anew = () => {
            this.most = ENTRIES_AT_ONCE;
            this.render();
        };
        byId("history-kind").addEventListener("change", anew);
        byId("history-search").addEventListener("input", anew);
        byId("history-more").addEventListener("click", () => {
            this.most += 5 * ENTRIES_AT_ONCE;
            this.render();
        });
    }

    render() {
        const kind = KINDS[byId("history-kind").value] ?? (() => true);
        const words = byId("history-search").value.toLowerCase().split(/\s+/).filter(Boolean);
        const found = this.model.history.filter((entry) => kind(entry.event) && mentions(entry, words));
        const told = found.slice(0, this.most);
        const kept = new Map(told.map((entry) => [entry, this.nodes.get(entry) ?? this.item(entry)]));
        for (const [entry, node] of this.nodes) if (!kept.has(entry)) node.remove();
        this.nodes = kept;
        const list = byId("history-list");
        let place = list.firstChild;
        for (const node of kept.values()) {
            if (node === place) place = place.nextSibling;
            else list.insertBefore(node, place);
        }
        const all = found.length === this.model.history.length;
        setText(byId("history-count"), all ? plural(found.length, "entry", "entries")
            : `${count(found.length)} of ${plural(this.model.history.length, "entry", "entries")}`);
        byId("history-more").hidden = found.length <= told.length;
    }

    item(entry) {
        const [word, tone] = EVENT_WORDS[entry.event] ?? [entry.event, "none"];
        const node = element("li", { class: `entry ${tone}` },
            element("span", { class: "when", title: fullTime(Date.parse(entry.at)) }, clockTime(Date.parse(entry.at))),
            element("span", { class: "what" }, mark(tone), ` ${word}`),
            element("span", { class: "peer" }, entry.peer || "–"),
            element("span", { class: "name" }, entry.zone || "–"),
            element("span", { class: "text" }, figures(entry)));
        if (entry.remedy) node.append(element("p", { class: "remedy" }, element("b", {}, "To do: "), entry.remedy));
        return node;
    }
}

function figures(entry) {
    const told = [];
    // The zone has a column of its own.
    const text = (entry.text ?? "").startsWith(`${entry.zone}: `) ? entry.text.slice(entry.zone.length + 2) : entry.text ?? "";
    if (entry.kind) {
        const from = entry.from_serial === null || entry.from_serial === undefined ? "" : `${entry.from_serial} → `;
        const took = entry.seconds < 0.0005 ? "< 1 ms" : duration(entry.seconds);
        told.push(entry.kind, `${from}${entry.serial ?? "?"}`, took, octets(entry.octets));
    } else if (entry.serial !== undefined && !/\bserial\b/.test(text)) {
        told.push(`serial ${entry.serial}`);
    }
    if (text) told.push(entry.stage ? `${entry.stage}: ${text}` : text);
    if (entry.times > 1) told.push(`${count(entry.times)} times since ${clockTime(Date.parse(entry.first_at))}`);
    return told.join(", ");
}

function mentions(entry, words) {
    if (!words.length) return true;
    const text = [entry.zone, entry.peer, entry.event, entry.stage, entry.text, entry.serial, entry.kind].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
}
