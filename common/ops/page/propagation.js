// The propagation chart: one mark an episode. Peers differ by the mark's shape; what is still behind is hollow.

const SHAPES = [
    (x, y, size) => `M${x - 3 * size} ${y}a${3 * size} ${3 * size} 0 1 0 ${6 * size} 0a${3 * size} ${3 * size} 0 1 0${-6 * size} 0z`,
    (x, y, size) => `M${x - 2.7 * size} ${y - 2.7 * size}h${5.4 * size}v${5.4 * size}h${-5.4 * size}z`,
    (x, y, size) => `M${x} ${y - 4 * size}l${4 * size} ${4 * size}${-4 * size} ${4 * size}${-4 * size}${-4 * size}z`,
    (x, y, size) => `M${x} ${y - 3.6 * size}l${3.8 * size} ${6.6 * size}h${-7.6 * size}z`,
];
const MANY = 600; // marks; more are drawn smaller
const NEAR_PX = 14;
const ROWS_TOLD = 200;

class PropagationChart {
    constructor(model) {
        this.model = model;
        this.chart = new Chart(byId("propagation"), "propagation-chart", "Propagation in the last hour", "time until seen served");
        this.chart.onResize = () => this.render();
        this.readout = byId("propagation-readout");
        this.points = [];
        this.chart.svg.addEventListener("pointermove", (event) => this.point(event));
        this.chart.svg.addEventListener("pointerleave", () => setText(this.readout, this.summary));
        byId("episodes").addEventListener("toggle", () => this.table());
    }

    render() {
        const { model, chart } = this;
        const end = model.now();
        const start = end - model.windowSeconds * 1000;
        const episodes = model.recent().map((one) => ({ ...one, lasted: model.lasted(one) }));
        chart.frame(start, end, episodes.reduce((most, one) => Math.max(most, one.lasted), 0));
        const peers = [...new Set(episodes.map((one) => one.peer))].sort();
        this.legend(peers);
        const shapes = peers.length <= SHAPES.length ? SHAPES : [SHAPES[0]];
        const scale = episodes.length > MANY ? 0.7 : 1;
        const paths = new Map();
        this.points = [];
        for (const one of episodes) {
            const [x, y] = [chart.x(Math.max(start, one.from)), chart.y(one.lasted)];
            this.points.push({ x, y, one });
            const key = `${peers.indexOf(one.peer) % shapes.length}${one.until === null ? " open" : ""}`;
            paths.set(key, (paths.get(key) ?? "") + shapes[parseInt(key, 10)](x, y, scale));
        }
        this.here = drawn("circle", { r: 7, class: "here", visibility: "hidden" });
        chart.plot.replaceChildren(...[...paths].map(([key, d]) => drawn("path", { d, class: `dots shape${key}` })), this.here);
        this.summary = this.summarise(episodes, peers);
        setText(this.readout, this.summary);
        setText(chart.description, `${this.summary} Every change is in the table after the charts.`);
        if (byId("episodes").open) this.table();
    }

    /** Which shape is whose, where there are enough shapes. */
    legend(peers) {
        const told = peers.length > 1 && peers.length <= SHAPES.length ? peers : [];
        const key = JSON.stringify(told);
        if (key === this.legendKey) return;
        this.legendKey = key;
        byId("legend").replaceChildren(...told.map((peer, place) => element("span", {},
            drawn("svg", { viewBox: "0 0 12 12", width: 12, height: 12, class: "mark", "aria-hidden": "true" },
                drawn("path", { d: SHAPES[place](6, 6, 1.3), class: "dots" })), ` ${peer}`)));
    }

    summarise(episodes, peers) {
        if (!episodes.length) return "No change in the last hour.";
        const done = episodes.filter((one) => one.until !== null).sort((one, other) => one.lasted - other.lasted);
        const open = episodes.length - done.length;
        const told = [`${plural(episodes.length, "change")} ${peers.length === 1 ? `with ${peers[0]}` : `with ${peers.length} peers`}`];
        if (done.length) {
            const slowest = done.at(-1);
            told.push(`half within ${duration(quantile(done, 0.5).lasted)}`, `slowest ${duration(slowest.lasted)} (${slowest.peer})`);
        }
        if (open) told.push(`${count(open)} still behind (hollow)`);
        return `${told.join(", ")}.`;
    }

    point(event) {
        const box = this.chart.svg.getBoundingClientRect();
        const [x, y] = [event.clientX - box.left, event.clientY - box.top];
        let nearest = null;
        for (const point of this.points) {
            const distance = Math.hypot(point.x - x, point.y - y);
            if (distance < (nearest?.distance ?? NEAR_PX)) nearest = { ...point, distance };
        }
        setAttribute(this.here, "visibility", nearest ? "visible" : "hidden");
        if (nearest) {
            setAttribute(this.here, "cx", String(nearest.x));
            setAttribute(this.here, "cy", String(nearest.y));
        }
        setText(this.readout, nearest ? tellEpisode(nearest.one) : this.summary);
    }

    /** The charts' content as a table, for whoever does not see them. */
    table() {
        if (!byId("episodes").open) return;
        const episodes = this.model.recent().reverse();
        const told = episodes.slice(0, ROWS_TOLD);
        setText(byId("episodes-caption"), episodes.length > told.length
            ? `The last ${told.length} of ${count(episodes.length)} changes` : plural(episodes.length, "change"));
        byId("episode-rows").replaceChildren(...told.map((one) => element("tr", {},
            element("td", {}, element("span", { title: fullTime(one.from) }, clockTime(one.from))),
            element("th", { scope: "row" }, one.zone), element("td", { class: "number" }, String(one.serial)),
            element("td", {}, one.peer),
            element("td", { class: "number" }, one.until === null ? `behind for ${duration(this.model.lasted(one))}` : duration(this.model.lasted(one))))));
    }
}

function tellEpisode({ zone, peer, serial, from, until, lasted }) {
    const took = until === null ? `behind for ${duration(lasted)}` : `seen after ${duration(lasted)}`;
    return `${clockTime(from)}: ${zone} ${serial}, ${peer}: ${took}`;
}
