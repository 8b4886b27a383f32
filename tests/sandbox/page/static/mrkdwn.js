// Slack's text formats -> DOM nodes: mrkdwn, the `markdown` block's Markdown, and plain text.
// Source: "Formatting message text" in Slack's reference.

import { el, link } from "./dom.js";
import { formatDate } from "./dates.js";
import { EMOJI, emoji } from "./emoji.js";

const MRKDWN = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<entity>[^<>\\n]+)>",
    styled("\\*", "bold"),
    styled("_", "italic"),
    styled("~", "strike"),
    ":(?<shortcode>[a-z0-9_+'-]+):",
  ].join("|"),
  "gu",
);

const MARKDOWN = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "!?\\[(?<label>[^\\]\\n]+)\\]\\((?<address>[^)\\s]+)\\)",
    "<(?<entity>[^<>\\n]+)>",
    "\\*\\*(?<bold>\\S(?:[^\\n]*?\\S)?)\\*\\*",
    "(?<![\\w*])[*_](?<italic>[^\\s*_](?:[^*_\\n]*[^\\s*_])?)[*_](?!\\w)",
    "~~(?<strike>\\S(?:[^\\n]*?\\S)?)~~",
    ":(?<shortcode>[a-z0-9_+'-]+):",
  ].join("|"),
  "gu",
);

/** Slack's own mrkdwn, as in messages and `mrkdwn` text objects. */
export function mrkdwn(text, people) {
  return blockwise(text, (line) => inline(line, MRKDWN, people), /^(?:>|&gt;) ?/);
}

/** What a `markdown` block may hold: ordinary Markdown, plus mentions. */
export function markdown(text, people) {
  return blockwise(text, (line) => markdownLine(line, people), /^> ?/);
}

/** A `plain_text` object: shortcodes become emoji, nothing else means anything. */
export function plain(object) {
  const text = typeof object === "string" ? object : (object?.text ?? "");
  return object?.emoji === false ? decoded(text) : emojified(decoded(text));
}

/** A text object of either type. */
export function textObject(object, people) {
  return object?.type === "mrkdwn" ? mrkdwn(object.text ?? "", people) : [plain(object)];
}

/** `<@U1>`, `<#C1>`, `<!subteam^S1>`, `<!here>`, `<!date^...>` or `<https://...|label>`, without its brackets. */
export function entity(inside, people) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? null : decoded(inside.slice(bar + 1));
  if (target.startsWith("@")) return mention(`@${people.personName(target.slice(1)) ?? label ?? target.slice(1)}`, people.isMe(target.slice(1)));
  if (target.startsWith("#")) return mention(`#${people.channelName(target.slice(1)) ?? label ?? target.slice(1)}`);
  if (target.startsWith("!subteam^")) return group(target.slice(9), label, people);
  if (target.startsWith("!date^")) return dateToken(target.slice(6), label);
  if (target.startsWith("!")) return mention(`@${target.slice(1)}`, true);
  return link(decoded(target), label ? emojified(label) : decoded(target).replace(/^mailto:/, ""));
}

/** A person, channel or group named in a message. */
export function mention(text, strong = false) {
  return el("span", { class: strong ? "mention strong" : "mention" }, text);
}

/** A user group named in a message. */
export function group(id, label, people) {
  const handle = people.groupHandle(id);
  return mention(handle ? `@${handle}` : (label ?? `@${id}`), people.inGroup(id));
}

function dateToken(rest, fallback) {
  const [seconds, template = "", ...address] = rest.split("^");
  const text = formatDate(Number(seconds), decoded(template)) ?? fallback ?? rest;
  const time = el("time", { title: new Date(Number(seconds) * 1000).toLocaleString() }, text);
  return address.length ? link(address.join("^"), time) : time;
}

function styled(mark, name) {
  const edge = `[\\p{L}\\p{N}${mark}]`;
  const inner = `(?:<[^<>\\n]*>|\`[^\`\\n]*\`|[^\\n${mark}])`;
  return `(?<!${edge})${mark}(?=\\S)(?<${name}>${inner}+?)(?<=\\S)${mark}(?!${edge})`;
}

const LIST_ITEM = /^(\s*)(•|◦|▪|▪️|-|–|\d+[.)])\s+/;

function blockwise(text, line, quoteMark) {
  const nodes = [];
  text.split("```").forEach((piece, index, pieces) => {
    const closed = index % 2 === 1 && index < pieces.length - 1;
    if (closed) nodes.push(el("pre", {}, decoded(piece.replace(/^\n|\n$/g, ""))));
    else nodes.push(...lines(index % 2 ? "```" + piece : piece, line, quoteMark, index > 0));
  });
  return nodes;
}

function lines(piece, line, quoteMark, afterCode) {
  const nodes = [];
  let rows = piece.split("\n");
  if (afterCode && rows[0] === "") rows = rows.slice(1);
  let quote = null;
  for (const row of rows) {
    if (quoteMark.test(row)) {
      quote ??= nodes[nodes.push(el("blockquote")) - 1];
      quote.append(el("div", { class: "line" }, line(row.replace(quoteMark, ""))));
    } else {
      quote = null;
      nodes.push(lineOf(row, line));
    }
  }
  if (nodes.length && rows.at(-1) === "") nodes.pop();
  return nodes;
}

function lineOf(row, line) {
  const item = LIST_ITEM.exec(row);
  if (!item) return el("div", { class: row.trim() ? "line" : "line blank" }, line(row));
  const depth = String(Math.min(Math.floor(item[1].length / 2), 4));
  return el("div", { class: "line item", dataset: { depth } }, el("span", { class: "bullet" }, item[2]), el("span", {}, line(row.slice(item[0].length))));
}

function markdownLine(row, people) {
  const heading = /^(#{1,6})\s+(.*)$/.exec(row);
  if (heading) return el("span", { class: "md-heading", dataset: { level: String(heading[1].length) } }, inline(heading[2], MARKDOWN, people));
  return inline(row, MARKDOWN, people);
}

function inline(text, rule, people) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(rule)) {
    if (match.index > from) nodes.push(decoded(text.slice(from, match.index)));
    nodes.push(styledNode(match, rule, people));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(decoded(text.slice(from)));
  return nodes;
}

function styledNode(match, rule, people) {
  const { code, entity: inside, bold, italic, strike, shortcode, label, address } = match.groups;
  if (code !== undefined) return el("code", {}, decoded(code));
  if (inside !== undefined) return entity(inside, people);
  if (label !== undefined) return link(address, inline(label, rule, people));
  if (bold !== undefined) return el("strong", {}, inline(bold, rule, people));
  if (italic !== undefined) return el("em", {}, inline(italic, rule, people));
  if (strike !== undefined) return el("s", {}, inline(strike, rule, people));
  return emoji(shortcode) ?? match[0];
}

function emojified(text) {
  return text.replace(/:([a-z0-9_+'-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}

function decoded(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}
