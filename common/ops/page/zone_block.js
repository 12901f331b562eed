// One zone in the table: its row, and when unfolded a row for each secondary and each error.

class ZoneBlock {
    /** `fold`: {isOpen(zone), toggle(zone), openErrors}, shared by the table's blocks, as blocks come and go. */
    constructor(role, fold, resized) {
        this.role = role;
        this.fold = fold;
        this.resized = resized;
        this.node = element("div", { class: "block", role: "rowgroup" });
        this.shape = null;
    }

    update(zone, now) {
        this.zone = zone;
        const open = this.fold.isOpen(zone);
        const shape = JSON.stringify([zone.name, open, zone.secondaries.map((one) => [one.name, errorOf(one)]), zoneErrors(zone)]);
        if (shape !== this.shape) {
            this.shape = shape;
            this.build(zone, open);
        }
        this.fillRow(this.zoneRow, zoneCells(zone, this.role), now);
        zone.secondaries.forEach((one, place) => this.peerRows[place] && this.fillRow(this.peerRows[place], peerCells(one, zone), now));
        setAttribute(this.node, "data-tone", toneOf(zone));
    }

    build(zone, open) {
        this.zoneRow = this.row("zone");
        if (zone.secondaries.length) this.addFold(zone, open);
        const rows = [this.zoneRow, ...zoneErrors(zone).map((error, place) => this.errorRow(error, [zone.name, place]))];
        this.peerRows = [];
        if (open) {
            for (const one of zone.secondaries) {
                const row = this.row("peer");
                this.peerRows.push(row);
                rows.push(row);
                if (errorOf(one)) rows.push(this.errorRow(errorOf(one), [zone.name, one.name]));
            }
        }
        const focused = this.node.contains(document.activeElement);
        this.node.replaceChildren(...rows);
        if (focused) this.node.querySelector("button")?.focus({ preventScroll: true });
    }

    row(kind) {
        const row = element("div", { class: `row ${kind}`, role: "row" });
        for (const { key, label, number } of COLUMNS[this.role]) {
            const place = element("span", { class: "content" });
            const cell = element("div", { class: `cell ${key}${number ? " number" : ""}`, role: key === "name" ? "rowheader" : "cell",
                "data-label": label }, place);
            row.append(cell);
        }
        return row;
    }

    fillRow(row, cells, now) {
        COLUMNS[this.role].forEach(({ key }, place) => {
            const cell = row.children[place];
            fillCell(cell.lastChild, cells[key], now);
            cell.classList.toggle("blank", cells[key] === BLANK);
        });
    }

    addFold(zone, open) {
        const arrow = drawn("svg", { class: "arrow", viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" },
            drawn("path", { d: "M4 2l5 4-5 4z", fill: "currentColor" }));
        const button = element("button", { type: "button", class: "fold", "aria-expanded": String(open),
            "aria-label": `Secondaries of ${zone.name}` }, arrow);
        button.addEventListener("click", () => this.fold.toggle(this.zone));
        this.zoneRow.firstChild.prepend(button);
    }

    errorRow(error, place) {
        const key = JSON.stringify(place);
        const details = element("details", { open: this.fold.openErrors.has(key) },
            element("summary", {}, error.stage ? `${error.stage}: ${error.text}` : error.text));
        if (error.remedy) details.append(element("p", { class: "remedy" }, element("b", {}, "To do: "), error.remedy));
        if (error.at) details.append(element("p", { class: "about" }, `${error.peer || "here"}, ${fullTime(Date.parse(error.at))}`));
        details.addEventListener("toggle", () => {
            if (details.open) this.fold.openErrors.add(key);
            else this.fold.openErrors.delete(key);
            this.resized();
        });
        return element("div", { class: "row error", role: "row" },
            element("div", { class: "cell", role: "cell", "aria-colspan": COLUMNS[this.role].length }, details));
    }
}

function errorOf(secondary) {
    return secondary.last_error ?? null;
}

/** The zone's own: [{stage, text, remedy, at, peer}]. */
function zoneErrors(zone) {
    const errors = [];
    if (zone.last_error) errors.push(zone.last_error);
    if (zone.error) errors.push({ text: zone.error, remedy: "mend the file, then reload" });
    if (zone.persisted === false) {
        errors.push({ stage: "store", text: zone.not_persisted ?? "the disk does not hold the last version",
            remedy: "make room in the state directory or mend it; it is tried again by itself" });
    }
    return errors;
}
