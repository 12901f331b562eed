// Words and figures: how counts, durations and times are told. Pure functions.

const grouped = new Intl.NumberFormat("en");

function count(number) {
    return grouped.format(number);
}

function plural(number, one, many = one + "s") {
    return `${count(number)} ${number === 1 ? one : many}`;
}

/** "a", "a and b", "a, b and 3 more": at most `most` names are told. */
function listed(names, most = 3) {
    const told = names.slice(0, most);
    if (names.length > most) return `${told.join(", ")} and ${count(names.length - most)} more`;
    return told.length < 2 ? told.join("") : `${told.slice(0, -1).join(", ")} and ${told.at(-1)}`;
}

/** Seconds as "14 ms", "2.3 s", "4 min 12 s", "3 h 20 min", "5 d 3 h". */
function duration(seconds) {
    if (seconds === 0) return "0 s";
    if (seconds < 0.0005) return "< 1 ms";
    if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
    if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return two(whole, 60, "min", 1, "s");
    if (whole < 86400) return two(whole, 3600, "h", 60, "min");
    return two(whole, 86400, "d", 3600, "h");
}

function two(whole, large, largeUnit, small, smallUnit) {
    const rest = Math.floor((whole % large) / small);
    return `${Math.floor(whole / large)} ${largeUnit}` + (rest ? ` ${rest} ${smallUnit}` : "");
}

/** The same with one unit, which changes less often: "20 s", "4 min", "3 h", "5 d". */
function roughly(seconds) {
    if (seconds < 60) return `${Math.max(5, Math.floor(seconds / 5) * 5)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} d`;
}

/** Seconds from now (negative: ago) as "just now", "20 s ago", "in 3 h". */
function relative(seconds) {
    if (Math.abs(seconds) < 5) return "just now";
    return seconds < 0 ? `${roughly(-seconds)} ago` : `in ${roughly(seconds)}`;
}

/** With a capital, unless it begins with a name of somebody's choice. */
function sentence(text, begins) {
    return begins && text.startsWith(begins) ? text : text[0].toUpperCase() + text.slice(1);
}

const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minuteFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const fullFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

const clockTime = (milliseconds) => clockFormat.format(milliseconds);
const minuteTime = (milliseconds) => minuteFormat.format(milliseconds);
const fullTime = (milliseconds) => fullFormat.format(milliseconds);

function octets(number) {
    if (number < 10000) return plural(number, "octet");
    if (number < 1e7) return `${count(Math.round(number / 1000))} kB`;
    return `${count(Math.round(number / 1e6))} MB`;
}

/** Orders names as RFC 4034 section 6.1 does, near enough for reading: by the labels from the right. */
function nameKey(name) {
    return name.toLowerCase().split(".").reverse().join("\u0000");
}
