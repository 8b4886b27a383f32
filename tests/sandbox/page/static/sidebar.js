// The sidebar: rooms to open, people to be.

import { avatar, byId, el, icon } from "./dom.js";
import { HOME, isDirect, isPrivate } from "./directory.js";

let drawnRooms = "";
let drawnPeople = "";

/** Draws the rooms the viewer is in; `unread` is a set of room ids. */
export function drawRooms(people, chosen, unread, open) {
  const rooms = people.rooms();
  const bot = people.bot();
  const print = JSON.stringify([rooms, chosen, [...unread], people.viewer, bot]);
  if (print === drawnRooms) return;
  drawnRooms = print;
  const focused = document.activeElement?.dataset?.room;
  const section = (title, some) => some.length > 0 && el("section", {}, el("h2", {}, title), el("ul", {}, some.map((room) => el("li", {}, roomButton(room, people, chosen, unread, open)))));
  const ofTheBot = (room) => isDirect(room) && Boolean(bot) && room.members.includes(bot.id);
  byId("rooms").replaceChildren(...[
    section("Channels", rooms.filter((room) => !isDirect(room))),
    section("Direct messages", rooms.filter((room) => isDirect(room) && !ofTheBot(room))),
    bot && app(bot, rooms.filter(ofTheBot), people, chosen, unread, open),
  ].filter(Boolean));
  if (focused) byId("rooms").querySelector(`[data-room="${CSS.escape(focused)}"]`)?.focus();
}

function roomButton(room, people, chosen, unread, open) {
  const classes = ["room", unread.has(room.id) && "unread", room.archived && "archived"].filter(Boolean).join(" ");
  const facts = [isPrivate(room) && "private", room.shared && "shared with another company", room.archived && "archived", unread.has(room.id) && "unread"].filter(Boolean);
  const spoken = [room.read_only ? `Messages, ${people.roomName(room)}` : people.roomName(room), ...facts].join(", ");
  return el("button", { type: "button", class: classes, dataset: { room: room.id }, aria: { label: spoken, current: room.id === chosen ? "page" : "false" }, on: { click: () => open(room.id) } },
    el("span", { class: "mark", aria: { hidden: true } }, markOf(room, people)),
    el("span", { class: "name" }, room.read_only ? "Messages" : people.roomName(room)),
    room.shared && el("span", { class: "shared-mark", title: "Shared with another company", aria: { hidden: true } }, icon("linked")));
}

function app(bot, direct, people, chosen, unread, open) {
  const home = el("button", { type: "button", class: "room", dataset: { room: HOME }, aria: { label: `Home, ${bot.name}`, current: chosen === HOME ? "page" : "false" }, on: { click: () => open(HOME) } },
    el("span", { class: "mark", aria: { hidden: true } }, icon("house")),
    el("span", { class: "name" }, "Home"));
  return el("section", {}, el("h2", {}, bot.name), el("ul", {}, el("li", {}, home), direct.map((room) => el("li", {}, roomButton(room, people, chosen, unread, open)))));
}

function markOf(room, people) {
  if (!isDirect(room)) return roomMark(room);
  if (room.read_only) return icon("speech");
  const other = (room.members ?? []).find((id) => !people.isMe(id));
  return avatar(people.face(other) ?? { name: people.roomName(room) }, "tiny");
}

/** `#`, or a lock for a private channel. */
export function roomMark(room) {
  if (isDirect(room)) return "";
  return isPrivate(room) ? icon("lock") : "#";
}

/** Draws the people one can be; `become` is called with an id. */
export function drawPeople(people, become) {
  const everyone = [...people.people.values()].filter((person) => person.kind !== "bot");
  const print = JSON.stringify([everyone, people.viewer]);
  if (print === drawnPeople) return;
  drawnPeople = print;
  const focused = document.activeElement?.dataset?.person;
  byId("viewer-name").textContent = people.me()?.name ?? "";
  byId("people").replaceChildren(...everyone.map((person) => el("li", {}, personButton(person, people, become))));
  if (focused) byId("people").querySelector(`[data-person="${CSS.escape(focused)}"]`)?.focus();
}

function personButton(person, people, become) {
  return el("button", { type: "button", class: "person", dataset: { person: person.id }, aria: { pressed: people.isMe(person.id) }, on: { click: () => become(person.id) } },
    avatar(person),
    el("span", { class: "person-words" }, el("span", { class: "name" }, person.name), el("span", { class: "title" }, person.title ?? person.kind ?? "")));
}
