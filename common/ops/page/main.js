// Puts the parts together: the model tells what changed, and only what shows that is asked to show it.

const TICK_MS = 1000;
const CHARTS_EVERY = 5; // ticks: the hour moves on

const model = new Model();
const verdict = new Verdict(model);
const problems = new Problems(model);
const zoneTable = new ZoneTable(model);
const charts = [new PropagationChart(model), new LagChart(model)];
const historyList = new HistoryList(model);

offerThemes();

model.listen((topics) => {
    if (topics.has("zones")) {
        problems.render();
        zoneTable.refilter();
    }
    if (topics.has("zones") || topics.has("status")) verdict.render();
    if (topics.has("history")) historyList.render();
    if (topics.has("episodes")) {
        document.querySelector(".charts").hidden = !model.measured;
        for (const chart of charts) chart.render();
    }
});

let ticks = 0;
setInterval(() => {
    verdict.tick();
    if (document.hidden || !model.daemon) return;
    ticks += 1;
    retellTimes(model.now());
    // What is behind gets further behind without an event.
    if ([...model.zones.values()].some((zone) => !["ok", "none"].includes(toneOf(zone)))) {
        verdict.render();
        problems.render();
        zoneTable.refilter();
    }
    if (ticks % CHARTS_EVERY === 0) for (const chart of charts) chart.render();
}, TICK_MS);

new Feed(model, (state, since) => verdict.feed(state, since));
