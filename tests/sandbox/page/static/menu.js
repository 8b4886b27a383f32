// A menu that opens beside a button: of overflow menus, of messages, of the composer. Operable by keyboard alone.

import { el } from "./dom.js";
import { placeBeside } from "./floating.js";

let open = null;

/** A button that opens a menu of `items()`, each `{label, detail, act}`; `again()` finds the button where it was drawn anew. */
export function menuButton(properties, face, items, again = () => null) {
  const button = el("button", {
    ...properties,
    type: "button",
    aria: { haspopup: "menu", expanded: false, ...properties.aria },
    on: { click: () => toggle(button, items(), again) },
  }, face);
  return button;
}

/** Opens the menu of a button, or closes it when it is open. */
export function toggle(button, items, again = () => null) {
  const own = open?.button === button;
  shut(false);
  if (!own) show(button, items, again);
}

function show(button, items, again) {
  const list = el("div", { class: "menu", role: "menu", popover: "manual", aria: { label: button.getAttribute("aria-label") ?? button.textContent }, on: { keydown: onKey } },
    items.length ? items.map(entry) : el("p", { class: "menu-empty" }, "Nothing here"));
  open = { button, list, again };
  // Within a modal dialog everything outside it is inert, so the menu of a button in it stands in it too.
  (button.closest("dialog") ?? document.body).append(list);
  button.setAttribute("aria-expanded", "true");
  list.showPopover();
  placeBeside(list, button);
  list.querySelector("[role=menuitem]")?.focus();
  setTimeout(() => document.addEventListener("pointerdown", outside));
}

function entry(item) {
  return el("button", { type: "button", role: "menuitem", tabindex: "-1", class: item.danger ? "danger" : "", on: { click: () => { shut(true); item.act(); } } },
    el("span", {}, item.label), item.detail && el("small", {}, item.detail));
}

function shut(focusing) {
  if (!open) return;
  const { button, list, again } = open;
  open = null;
  document.removeEventListener("pointerdown", outside);
  list.remove();
  button.setAttribute("aria-expanded", "false");
  if (focusing) (button.isConnected ? button : again())?.focus();
}

function outside(event) {
  if (open && !open.list.contains(event.target) && !open.button.contains(event.target)) shut(false);
}

function onKey(event) {
  const entries = [...open.list.querySelectorAll("[role=menuitem]")];
  const at = entries.indexOf(document.activeElement);
  const goal = { ArrowDown: (at + 1) % entries.length, ArrowUp: (at - 1 + entries.length) % entries.length, Home: 0, End: entries.length - 1 }[event.key];
  if (goal !== undefined) entries[goal]?.focus();
  else if (event.key === "Escape") shut(true);
  else if (event.key === "Tab") return shut(true);
  else return undefined;
  event.preventDefault();
  event.stopPropagation();
  return undefined;
}
