// The lag chart: for each moment of the last hour how long the pair furthest behind had been behind, of all zones or of
// one. Each episode is a ramp from nothing, when the serial was served, to its length, when it was seen.

class LagChart {
    constructor(model) {
        this.model = model;
        this.chart = new Chart(byId("lag"), "lag-chart", "Lag in the last hour", "lag");
        this.chart.onResize = () => this.render();
        this.readout = byId("lag-readout");
        byId("lag-zone").addEventListener("input", () => this.render());
        byId("lag-zone").addEventListener("focus", () => this.offer());
        this.chart.svg.addEventListener("pointermove", (event) => this.point(event));
        this.chart.svg.addEventListener("pointerleave", () => setText(this.readout, this.summary));
    }

    /** The zones that have something to show. */
    offer() {
        const names = [...new Set(this.model.recent().map((one) => one.zone))].sort();
        byId("lag-zones").replaceChildren(...names.slice(0, 1000).map((name) => element("option", { value: name })));
    }

    chosen() {
        const typed = byId("lag-zone").value.trim().toLowerCase();
        if (!typed) return null;
        return typed.endsWith(".") ? typed : `${typed}.`;
    }

    render() {
        const { model, chart } = this;
        const zone = this.chosen();
        const end = model.now();
        const start = end - model.windowSeconds * 1000;
        this.episodes = model.recent().filter((one) => !zone || one.zone.toLowerCase() === zone)
            .map((one) => ({ ...one, lasted: model.lasted(one), end: one.until ?? end }));
        const most = this.episodes.reduce((sum, one) => Math.max(sum, one.lasted), 0);
        chart.frame(start, end, most);
        const steps = this.steps(start, end);
        let line = `M${MARGIN.left} ${chart.bottom}`;
        steps.forEach((lag, step) => {
            line += lag ? `V${chart.y(lag)}H${MARGIN.left + step + 1}` : `V${chart.bottom}H${MARGIN.left + step + 1}`;
        });
        chart.plot.replaceChildren(drawn("path", { d: `${line}V${chart.bottom}Z`, class: "area" }));
        this.summary = this.summarise(zone, most);
        setText(this.readout, this.summary);
        setText(chart.description, `${this.summary} Every change is in the table after the charts.`);
    }

    /** The most lag in each pixel's time; 0 where all were in step. */
    steps(start, end) {
        const steps = new Float64Array(Math.max(1, Math.floor(this.chart.right - MARGIN.left)));
        const wide = (end - start) / steps.length;
        for (const one of this.episodes) {
            const first = Math.max(0, Math.floor((one.from - start) / wide));
            const last = Math.min(steps.length - 1, Math.floor((one.end - start) / wide));
            for (let step = first; step <= last; ++step) {
                const lag = (Math.min(one.end, start + (step + 1) * wide) - one.from) / 1000;
                steps[step] = Math.max(steps[step], lag, 0.001);
            }
        }
        return steps;
    }

    summarise(zone, most) {
        if (zone && ![...this.model.zones.keys()].some((name) => name.toLowerCase() === zone)) return `There is no zone ${zone} here.`;
        if (!this.episodes.length) return zone ? `No lag of ${zone} seen in the last hour.` : "No lag seen in the last hour.";
        const open = this.episodes.filter((one) => one.until === null);
        const peak = this.episodes.find((one) => one.lasted === most);
        const told = `At most ${duration(most)} (${zone ? "" : `${peak.zone}, `}${peak.peer})`;
        return open.length ? `${told}; ${plural(open.length, "copy", "copies")} behind now.` : `${told}.`;
    }

    point(event) {
        const at = this.chart.timeAt(event);
        if (at === null) return;
        const near = (this.chart.end - this.chart.start) / (this.chart.right - MARGIN.left) * 2;
        const there = this.episodes.filter((one) => one.from <= at + near && one.end >= at - near);
        const lag = there.reduce((most, one) => Math.max(most, Math.min(one.end, at + near) - one.from), 0) / 1000;
        setText(this.readout, `${clockTime(at)}: ${there.length ? duration(lag) : "all in step"}`);
    }
}
