// Elements. What comes from the daemon becomes text nodes and attribute values only, never markup.

const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);

function put(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
}

function element(tag, attributes = {}, ...children) {
    return put(document.createElement(tag), attributes, children);
}

function drawn(tag, attributes = {}, ...children) {
    return put(document.createElementNS(SVG, tag), attributes, children);
}

/** Writes only what differs: an unchanged text is not announced, selected or laid out again. */
function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

function setAttribute(node, name, value) {
    if (value === null || value === undefined || value === "") {
        if (node.hasAttribute(name)) node.removeAttribute(name);
    } else if (node.getAttribute(name) !== value) {
        node.setAttribute(name, value);
    }
}

// One outline a tone, so that states differ without colour.
const OUTLINES = {
    ok: "M6 0a6 6 0 1 1 0 12a6 6 0 1 1 0-12zM5 9.2l4.6-4.6-1.2-1.2L5 6.8 3.6 5.4 2.4 6.6z",
    busy: "M6 0a6 6 0 1 1 0 12a6 6 0 1 1 0-12zM6 2a4 4 0 1 0 0 8z",
    warn: "M6 .3L12 11.5H0zM5.2 4.2v3.6h1.6V4.2zM5.2 8.8v1.5h1.6V8.8z",
    bad: "M3.5 0h5L12 3.5v5L8.500 12h-5L0 8.500v-5zM3.200 4.500L4.700 6 3.200 7.500l1.300 1.300L6 7.300l1.500 1.500 1.300-1.300L7.300 6l1.500-1.500-1.300-1.300L6 4.700 4.500 3.200z",
    none: "M6 0a6 6 0 1 1 0 12a6 6 0 1 1 0-12zM6 2a4 4 0 1 0 0 8a4 4 0 1 0 0-8z",
};

function mark(tone) {
    return drawn("svg", { class: `mark ${tone}`, viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" },
        drawn("path", { d: OUTLINES[tone] ?? OUTLINES.none, "fill-rule": "evenodd", fill: "currentColor" }));
}

/** A moment, told as relative to now and kept so by retellTimes(). `text` is RFC 3339. */
function moment(text, now) {
    const node = element("time", { datetime: text, title: fullTime(Date.parse(text)) });
    retell(node, now);
    return node;
}

function retell(node, now) {
    setText(node, relative((Date.parse(node.dateTime) - now) / 1000));
}

function retellTimes(now) {
    for (const node of document.querySelectorAll("time[datetime]")) retell(node, now);
}
