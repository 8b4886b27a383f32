// Building elements. Text always becomes a text node: nothing from the server is ever read as HTML.

/** An element with properties (`class`, `on`, `aria`, `dataset`, attributes) and children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "on") Object.entries(value).forEach(([event, listener]) => element.addEventListener(event, listener));
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "style") Object.assign(element.style, value);
  else if (name === "aria") Object.entries(value).forEach(([key, text]) => element.setAttribute(`aria-${key}`, String(text)));
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** The element with this id, which index.html must have. */
export function byId(id) {
  return document.getElementById(id);
}

/** Only addresses a message may link to; anything else is shown as text. */
export function safeAddress(address) {
  return /^(https?:|mailto:|tel:)/i.test(address ?? "") ? address : null;
}

/** A link that opens elsewhere, or its text alone where the address is not one to follow. */
export function link(address, ...children) {
  const href = safeAddress(address);
  return href ? el("a", { href, target: "_blank", rel: "noreferrer noopener" }, ...children) : el("span", {}, ...children);
}

/** The square with a person's initials, or the app's mark. */
export function avatar(author, extra = "") {
  const given = `#${(author.colour ?? "").replace("#", "")}`;
  const colour = /^#[0-9a-f]{6}$/i.test(given) ? given : "#5b6b7a";
  const style = author.is_bot ? {} : { backgroundColor: colour, color: readableOn(colour) };
  const face = author.is_bot ? icon("bin") : initials(author.name ?? "?");
  return el("span", { class: `avatar ${author.is_bot ? "app" : ""} ${extra}`, style, aria: { hidden: true } }, face);
}

const PATHS = {
  bin: "M8 2h4l1 1.5h4V5H3V3.5h4L8 2ZM4 6.5h12l-.9 11.5H4.9L4 6.5Zm3.2 2 .4 7.5h1.2l-.3-7.5H7.2Zm4.3 0-.3 7.5h1.2l.4-7.5h-1.3Z",
  eye: "M10 4C5.6 4 2.4 7.4 1 10c1.4 2.6 4.6 6 9 6s7.6-3.4 9-6c-1.4-2.6-4.6-6-9-6Zm0 10a4 4 0 1 1 0-8 4 4 0 0 1 0 8Zm0-2a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  linked: "M7 7V3h10v10h-4v4H3V7h4Zm1.5 0H13v4.5h2.5v-7h-7V7Zm3 1.5h-7v7h7v-7Z",
  barred: "M10 1.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM4.5 8.5v3h11v-3h-11Z",
  cross: "M4.2 2.1 10 7.9l5.8-5.8 2.1 2.1L12.1 10l5.8 5.8-2.1 2.1L10 12.1l-5.8 5.8-2.1-2.1L7.9 10 2.1 4.2l2.1-2.1Z",
  tick: "M4 1.5h12A2.5 2.5 0 0 1 18.5 4v12a2.5 2.5 0 0 1-2.5 2.5H4A2.5 2.5 0 0 1 1.5 16V4A2.5 2.5 0 0 1 4 1.5Zm4.6 9.1L6.1 8.1l-1.7 1.7 4.2 4.2 7-7-1.7-1.7-5.3 5.3Z",
  triangle: "M10 1.5 19.2 18H.8L10 1.5ZM9 7.2v5.6h2V7.2H9Zm0 7v2h2v-2H9Z",
  speech: "M3.5 3h13A1.5 1.5 0 0 1 18 4.5v8a1.5 1.5 0 0 1-1.5 1.5H9l-4.5 4v-4h-1A1.5 1.5 0 0 1 2 12.5v-8A1.5 1.5 0 0 1 3.5 3Z",
  house: "M10 2 1.5 9.5l1.3 1.5L4 10v8h4.5v-5h3v5H16v-8l1.2 1 1.3-1.5L10 2Z",
  bolt: "M11.5 1 3 11.5h5L7.5 19 17 7.8h-5.6L11.5 1Z",
  dots: "M4 8.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6Zm6 0a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6Zm6 0a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6Z",
  bars: "M2 4h16v2.2H2V4Zm0 4.9h16v2.2H2V8.9Zm0 4.9h16V16H2v-2.2Z",
  bulb: "M10 1.5A6.2 6.2 0 0 0 6.5 12.8V15h7v-2.2A6.2 6.2 0 0 0 10 1.5ZM7 16.2h6v1.3c0 .6-.5 1-1 1H8c-.6 0-1-.4-1-1v-1.3Z",
  lock: "M6 8V6a4 4 0 0 1 8 0v2h1.5v9h-11V8H6Zm1.7 0h4.6V6a2.3 2.3 0 0 0-4.6 0v2Z",
};

/** One of the page's own little pictures, in the colour of the text. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${name}`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

function initials(name) {
  const words = name.replace(/\(.*\)/, "").split(/[\s._-]+/).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words[1][0] : (words[0] ?? "?").slice(0, 2)).toUpperCase();
}

function readableOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((start) => linear(parseInt(colour.slice(start, start + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.25 ? "#1d1c1d" : "#ffffff";
}

function linear(channel) {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
