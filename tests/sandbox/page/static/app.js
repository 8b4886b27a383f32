// The sandbox's page: reads the state, draws it, and sends what a person does.

import { avatar, byId, el, icon } from "./dom.js";
import { drawBeside, startBeside } from "./beside.js";
import { drawCoach, startCoach } from "./coach.js";
import { confirmed } from "./confirm.js";
import { drawComposer, drawExamples, startComposer, take as type } from "./composer.js";
import { Directory, HOME, isDirect, isPrivate } from "./directory.js";
import { drawMessages, forgetMessages, startMessages } from "./messages.js";
import { forgetFields } from "./fields.js";
import { drawPeople, drawRooms, roomMark } from "./sidebar.js";
import { drawReplicate, forgetReplicate } from "./replicate.js";
import {
  askSuggestions, fetchState, listen, sendChoice, sendClick, sendClosing, sendDeletion, sendHomeVisit, sendKill, sendCleanup, sendReset, sendShortcut, sendSubmission, sendSwitch,
  sendText, sendViewClick,
} from "./connection.js";
import { drawHome, drawModal, forgetViews, startModal, tellInModal } from "./views.js";

const chosen = { viewer: null, room: null, ...fromAddress() };
const seen = new Map();
/** Seconds after which a notice is old news, as when the page is opened again. */
const FRESH = 20;
/** Milliseconds for which the sandbox may be gone without a word, as between two worlds. */
const PATIENCE = 2000;
const toasted = new Set();
let state = null;
let people = null;
let asking = null;
let again = false;
let online = false;
let visitor = null;
let world = null;
let lostSince = null;

function fromAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  return { viewer: parts.get("as"), room: parts.get("in") };
}

function toAddress() {
  history.replaceState(null, "", `#${new URLSearchParams({ as: chosen.viewer, in: chosen.room })}`);
}

/** Asks for the state; events during the answer lead to one more question, not to many. */
function refresh() {
  if (asking) {
    again = true;
    return asking;
  }
  asking = load().finally(() => {
    asking = null;
    if (again) {
      again = false;
      refresh();
    }
  });
  return asking;
}

async function load() {
  const asked = chosen.viewer;
  try {
    const answer = await fetchState(asked);
    online = true;
    lostSince = null;
    if (asked === chosen.viewer) take(answer);
    else again = true;
  } catch {
    lost();
  }
}

function take(answer) {
  const another = state && answer.beside?.world !== world;
  world = answer.beside?.world;
  document.body.dataset.world = world ?? "";
  if (another) {
    beginAnew();
    return;
  }
  state = answer;
  const humans = state.people.filter((person) => person.kind !== "bot");
  chosen.viewer = humans.some((person) => person.id === state.viewer) ? state.viewer : humans[0]?.id;
  people = new Directory({ ...state, viewer: chosen.viewer });
  const rooms = people.rooms();
  if (chosen.room !== HOME && !rooms.some((room) => room.id === chosen.room)) chosen.room = rooms[0]?.id ?? null;
  toAddress();
  draw();
}

/** Another world: nothing of the former one is remembered, and its first person looks into its first room. */
function beginAnew() {
  state = null;
  again = true;
  Object.assign(chosen, { viewer: null, room: null });
  seen.clear();
  byId("toasts").replaceChildren();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  forgetFields();
  forgetMessages();
  forgetReplicate();
  forgetViews();
  visitor = null;
  toast("Everything is as it was at the start.");
}

function draw() {
  const room = people.channels.get(chosen.room);
  byId("workspace-name").textContent = state.workspace;
  drawPeople(people, become);
  document.body.classList.toggle("at-home", chosen.room === HOME);
  if (chosen.room === HOME) drawHomeTab();
  else if (room) drawRoom(room);
  drawExamples(state.beside?.examples);
  drawReplicate(state.beside?.replicate ?? null);
  drawBeside(state.beside);
  drawCoach(state.beside?.progress, { viewer: people.me()?.name, room: chosen.room, first: people.rooms()[0]?.id, examples: state.beside?.examples ?? [] }, coached);
  drawModal(state.modal, viewContext("modal"));
  drawNotices(state.notices);
  drawBanner();
}

function drawRoom(room) {
  const messages = state.messages[room.id] ?? [];
  seen.set(roomKey(room.id), newest(messages));
  drawRooms(people, room.id, unreadRooms(), open);
  byId("room-name").replaceChildren(roomMark(room), " ", people.roomName(room));
  byId("room-facts").textContent = roomFacts(room);
  byId("messages").setAttribute("aria-label", `Messages in ${people.roomName(room)}`);
  document.title = `${people.roomName(room)} · ${people.me().name} · Sandbox`;
  visitor = null;
  drawMessages(room, messages, {
    people, confirm: (spec) => confirmed(spec, people),
    press: (...pressed) => press(room, ...pressed),
    change: (...changed) => changeIn(room, ...changed),
    suggest: (message, action, block_id, letters) => suggestions({ surface: "message", channel: room.id, ts: message.ts, block_id, action_id: action.action_id, letters }),
    remove: (message) => removed(room, message),
    shortcuts: shortcutsOf("message"),
    shortcut: (shortcut, message) => run(shortcut, { channel: room.id, ts: message.ts }),
  });
  const place = isDirect(room) ? people.roomName(room) : `#${room.name}`;
  const narrow = matchMedia("(max-width: 640px)").matches;
  drawComposer(state.commands ?? [], narrow ? `As ${people.me().name}: text, or / for commands` : `Message ${place} as ${people.me().name}, or type / for commands`, whyNot(room));
}

/** Why nothing can be written in a room, in Slack's words; null where it can. */
function whyNot(room) {
  if (room.archived) return "You are viewing an archived channel.";
  return room.read_only ? "Sending messages to this app has been turned off." : null;
}

function shortcutsOf(kind) {
  return (state.shortcuts ?? []).filter((shortcut) => shortcut.type === kind);
}

function drawHomeTab() {
  const bot = people.bot();
  drawRooms(people, HOME, unreadRooms(), open);
  byId("room-name").replaceChildren(avatar(bot, "small"), " ", bot.name);
  byId("room-facts").textContent = "Home · only you see this";
  document.title = `${bot.name} · ${people.me().name} · Sandbox`;
  drawHome(state.home, bot, viewContext("home"));
  if (visitor !== chosen.viewer) visit();
}

async function visit() {
  visitor = chosen.viewer;
  const refusal = await sendHomeVisit(chosen.viewer);
  if (refusal) toast(`The Home tab was not opened: ${refusal}`);
}

function viewContext(surface) {
  const press = (action, block_id, values) => pressInView(surface, action, block_id, values);
  const change = async (action, block_id, value, values) => complain("choice", await sendChoice({ user: chosen.viewer, surface, block_id, action_id: action.action_id, value, values }));
  const suggest = (action, block_id, letters) => suggestions({ surface, block_id, action_id: action.action_id, letters });
  return { people, confirm: (spec) => confirmed(spec, people), press, change, suggest };
}

function suggestions(question) {
  return askSuggestions({ user: chosen.viewer, ...question });
}

async function changeIn(room, message, action, block_id, value, values) {
  complain("choice", await sendChoice({ user: chosen.viewer, surface: "message", channel: room.id, ts: message.ts, block_id, action_id: action.action_id, value, values }));
}

async function run(shortcut, place = {}) {
  complain("shortcut", await sendShortcut({ user: chosen.viewer, callback_id: shortcut.callback_id, ...place }));
}

function complain(what, refusal) {
  if (refusal) tell(`The ${what} was not taken: ${refusal}`);
}

async function pressInView(surface, action, block_id, values) {
  const refusal = await sendViewClick(surface, { user: chosen.viewer, block_id, action_id: action.action_id, values });
  if (refusal) tell(`The click was not taken: ${refusal}`);
}

function roomFacts(room) {
  const members = people.membersOf(room);
  const facts = [isPrivate(room) && "private", room.shared && "shared with another company", room.archived && "archived"];
  if (!isDirect(room) && members.length) facts.push(members.join(", "));
  return facts.filter(Boolean).join(" · ");
}

function roomKey(room) {
  return `${chosen.viewer} ${room}`;
}

function newest(messages) {
  return messages.filter((message) => !message.deleted).reduce((latest, message) => (message.ts > latest ? message.ts : latest), "");
}

function unreadRooms() {
  return new Set(people.rooms().filter((room) => {
    const latest = newest(state.messages[room.id] ?? []);
    if (!seen.has(roomKey(room.id))) seen.set(roomKey(room.id), latest);
    return latest > seen.get(roomKey(room.id));
  }).map((room) => room.id));
}

async function become(person) {
  chosen.viewer = person;
  document.body.classList.remove("sidebar-open");
  byId("sidebar-toggle").setAttribute("aria-expanded", "false");
  byId("toasts").replaceChildren();
  await refresh();
}

function open(room) {
  chosen.room = room;
  document.body.classList.remove("sidebar-open");
  byId("sidebar-toggle").setAttribute("aria-expanded", "false");
  toAddress();
  draw();
  (room === HOME ? byId("scroll") : byId("composer-text")).focus();
}

async function say(text) {
  return sendText(chosen.viewer, chosen.room, text);
}

async function press(room, message, action, block_id, values) {
  const refusal = await sendClick({
    user: chosen.viewer,
    channel: room.id,
    ts: message.ts,
    block_id,
    action_id: action.action_id,
    value: action.value ?? null,
    values,
  });
  if (refusal) toast(`The click was not taken: ${refusal}`);
}

async function removed(room, message) {
  const refusal = await sendDeletion(chosen.viewer, room.id, message.ts);
  if (refusal) toast(`The message was not deleted: ${refusal}`);
}

/** Slack's own short remarks, such as a command that nobody answered in time. */
function drawNotices(notices) {
  for (const notice of notices) {
    const key = JSON.stringify(notice);
    const told = toasted.has(key);
    toasted.add(key);
    if (!told && Date.now() / 1000 - notice.time < FRESH) tell(notice.text);
  }
}

/** Where the person looks: in the modal when one is open. */
function tell(words) {
  if (!tellInModal(words)) toast(words);
}

function toast(words) {
  const close = el("button", { type: "button", class: "close", "aria-label": "Dismiss", on: { click: () => note.remove() } }, "×");
  const note = el("div", { class: "toast" }, el("span", {}, words), close);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), 12_000);
}

function drawBanner() {
  const words = !online && lostSince && Date.now() - lostSince > PATIENCE ? "The sandbox is gone. This page waits for it and reconnects by itself."
    : online && state && !state.bot_connected ? withoutBot(state.beside) : "";
  byId("banner").textContent = words;
  byId("banner").hidden = !words;
}

function withoutBot(beside) {
  if (beside && !beside.bot_runs) return "The bot was killed. It comes back in a moment.";
  return beside ? "The bot is starting. Commands and clicks are answered in a moment." : "The bot is not connected. Commands and clicks will not be answered.";
}

function lost() {
  online = false;
  lostSince ??= Date.now();
  setTimeout(drawBanner, PATIENCE + 100);
}

/** A part of the page that is a drawer where the page is narrow: its toggle, its cross, and what it is called in `body`'s classes. */
function drawer(name, toggle, close) {
  const show = (visible) => {
    document.body.classList.toggle(name, visible);
    byId(toggle).setAttribute("aria-expanded", String(visible));
    (visible ? byId(close) : byId(toggle)).focus();
  };
  byId(toggle).addEventListener("click", () => show(!document.body.classList.contains(name)));
  byId(close).addEventListener("click", () => show(false));
  byId(toggle).closest(".layout").addEventListener("keydown", (event) => { if (event.key === "Escape" && document.body.classList.contains(name) && !event.defaultPrevented) show(false); });
  byId("scrim").addEventListener("click", () => { if (document.body.classList.contains(name)) show(false); });
  return show;
}

const showReplicate = drawer("panel-open", "panel-toggle", "panel-close");
drawer("sidebar-open", "sidebar-toggle", "sidebar-close");
byId("sidebar-toggle").append(icon("bars"));

async function reset() {
  complain("reset", await sendReset());
}

async function cleanup() {
  complain("cleanup", await sendCleanup());
}

/** What the guide does when it is asked to. */
const coached = {
  type, open, reset, cleanup,
  become: (name) => become(people.named(name)),
  ask: async (name, command) => { await become(people.named(name)); open(people.rooms()[0].id); type(command); },
  find: (words) => {
    const button = [...byId("messages").querySelectorAll("button.button")].filter((one) => one.textContent.startsWith(words)).at(-1);
    button?.scrollIntoView({ block: "center", behavior: "smooth" });
    button?.focus({ preventScroll: true });
  },
  showReplicate: () => showReplicate(true),
};

startComposer(say, () => shortcutsOf("global").map((shortcut) => ({ label: shortcut.name, detail: shortcut.description, act: () => run(shortcut) })));
startMessages();
startCoach();
startBeside({
  reset,
  turn: async (name, on) => complain("switch", await sendSwitch(name, on)),
  kill: async () => complain("kill", await sendKill()),
  cleanup,
});
startModal({
  submit: (values) => sendSubmission(chosen.viewer, values),
  close: (everything) => sendClosing(chosen.viewer, everything),
});
listen({ changed: refresh, lost });
await refresh();
byId("composer-text").focus();
