// The messages of one channel, redrawn only where they changed, so that focus and place are kept.

import { avatar, byId, el, icon } from "./dom.js";
import { clock, dayDivider } from "./dates.js";
import { renderBlocks, renderText } from "./blocks.js";
import { renderFiles } from "./files.js";
import { isDirect, isPrivate } from "./directory.js";
import { roomMark } from "./sidebar.js";
import { enteredBelow, focusIn, refocus } from "./fields.js";
import { menuButton } from "./menu.js";

const GROUPED_WITHIN = 5 * 60_000;
const drawn = new Map();
/** Pixels from the end within which a person counts as being there. */
const NEAR = 80;
let drawnRoom = null;
let atEnd = true;

/** Keeps whoever is at the end of the messages there, also when the place for them grows or shrinks. */
export function startMessages() {
  const scroll = byId("scroll");
  scroll.addEventListener("scroll", () => { atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR; });
  new ResizeObserver(() => { if (atEnd && byId("messages").offsetParent) scroll.scrollTop = scroll.scrollHeight; }).observe(scroll);
}

/** Brings the list in line with `messages`, oldest first; `context` is what Block Kit needs. */
export function drawMessages(room, messages, context) {
  const list = byId("messages");
  const scroll = byId("scroll");
  const key = `${room.id} ${context.people.viewer}`;
  const moved = key !== drawnRoom;
  atEnd ||= moved;
  if (moved) clear(list);
  drawnRoom = key;
  list.setAttribute("aria-busy", String(moved));
  arrange(list, rowsOf(room, messages, context));
  list.removeAttribute("aria-busy");
  if (atEnd) scroll.scrollTop = scroll.scrollHeight;
}

/** Forgets what was drawn, as in another world. */
export function forgetMessages() {
  clear(byId("messages"));
  drawnRoom = null;
}

function clear(list) {
  list.replaceChildren();
  drawn.clear();
}

function arrange(list, rows) {
  const kept = new Set(rows.map((row) => row.key));
  for (const [key, { element }] of drawn) {
    if (!kept.has(key)) {
      const focused = element.contains(document.activeElement);
      element.remove();
      if (focused) byId("scroll").focus({ preventScroll: true });
      drawn.delete(key);
    }
  }
  let previous = null;
  for (const row of rows) {
    const element = current(row);
    const place = previous ? previous.nextSibling : list.firstChild;
    if (place !== element) list.insertBefore(element, place);
    previous = element;
  }
}

function current(row) {
  const before = drawn.get(row.key);
  if (before?.print === row.print) return before.element;
  const element = row.draw();
  if (before) {
    const focused = focusIn(before.element);
    before.element.replaceWith(element);
    if (focused && !refocus(element, focused)) byId("scroll").focus({ preventScroll: true });
  }
  drawn.set(row.key, { print: row.print, element });
  return element;
}

function rowsOf(room, messages, context) {
  const replies = Map.groupBy(messages.filter(isReply), (message) => message.thread_ts);
  const rows = [];
  let previous = null;
  for (const message of messages.filter((one) => !isReply(one) || one.broadcast)) {
    const date = new Date(message.time);
    if (!previous || dayOf(new Date(previous.time)) !== dayOf(date)) rows.push(dayRow(date));
    const followed = follows(previous, message) && !rows.at(-1).key.startsWith("day");
    rows.push(messageRow(message, { followed, thread: isReply(message) ? [] : (replies.get(message.ts) ?? []), parents: messages, context }));
    previous = message;
  }
  return rows.length ? [beginning(room, context), ...rows] : [emptyRow(room)];
}

function isReply(message) {
  return Boolean(message.thread_ts) && message.thread_ts !== message.ts;
}

function follows(previous, message) {
  return Boolean(previous) && previous.author.id === message.author.id && !previous.ephemeral && !message.ephemeral
    && !message.broadcast && !previous.broadcast && !message.deleted && !previous.deleted
    && new Date(message.time) - new Date(previous.time) < GROUPED_WITHIN;
}

function dayOf(date) {
  return date.toDateString();
}

function dayRow(date) {
  const words = dayDivider(date);
  return { key: `day ${dayOf(date)}`, print: words, draw: () => el("div", { class: "day" }, el("span", {}, words)) };
}

/** What Slack puts before the first message of a channel. */
function beginning(room, { people }) {
  const name = people.roomName(room);
  const draw = () => el("header", { class: "beginning" },
    el("h3", {}, isDirect(room) ? name : [roomMark(room), " ", name]),
    el("p", {}, isDirect(room) ? `Only you and ${name} see this.` : `This is the very beginning of the ${isPrivate(room) ? "private " : ""}channel.`));
  return { key: "beginning", print: name, draw };
}

function emptyRow(room) {
  const words = isDirect(room) ? "What the bot has to tell you alone comes here." : "No messages here yet. Type / below for the bot's commands.";
  return { key: "empty", print: words, draw: () => el("p", { class: "empty" }, words) };
}

function rowKey(message) {
  return `${message.ts}${message.ephemeral ? " ephemeral" : ""}`;
}

function messageRow(message, { followed, thread, parents, context }) {
  return {
    key: rowKey(message),
    print: JSON.stringify([message, followed, thread]),
    draw: () => article(message, { followed, thread, parents, context }),
  };
}

function article(message, { followed, thread, parents, context }) {
  const classes = ["message", followed && "followed", message.ephemeral && "ephemeral"].filter(Boolean).join(" ");
  return el("article", { class: classes, dataset: { ts: message.ts } },
    message.ephemeral && el("p", { class: "only-you" }, icon("eye"), "Only visible to you"),
    message.broadcast && repliedTo(message, parents),
    el("div", { class: "row" },
      el("div", { class: "gutter" }, followed ? el("span", { class: "side-time", aria: { hidden: true } }, shortClock(message)) : avatar(message.author)),
      el("div", { class: "content" }, byline(message, followed, context), body(message, context), threadBelow(thread, context))));
}

function byline(message, followed, context) {
  const when = new Date(message.time);
  return el("p", { class: followed ? "byline visually-hidden" : "byline" },
    el("strong", { class: "author" }, message.author.name),
    message.author.is_bot && el("span", { class: "badge" }, "APP"),
    el("time", { datetime: message.time, title: when.toLocaleString() }, clock(when)),
    !message.ephemeral && !message.deleted && moreButton(message, context));
}

function moreButton(message, context) {
  const entries = () => [
    ...context.shortcuts.map((shortcut) => ({ label: shortcut.name, detail: shortcut.description, act: () => context.shortcut(shortcut, message) })),
    { label: "Delete message", danger: true, act: () => context.remove(message) },
  ];
  const again = () => drawn.get(message.ts)?.element.querySelector(".more");
  return menuButton({ class: "more", title: "More actions", aria: { label: `More actions on the message of ${message.author.name}` } }, icon("dots"), entries, again);
}

function shortClock(message) {
  return clock(new Date(message.time)).replace(/ [AP]M$/, "");
}

function body(message, context) {
  if (message.deleted) return el("p", { class: "gone" }, "This message was deleted.");
  const place = el("div", { class: "body" });
  const press = (action, block_id) => context.press(message, action, block_id, enteredBelow(place));
  const change = (action, block_id, value) => context.change(message, action, block_id, value, enteredBelow(place));
  const suggest = (action, block_id, letters) => context.suggest(message, action, block_id, letters);
  const surface = `${context.people.viewer} ${message.ts}`;
  const inside = () => drawn.get(rowKey(message))?.element ?? place;
  const nodes = message.blocks?.length ? renderBlocks(message.blocks, { ...context, press, change, suggest, surface, entered: message.entered, place: inside }) : renderText(message.text, context.people);
  place.append(...nodes, ...(message.edited ? [el("span", { class: "edited" }, "(edited)")] : []), ...renderFiles(message.files));
  return place;
}

function threadBelow(thread, context) {
  if (!thread.length) return null;
  const words = `${thread.length} ${thread.length === 1 ? "reply" : "replies"}`;
  return el("details", { class: "thread", open: thread.some((reply) => !reply.broadcast) },
    el("summary", {}, words),
    el("div", { class: "replies" }, thread.map((reply) => article({ ...reply, broadcast: false }, { followed: false, thread: [], parents: [], context }))));
}

function repliedTo(message, parents) {
  const parent = parents.find((one) => one.ts === message.thread_ts);
  const words = (parent?.text ?? "an earlier message").replace(/<[^|>]*\|?([^>]*)>/g, "$1").replace(/:[a-z+-][a-z0-9_+'-]*:/g, "").replace(/[*_~`]/g, "").trim().split("\n")[0];
  const jump = () => drawn.get(message.thread_ts)?.element.scrollIntoView({ block: "center", behavior: "smooth" });
  return el("p", { class: "replied" }, "replied to a thread: ", el("button", { type: "button", class: "as-link", on: { click: jump } }, words.length > 80 ? `${words.slice(0, 80)}…` : words));
}
