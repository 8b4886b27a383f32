// The composer: text, commands offered while typing, examples to take over.

import { byId, el, icon } from "./dom.js";
import { toggle } from "./menu.js";
import { isShown, remember } from "./remembered.js";

let commands = [];
let selected = 0;
let send = async () => null;
let offered = [];

/** Connects the composer; `sending(text)` gives null or why the text was not taken, `shortcuts()` what its menu holds. */
export function startComposer(sending, shortcuts) {
  send = sending;
  byId("shortcuts").append(icon("bolt"));
  byId("shortcuts").addEventListener("click", () => toggle(byId("shortcuts"), shortcuts()));
  byId("examples-toggle").append(icon("bulb"));
  byId("examples-toggle").addEventListener("click", () => showExamples(byId("examples").hidden));
  const box = byId("composer-text");
  box.addEventListener("input", () => { selected = 0; grow(); offer(); hint(); });
  box.addEventListener("keydown", onKey);
  box.addEventListener("blur", () => setTimeout(hide, 150));
  box.addEventListener("focus", offer);
  byId("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  byId("examples-close").addEventListener("click", () => { showExamples(false); byId("examples-toggle").focus(); });
}

/** Says whom and where the next text comes from and goes to, or in place of it why nothing can be written. */
export function drawComposer(known, placeholder, blocked) {
  commands = known;
  const box = byId("composer-text");
  box.placeholder = placeholder;
  byId("composer").hidden = Boolean(blocked);
  byId("read-only").hidden = !blocked;
  byId("read-only").textContent = blocked ?? "";
  drawExamples(offered);
}

/** Example commands, shown or hidden as the person wants them; on a narrow page hidden at first. */
export function drawExamples(examples) {
  offered = examples ?? [];
  const useless = !offered.length || byId("composer").hidden;
  const shown = !useless && isShown("examples", matchMedia("(min-width: 641px)").matches);
  byId("examples").hidden = !shown;
  byId("examples-toggle").hidden = useless;
  byId("examples-toggle").setAttribute("aria-expanded", String(shown));
  const box = byId("examples");
  const print = JSON.stringify(offered);
  if (box.dataset.print === print) return;
  box.dataset.print = print;
  const focused = box.contains(document.activeElement) ? document.activeElement.textContent : null;
  byId("examples-list").replaceChildren(...offered.map((example) => el("li", {}, el("button", { type: "button", class: "example", title: example.command, on: { click: () => take(example.command) } }, example.label))));
  if (focused) [...box.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus();
}

function showExamples(shown) {
  remember("examples", shown);
  drawExamples(offered);
}

/** Puts a text into the composer, to be sent or changed. */
export function take(text) {
  const box = byId("composer-text");
  box.value = text;
  grow();
  hint();
  box.focus();
  box.setSelectionRange(text.length, text.length);
  hide();
}

function onKey(event) {
  if (event.isComposing) return;
  const open = !byId("suggestions").hidden;
  if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
  else if (open && event.key === "Escape") { event.preventDefault(); hide(); }
  else if (open && (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !isCommand(byId("composer-text").value)))) { event.preventDefault(); complete(matching()[selected]); }
  else if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); submit(); }
}

async function submit() {
  const box = byId("composer-text");
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  grow();
  hide();
  const refusal = await send(text);
  say(refusal ? `Not sent: ${refusal}` : "", Boolean(refusal));
  if (refusal && !box.value) { box.value = text; grow(); }
}

function isCommand(text) {
  return commands.some((one) => one.command === text.trim());
}

function matching() {
  const typed = byId("composer-text").value;
  return /^\/\S*$/.test(typed) ? commands.filter((one) => one.command.startsWith(typed)) : [];
}

function offer() {
  const found = matching();
  const list = byId("suggestions");
  list.hidden = found.length === 0;
  const box = byId("composer-text");
  box.setAttribute("aria-expanded", String(found.length > 0));
  list.replaceChildren(...found.map(option));
  if (found.length) box.setAttribute("aria-activedescendant", `command-${selected}`);
  else box.removeAttribute("aria-activedescendant");
}

function option(one, index) {
  return el("li", { id: `command-${index}`, role: "option", aria: { selected: index === selected }, on: { mousedown: (event) => { event.preventDefault(); complete(one); } } },
    el("span", { class: "command" }, one.command, one.usage_hint && el("span", { class: "usage" }, ` ${one.usage_hint}`)),
    el("span", { class: "description" }, one.description ?? ""));
}

function move(step) {
  const count = matching().length;
  selected = (selected + step + count) % count;
  offer();
}

function complete(one) {
  if (one) take(`${one.command} `);
}

function hide() {
  byId("suggestions").hidden = true;
  byId("composer-text").setAttribute("aria-expanded", "false");
  byId("composer-text").removeAttribute("aria-activedescendant");
}

function hint() {
  const typed = byId("composer-text").value;
  const command = commands.find((one) => typed.startsWith(`${one.command} `));
  say(command ? `${command.command} ${command.usage_hint ?? ""}` : "", false);
}

function say(words, wrong) {
  const place = byId("composer-hint");
  place.textContent = words;
  place.classList.toggle("wrong", wrong);
}

function grow() {
  const box = byId("composer-text");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
}
