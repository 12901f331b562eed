// What both charts share: the frame with its axes, the last hour across, seconds on a logarithmic scale upwards.

const MARGIN = { top: 26, right: 12, bottom: 22, left: 58 };
const CHART_HEIGHT = 220;
const SECOND_TICKS = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600];
const ROOMY_PX = 400;
const MINUTES_APART = 15;

class Chart {
    constructor(host, id, title, axis) {
        this.host = host;
        this.plot = drawn("g");
        this.axes = drawn("g", { class: "axes" });
        this.description = drawn("desc", { id: `${id}-desc` });
        this.axis = axis;
        this.svg = drawn("svg", { role: "img", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-desc` },
            drawn("title", { id: `${id}-title` }, title), this.description, this.axes, this.plot);
        host.replaceChildren(this.svg);
        this.width = 0;
        this.onResize = () => {};
        new ResizeObserver(([{ contentRect }]) => {
            if (Math.abs(contentRect.width - this.width) < 1) return;
            this.onResize();
        }).observe(host);
    }

    /** Lays out for times [start, end] in ms and seconds up to `most`. */
    frame(start, end, most) {
        this.width = Math.max(200, this.host.clientWidth);
        this.start = start;
        this.end = end;
        this.least = SECOND_TICKS[0];
        this.most = SECOND_TICKS.find((tick) => tick >= Math.max(1, most)) ?? most;
        this.right = this.width - MARGIN.right;
        this.bottom = CHART_HEIGHT - MARGIN.bottom;
        setAttribute(this.svg, "viewBox", `0 0 ${this.width} ${CHART_HEIGHT}`);
        setAttribute(this.svg, "width", String(this.width));
        setAttribute(this.svg, "height", String(CHART_HEIGHT));
        const axes = [];
        for (const tick of SECOND_TICKS) {
            if (tick > this.most) break;
            const y = this.y(tick);
            axes.push(drawn("line", { x1: MARGIN.left, x2: this.right, y1: y, y2: y, class: tick === this.least ? "base" : "rule" }),
                drawn("text", { x: MARGIN.left - 8, y: y + 4, "text-anchor": "end" }, duration(tick)));
        }
        const apart = MINUTES_APART * 60000;
        for (let at = Math.ceil(start / apart) * apart; at <= end; at += apart) {
            const x = this.x(at);
            axes.push(drawn("line", { x1: x, x2: x, y1: this.bottom, y2: this.bottom + 4, class: "base" }),
                drawn("text", { x, y: this.bottom + 17, "text-anchor": "middle" }, minuteTime(at)));
        }
        axes.push(drawn("text", { x: MARGIN.left, y: 12 }, `↑ ${this.axis}, logarithmic`));
        if (this.width > ROOMY_PX) axes.push(drawn("text", { x: this.right, y: 12, "text-anchor": "end" }, "local time →"));
        this.axes.replaceChildren(...axes);
    }

    x(at) {
        return round(MARGIN.left + ((at - this.start) / (this.end - this.start)) * (this.right - MARGIN.left));
    }

    y(seconds) {
        const up = Math.log(Math.max(seconds, this.least) / this.least) / Math.log(this.most / this.least);
        return round(this.bottom - Math.min(1, up) * (this.bottom - MARGIN.top));
    }

    /** The time at a pointer's place, or null beside the plot. */
    timeAt(event) {
        const x = event.clientX - this.svg.getBoundingClientRect().left;
        if (x < MARGIN.left - 6 || x > this.right + 6) return null;
        return this.start + ((x - MARGIN.left) / (this.right - MARGIN.left)) * (this.end - this.start);
    }
}

function round(number) {
    return Math.round(number * 10) / 10;
}

/** The value below which `part` of the sorted numbers lie. */
function quantile(sorted, part) {
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
