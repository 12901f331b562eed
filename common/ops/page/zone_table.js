// The zones, however many: only the blocks in view are in the document, between two spacers. Heights are guessed from
// what a block holds and corrected by what it turns out to take.

const OVERSCAN_PX = 400;
const UNFOLDED_AT_MOST = 30; // zones; with more, only those in trouble start unfolded

class ZoneTable {
    constructor(model) {
        this.model = model;
        this.shown = []; // zones that pass the filter
        this.tops = new Float64Array(1); // of each, and the end
        this.heights = new Map(); // name -> {shape, height}, as measured
        this.blocks = new Map(); // name -> ZoneBlock in the document
        this.folded = new Map(); // name -> open?, where somebody chose
        this.fold = {
            openErrors: new Set(),
            isOpen: (zone) => this.folded.get(zone.name) ?? (this.model.zones.size <= UNFOLDED_AT_MOST || isTrouble(zone)),
            toggle: (zone) => {
                this.folded.set(zone.name, !this.fold.isOpen(zone));
                this.layout();
            },
        };
        this.role = null;
        this.line = 32; // px, corrected by measuring
        this.refilter = this.refilter.bind(this);
        byId("search").addEventListener("input", this.refilter);
        byId("only-behind").addEventListener("change", this.refilter);
    }

    build(role) {
        this.role = role;
        this.head = element("div", { class: "row head", role: "row" },
            ...COLUMNS[role].map(({ label, number }) => element("div", { class: `cell${number ? " number" : ""}`, role: "columnheader" }, label)));
        this.above = element("div", { class: "spacer", role: "presentation" });
        this.below = element("div", { class: "spacer", role: "presentation" });
        this.body = element("div", { class: "body", role: "presentation" });
        this.empty = element("p", { class: "nothing", hidden: true });
        this.table = element("div", { class: `grid ${role}`, role: "table", "aria-label": "Zones" },
            element("div", { role: "rowgroup", class: "heads" }, this.head), this.above, this.body, this.below);
        this.view = element("div", { class: "scroller rows", tabindex: 0, role: "region", "aria-label": "Zones, scrollable" }, this.table);
        byId("zone-table").replaceChildren(this.view, this.empty);
        this.blocks.clear();
        this.heights.clear();
        let asked = false;
        const soon = () => {
            if (asked) return;
            asked = true;
            requestAnimationFrame(() => {
                asked = false;
                this.render();
            });
        };
        this.view.addEventListener("scroll", soon, { passive: true });
        this.widths?.disconnect();
        this.widths = new ResizeObserver(([{ contentRect }]) => {
            if (contentRect.width === this.width) return;
            this.width = contentRect.width;
            this.heights.clear();
            this.layout();
        });
        this.widths.observe(this.view);
    }

    /** Zones came, went or changed, or the filter did. Blocks write only what differs. */
    refilter() {
        const { daemon, zones } = this.model;
        if (!daemon) return;
        if (this.role !== daemon.role) this.build(daemon.role);
        const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
        const onlyBehind = byId("only-behind").checked;
        this.shown = [...zones.values()].filter((zone) => (!onlyBehind || isBehind(zone)) && matches(zone, words));
        this.layout();
        const all = zones.size === this.shown.length;
        setText(byId("zones-count"), all ? plural(zones.size, "zone") : `${count(this.shown.length)} of ${plural(zones.size, "zone")}`);
        this.empty.hidden = this.shown.length > 0;
        this.view.hidden = this.shown.length === 0;
        setText(this.empty, onlyBehind && !words.length ? "Nothing is behind." : zones.size ? "No zone matches." : "No zones are configured.");
        setAttribute(this.table, "aria-rowcount", String(this.shown.length));
    }

    shapeOf(zone) {
        const peers = this.fold.isOpen(zone) ? zone.secondaries : [];
        return `${peers.length} ${peers.filter(errorOf).length + zoneErrors(zone).length}`;
    }

    layout() {
        if (!this.role) return;
        this.tops = new Float64Array(this.shown.length + 1);
        this.shown.forEach((zone, place) => {
            const known = this.heights.get(zone.name);
            const shape = this.shapeOf(zone);
            const lines = shape.split(" ").reduce((sum, part) => sum + Number(part), 1);
            this.tops[place + 1] = this.tops[place] + (known?.shape === shape ? known.height : lines * this.line);
        });
        this.render();
    }

    /** The first shown zone that ends below `y`. */
    at(y) {
        let [low, high] = [0, this.shown.length];
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.tops[middle + 1] <= y) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    render() {
        if (!this.role) return;
        const now = this.model.now();
        const top = this.view.scrollTop;
        const first = this.at(top - OVERSCAN_PX);
        const end = Math.min(this.shown.length, this.at(top + (this.view.clientHeight || 600) + OVERSCAN_PX) + 1);
        const wanted = this.shown.slice(first, end);
        const names = new Set(wanted.map((zone) => zone.name));
        for (const [name, block] of this.blocks) {
            if (names.has(name)) continue;
            if (block.node.contains(document.activeElement)) this.view.focus({ preventScroll: true });
            block.node.remove();
            this.blocks.delete(name);
        }
        let place = this.body.firstChild;
        wanted.forEach((zone, offset) => {
            let block = this.blocks.get(zone.name);
            if (!block) {
                block = new ZoneBlock(this.role, this.fold, () => this.measure());
                this.blocks.set(zone.name, block);
            }
            block.update(zone, now);
            setAttribute(block.zoneRow, "aria-rowindex", String(first + offset + 1));
            if (block.node === place) place = place.nextSibling;
            else this.body.insertBefore(block.node, place);
        });
        this.above.style.height = `${this.tops[first]}px`;
        this.below.style.height = `${this.tops[this.shown.length] - this.tops[end]}px`;
        this.measure(false);
    }

    /** Takes over the heights that blocks turned out to have; `again` lays out anew where one differs. */
    measure(again = true) {
        let differs = false;
        for (const [name, block] of this.blocks) {
            const { height } = block.node.getBoundingClientRect();
            if (!height) continue;
            const shape = this.shapeOf(block.zone);
            const known = this.heights.get(name);
            if (known?.shape === shape && Math.abs(known.height - height) < 0.5) continue;
            this.heights.set(name, { shape, height });
            if (shape === "0 0") this.line = height;
            differs = true;
        }
        if (!differs) return;
        if (again) this.layout();
        else this.later ??= requestAnimationFrame(() => {
            this.later = null;
            this.layout();
        });
    }
}

function matches(zone, words) {
    if (!words.length) return true;
    const text = `${zone.name} ${zone.primary ?? ""} ${zone.secondaries.map((one) => one.name).join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
}
