// What a state means: its word, its tone, and whether it is a trouble that somebody should look at. Pure functions.

// A change is on its way for milliseconds; longer than this it is behind.
const GRACE_SECONDS = 5;

const WORDS = {
    "in-sync": ["in step", "ok"],
    behind: ["behind", "warn"],
    unreachable: ["unreachable", "bad"],
    refused: ["refused", "bad"],
    unknown: ["no word yet", "none"],
    serving: ["serving", "ok"],
    failed: ["failed", "bad"],
    expired: ["expired", "bad"],
    empty: ["empty", "warn"],
};

const RANKS = { ok: 0, none: 1, busy: 2, warn: 3, bad: 4 };

function worst(tones) {
    return tones.reduce((one, other) => (RANKS[other] > RANKS[one] ? other : one), "ok");
}

/** Seconds behind now: what the daemon said, and the time since while it was behind. Null where unknown. */
function lagOf(part, zone) {
    if (part.lag_seconds === null || part.lag_seconds === undefined) return null;
    if (part.lag_seconds === 0) return 0;
    return part.lag_seconds + (performance.now() - zone.receivedAt) / 1000;
}

function onItsWay(part, zone) {
    const lag = lagOf(part, zone);
    return !part.last_error && lag !== null && lag < GRACE_SECONDS;
}

/** {word, tone} of a zone's secondary. */
function judgePeer(secondary, zone) {
    const [word, tone] = WORDS[secondary.state] ?? [secondary.state, "none"];
    if (secondary.state === "behind" && onItsWay(secondary, zone)) return { word: "on its way", tone: "busy" };
    return { word, tone };
}

/** {word, tone} of the zone itself, without its secondaries. */
function judgeZone(zone) {
    const [word, tone] = WORDS[zone.state] ?? [zone.state, "none"];
    if (tone !== "ok") return { word, tone };
    if (zone.error) return { word: "serving the old", tone: "warn" };
    if (zone.last_error) return { word: "serving, not refreshed", tone: "warn" };
    if (zone.lag_seconds > 0) {
        return onItsWay(zone, zone) ? { word: "serving, on its way", tone: "busy" } : { word: "serving, behind", tone: "warn" };
    }
    if (zone.persisted === false) return { word: "serving, not stored", tone: "warn" };
    return { word, tone };
}

function toneOf(zone) {
    return worst([judgeZone(zone).tone, ...zone.secondaries.map((one) => judgePeer(one, zone).tone)]);
}

/** Something that somebody should look at, not a change on its way. */
function isTrouble(zone) {
    return RANKS[toneOf(zone)] >= RANKS.warn;
}

/** What "only what is behind" keeps: all that is not in step. */
function isBehind(zone) {
    return toneOf(zone) !== "ok";
}
