// The columns of the zones table, and what stands in each cell: {text, title, tone, at, muted}.

const COLUMNS = {
    primary: [
        { key: "name", label: "Zone, and its secondaries" },
        { key: "state", label: "State" },
        { key: "serial", label: "Serial", number: true },
        { key: "lag", label: "Lag", number: true },
        { key: "contact", label: "Last contact", number: true },
        { key: "records", label: "Records", number: true },
    ],
    secondary: [
        { key: "name", label: "Zone" },
        { key: "state", label: "State" },
        { key: "serial", label: "Serial", number: true },
        { key: "primary", label: "Primary" },
        { key: "theirs", label: "Its serial", number: true },
        { key: "lag", label: "Lag", number: true },
        { key: "contact", label: "Refreshed", number: true },
        { key: "next", label: "Next", number: true },
        { key: "expires", label: "Expires", number: true },
        { key: "records", label: "Records", number: true },
    ],
};

const NOTHING = { text: "–", muted: true };
const BLANK = { text: "" };

function serialCell(serial) {
    return serial === null || serial === undefined ? NOTHING : { text: String(serial) };
}

function timeCell(at, prefix) {
    return at ? { at, prefix } : NOTHING;
}

function lagCell(lag) {
    if (lag === null) return { text: "unknown", muted: true };
    return lag === 0 ? { text: "0 s", muted: true } : { text: duration(lag) };
}

/** The worst lag among a zone's secondaries; nothing where none is known. */
function worstLag(zone) {
    const lags = zone.secondaries.map((one) => lagOf(one, zone)).filter((lag) => lag !== null);
    return lags.length ? Math.max(...lags) : null;
}

function zoneCells(zone, role) {
    const { word, tone } = judgeZone(zone);
    const state = { tone, text: word, title: zone.state, note: summaryOf(zone), noteTone: peersTone(zone) };
    const common = { name: { text: zone.name, title: zone.name }, state, serial: serialCell(zone.serial),
        records: { text: count(zone.records) } };
    if (role === "primary") {
        return { ...common, lag: zone.secondaries.length ? lagCell(worstLag(zone)) : NOTHING,
            contact: timeCell(zone.loaded_at, "loaded") };
    }
    return { ...common, primary: zone.primary ? { text: zone.primary, title: zone.primary } : NOTHING,
        theirs: serialCell(zone.primary_serial), lag: lagCell(lagOf(zone, zone)),
        contact: timeCell(zone.refreshed_at), next: timeCell(zone.next_refresh_at), expires: timeCell(zone.expires_at) };
}

/** "2 of 3 in step": what a folded zone says of its secondaries. */
function summaryOf(zone) {
    const all = zone.secondaries.length;
    if (!all) return "";
    const inStep = zone.secondaries.filter((one) => one.state === "in-sync").length;
    return `${inStep} of ${all} in step`;
}

/** Null where all are in step. */
function peersTone(zone) {
    const tone = worst(zone.secondaries.map((one) => judgePeer(one, zone).tone));
    return tone === "ok" ? null : tone;
}

function peerCells(one, zone) {
    const { word, tone } = judgePeer(one, zone);
    const seen = timeCell(one.verified_at);
    const told = one.notified_at ? `; NOTIFY sent ${fullTime(Date.parse(one.notified_at))}` : "";
    return { name: { text: one.name, title: `${one.name}, ${one.address}`, note: one.address },
        state: { tone, text: word, title: one.state }, serial: serialCell(one.serial), lag: lagCell(lagOf(one, zone)),
        contact: seen.at ? { ...seen, extra: told } : seen, records: BLANK, primary: BLANK, theirs: BLANK, next: BLANK,
        expires: BLANK };
}

/** Writes a cell, if it differs from what stands there. `target` is the element that holds the cell's content. */
function fillCell(target, cell, now) {
    const key = JSON.stringify(cell);
    if (target.cellKey === key) {
        if (cell.at) retell(target.querySelector("time"), now);
        return;
    }
    target.cellKey = key;
    const content = [];
    if (cell.tone) content.push(mark(cell.tone), " ");
    if (cell.at) {
        const node = moment(cell.at, now);
        if (cell.extra) node.title += cell.extra;
        if (cell.prefix) content.push(`${cell.prefix} `);
        content.push(node);
    } else {
        content.push(element("span", { class: "value" }, cell.text));
    }
    if (cell.note) {
        content.push(" ", element("span", { class: "note" }, cell.noteTone ? mark(cell.noteTone) : null, cell.noteTone ? " " : null, cell.note));
    }
    setAttribute(target, "title", cell.title);
    target.classList.toggle("muted", Boolean(cell.muted));
    target.replaceChildren(...content);
}
