// The line to the daemon. Asks for everything whenever the event stream opens, then follows the stream. A stream
// that breaks is opened again by the browser, one that was refused by us, and everything is asked for then, as a
// daemon has only so many streams to give; a silent one is found out by asking.

const SILENCE_MS = 20000;
const ANSWER_MS = 5000;
const GRACE_MS = 600; // a stream that is back sooner was not lost
const RETRY_MS = [500, 1000, 2000, 4000, 8000];

class Feed {
    /** `show(state, since)`: connecting, live, polling (no stream to be had) or lost; `since` in ms. */
    constructor(model, show) {
        this.model = model;
        this.show = show;
        this.stream = null;
        this.waiting = null; // events that came while everything was being asked for
        this.tries = 0;
        this.heard = Date.now();
        this.lostAt = null;
        this.grace = null;
        this.retry = null;
        this.show("connecting", null);
        this.open();
        setInterval(() => this.watch(), ANSWER_MS);
        document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.watch());
    }

    open() {
        this.retry = null;
        this.stream?.close();
        const stream = new EventSource("api/events");
        this.stream = stream;
        stream.onopen = () => this.askAll();
        stream.onerror = () => this.broken();
        const take = (event, apply) => stream.addEventListener(event, (message) => {
            this.heard = Date.now();
            const step = () => apply(message.data ? JSON.parse(message.data) : null);
            if (this.waiting) this.waiting.push(step);
            else step();
        });
        take("zone", (zone) => this.model.takeZone(zone));
        take("removed", ({ name }) => this.model.removeZone(name));
        take("history", (entry) => this.model.addEntry(entry));
        take("propagation", (episode) => this.model.addEpisode(episode));
        stream.addEventListener("reset", () => this.askAll());
    }

    async askAll() {
        if (this.waiting) {
            this.again = true;
            return;
        }
        this.waiting = [];
        do {
            this.again = false;
            try {
                const [propagation, status, history] =
                    await Promise.all([askIfThere("api/propagation"), ask("api/status"), ask("api/history")]);
                this.model.takePropagation(propagation);
                this.model.takeStatus(status);
                this.model.takeHistory(history);
                this.model.tell(); // what is said to be live is on the page
                this.found();
            } catch {
                this.again = false;
                this.waiting = null;
                this.lost();
                this.later();
                return;
            }
        } while (this.again);
        const steps = this.waiting;
        this.waiting = null;
        for (const step of steps) step();
    }

    found() {
        const live = this.stream.readyState === EventSource.OPEN;
        clearTimeout(this.grace);
        this.grace = null;
        if (live) this.tries = 0;
        this.lostAt = null;
        this.heard = Date.now();
        this.show(live ? "live" : "polling", null);
    }

    broken() {
        this.lostAt ??= Date.now();
        this.grace ??= setTimeout(() => this.lost(), GRACE_MS);
        if (this.stream.readyState === EventSource.CLOSED) {
            this.askAll();
            this.later();
        }
    }

    lost() {
        this.lostAt ??= Date.now();
        this.show("lost", this.lostAt);
    }

    later() {
        if (this.retry !== null) return;
        const wait = RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)];
        this.retry = setTimeout(() => this.open(), wait);
    }

    /** A cable that is pulled closes nothing: after a silence the daemon is asked whether it is there. */
    async watch() {
        if (this.lostAt !== null || this.waiting || Date.now() - this.heard < SILENCE_MS) return;
        this.heard = Date.now();
        try {
            const answer = await fetch("healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
            if (!answer.ok) throw new Error(`healthz answered ${answer.status}`);
        } catch {
            this.lost();
            this.later();
        }
    }
}

async function ask(path) {
    const answer = await get(path);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
}

/** Null where the daemon has no such thing: the page does without the charts then. */
async function askIfThere(path) {
    const answer = await get(path);
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
}

function get(path) {
    return fetch(path, { cache: "no-store", signal: AbortSignal.timeout(4 * ANSWER_MS) });
}
