// The account on Replicate: its models and versions, and their disappearance as it happens.

import { byId, el } from "./dom.js";
import { formatDate } from "./dates.js";

/** As many versions have a line each; of more there is a field of dots. */
const MOST_LINES = 12;

const shown = new Map();
let first = true;

/** Forgets what was shown, as in another world, in which nothing has vanished yet. */
export function forgetReplicate() {
  shown.clear();
  byId("models").replaceChildren();
  first = true;
}

/** Brings the panel in line with a snapshot; what is gone fades out first. Null: there is nothing to show. */
export function drawReplicate(snapshot) {
  const panel = byId("replicate");
  panel.hidden = !snapshot;
  byId("panel-toggle").hidden = !snapshot;
  if (!snapshot) return;
  const models = ownFirst(snapshot.models ?? [], snapshot.account);
  byId("replicate-account").textContent = accountLine(snapshot, models);
  reconcile(byId("models"), shown, models.map((model) => ({ key: nameOf(model), item: model })), modelCard);
  first = false;
}

function ownFirst(models, account) {
  const foreign = (model) => Boolean(account) && model.owner !== account;
  const marked = models.map((model) => ({ ...model, foreign: foreign(model) }));
  return [...marked.filter((model) => !model.foreign), ...marked.filter((model) => model.foreign)];
}

function accountLine(snapshot, models) {
  const own = models.filter((model) => !model.foreign);
  const versions = own.reduce((count, model) => count + model.versions.length, 0);
  return [snapshot.account && `Account ${snapshot.account}`, counted(own.length, "model"), counted(versions, "version")].filter(Boolean).join(" · ");
}

function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function nameOf(model) {
  return `${model.owner}/${model.name}`;
}

/** Keeps one node a key, in order; `build(item)` gives `{node, update(item)}`. */
function reconcile(container, nodes, items, build) {
  const present = new Set(items.map(({ key }) => key));
  for (const [key, entry] of nodes) {
    if (!present.has(key)) {
      nodes.delete(key);
      vanish(entry.node, key);
    }
  }
  items.forEach(({ key, item }) => {
    const known = nodes.get(key) ?? build(item);
    known.update(item);
    if (!nodes.has(key)) container.append(known.node);
    nodes.set(key, known);
  });
  sorted(container, items.map(({ key }) => nodes.get(key).node));
}

function sorted(container, wanted) {
  const present = [...container.children].filter((node) => wanted.includes(node));
  if (wanted.some((node, index) => present[index] !== node)) container.append(...wanted);
}

function vanish(node, key) {
  byId("replicate-news").textContent = `${key} is gone from Replicate.`;
  if (node.matches(".dot")) {
    node.classList.add("gone");
    setTimeout(() => node.remove(), 600);
    return;
  }
  node.classList.add("vanishing");
  node.style.height = `${node.offsetHeight}px`;
  requestAnimationFrame(() => requestAnimationFrame(() => node.classList.add("folding")));
  setTimeout(() => node.remove(), 1100);
}

function modelCard(model) {
  const versions = new Map();
  const many = model.versions.length > MOST_LINES;
  const list = el("ul", many ? { class: "versions dots", role: "img" } : { class: "versions", aria: { label: `Versions of ${nameOf(model)}` } });
  const sum = el("p", { class: "sum", hidden: !many });
  const tags = el("p", { class: "tags" });
  const none = el("p", { class: "no-versions" }, "No versions");
  const node = el("section", { class: first ? "model" : "model arriving", dataset: { model: nameOf(model) } },
    el("div", { class: "model-head" }, el("h3", {}, el("span", { class: "owner" }, `${model.owner}/`), el("wbr"), model.name), tags), sum, list, none);
  const update = (now) => {
    tags.replaceChildren(...modelTags(now));
    none.hidden = now.versions.length > 0;
    node.classList.toggle("foreign", now.foreign);
    reconcile(list, versions, now.versions.map((version) => ({ key: `${nameOf(now)}:${version.id}`, item: version })), many ? versionDot : versionRow);
    if (many) list.setAttribute("aria-label", `${nameOf(now)}: ${(sum.textContent = summary(now.versions))}`);
  };
  return { node, update };
}

function modelTags(model) {
  return [model.foreign && tag("not yours"), tag(model.visibility)].filter(Boolean);
}

/** What keeps a version from being deleted, in a word or two; the whole is in the tooltip. */
const USES = { "run by": "run by others", "base of": "base of training", "deployed as": "deployed", "used by": "override" };

function useTag(use) {
  const start = use.split(" ").slice(0, 2).join(" ");
  return tag(USES[start] ?? use, use);
}

function tag(words, title = words) {
  return el("span", { class: `tag ${words.split(" ")[0]}`, title }, words);
}

function summary(versions) {
  const deleting = versions.filter((version) => version.state === "deleting").length;
  const used = versions.filter((version) => version.in_use.length > 0).length;
  return [counted(versions.length, "version"), used && `${used} in use`, deleting && `${deleting} being deleted`].filter(Boolean).join(" · ");
}

function versionDot(version) {
  const node = el("li", { class: "version dot", dataset: { version: version.id } });
  const update = (now) => {
    node.classList.toggle("deleting", now.state === "deleting");
    node.classList.toggle("used", now.in_use.length > 0);
    node.title = [now.id.slice(0, 12), withoutThisYear(formatDate(new Date(now.created_at).getTime() / 1000, "{date_short}")), ...now.in_use].join(" · ");
  };
  return { node, update };
}

function versionRow(version) {
  const state = el("span", { class: "state" });
  const tags = el("span", { class: "tags" });
  const node = el("li", { class: "version", dataset: { version: version.id }, title: version.id },
    el("code", {}, version.id.length > 12 ? version.id.slice(0, 12) : version.id), created(version), tags, state);
  const update = (now) => {
    const deleting = now.state === "deleting";
    node.classList.toggle("deleting", deleting);
    state.textContent = deleting ? "deleting…" : "";
    tags.replaceChildren(...now.in_use.map(useTag));
  };
  return { node, update };
}

function created(version) {
  const moment = new Date(version.created_at);
  if (!version.created_at || Number.isNaN(moment.getTime())) return null;
  return el("time", { datetime: version.created_at, title: moment.toLocaleString() }, withoutThisYear(formatDate(moment.getTime() / 1000, "{date_short}")));
}

function withoutThisYear(words) {
  return words.replace(`, ${new Date().getFullYear()}`, "");
}
