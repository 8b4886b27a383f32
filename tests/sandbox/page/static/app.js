// The sandbox's page: reads the state, draws it, and sends what a person does.

import { avatar, byId, el } from "./dom.js";
import { confirmed } from "./confirm.js";
import { drawComposer, drawExamples, startComposer } from "./composer.js";
import { Directory, HOME, isDirect, isPrivate } from "./directory.js";
import { drawMessages } from "./messages.js";
import { drawPeople, drawRooms, roomMark } from "./sidebar.js";
import { drawReplicate } from "./replicate.js";
import { fetchState, listen, sendClick, sendClosing, sendHomeVisit, sendSubmission, sendText, sendViewClick } from "./connection.js";
import { drawHome, drawModal, startModal, tellInModal } from "./views.js";

const chosen = { viewer: null, room: null, ...fromAddress() };
const seen = new Map();
/** Seconds after which a notice is old news, as when the page is opened again. */
const FRESH = 20;
const toasted = new Set();
let state = null;
let people = null;
let asking = null;
let again = false;
let online = false;
let visitor = null;

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
    if (asked === chosen.viewer) take(answer);
    else again = true;
  } catch (problem) {
    lost(problem);
  }
}

function take(answer) {
  state = answer;
  const humans = state.people.filter((person) => person.kind !== "bot");
  chosen.viewer = humans.some((person) => person.id === state.viewer) ? state.viewer : humans[0]?.id;
  people = new Directory({ ...state, viewer: chosen.viewer });
  const rooms = people.rooms();
  if (chosen.room !== HOME && !rooms.some((room) => room.id === chosen.room)) chosen.room = rooms[0]?.id ?? null;
  toAddress();
  draw();
}

function draw() {
  const room = people.channels.get(chosen.room);
  byId("workspace-name").textContent = state.workspace;
  drawPeople(people, become);
  document.body.classList.toggle("at-home", chosen.room === HOME);
  if (chosen.room === HOME) drawHomeTab();
  else if (room) drawRoom(room);
  drawExamples(state.examples);
  drawReplicate(state.replicate);
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
  document.title = `${people.roomName(room)} · ${people.me().name} · Sandbox`;
  visitor = null;
  drawMessages(room, messages, { people, confirm: (spec) => confirmed(spec, people), press: (...pressed) => press(room, ...pressed) });
  const place = isDirect(room) ? people.roomName(room) : `#${room.name}`;
  drawComposer(state.commands ?? [], `Message ${place} as ${people.me().name}, or type / for commands`, room.archived ? "This channel is archived" : null);
}

function drawHomeTab() {
  const bot = people.bot();
  drawRooms(people, HOME, unreadRooms(), open);
  byId("room-name").replaceChildren(avatar(bot, "small"), " ", bot.name);
  byId("room-facts").textContent = "Home: only you see this";
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
  return { people, confirm: (spec) => confirmed(spec, people), press };
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
  byId("toasts").replaceChildren();
  await refresh();
}

function open(room) {
  chosen.room = room;
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
  const words = !online ? "The sandbox is gone. This page waits for it and reconnects by itself."
    : state && !state.bot_connected ? "The bot is not connected. Commands and clicks will not be answered." : "";
  byId("banner").textContent = words;
  byId("banner").hidden = !words;
}

function lost() {
  online = false;
  drawBanner();
}

function showPanel(visible) {
  document.body.classList.toggle("panel-open", visible);
  byId("panel-toggle").setAttribute("aria-expanded", String(visible));
  (visible ? byId("panel-close") : byId("panel-toggle")).focus();
}

startComposer(say);
startModal({
  submit: (values) => sendSubmission(chosen.viewer, values),
  close: (everything) => sendClosing(chosen.viewer, everything),
});
byId("panel-toggle").addEventListener("click", () => showPanel(!document.body.classList.contains("panel-open")));
byId("panel-close").addEventListener("click", () => showPanel(false));
listen({ changed: refresh, lost });
await refresh();
byId("composer-text").focus();
