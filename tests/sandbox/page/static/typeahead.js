// A menu whose options the app suggests while somebody types: `external_select`.
// Source: the select menu reference, "Select menu with external data source".

import { el } from "./dom.js";
import { placeBeside } from "./floating.js";
import { plain } from "./mrkdwn.js";

const LEAST = 3;
/** Milliseconds without a key before the app is asked. */
const PAUSE = 200;

/**
 * A field with a list of suggestions below it. `suggest(letters)` gives the app's answer, `taken(option)` is called
 * with what was chosen, and with null where it was taken back.
 */
export function typeahead({ item, id, chosen, properties, suggest, taken }) {
  const list = el("div", { class: "options", id: `${id}_options`, role: "listbox", popover: "manual", aria: { label: item.placeholder ? plain(item.placeholder) : "Suggestions" } });
  const news = el("span", { class: "visually-hidden", aria: { live: "polite" } });
  const box = el("input", {
    ...properties, id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
    placeholder: item.placeholder && plain(item.placeholder),
    aria: { ...properties.aria, autocomplete: "list", expanded: false, controls: list.id },
    on: { input: () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); }, focus: () => box.select(), click: ask, keydown: onKey, blur: leave },
  });
  const least = item.min_query_length ?? LEAST;
  let present = chosen ?? null;
  let found = [];
  let at = -1;
  let asked = 0;
  let timer = 0;
  box.value = present ? plain(present.text) : "";
  box.dataset.value = present?.value ?? "";

  async function ask() {
    const letters = present && box.value === plain(present.text) ? "" : box.value.trim();
    if (letters.length < least) {
      asked += 1;
      return letters ? tell(`Type ${least - letters.length} more`) : least ? shut() : undefined;
    }
    const number = ++asked;
    tell("Searching…");
    const answer = await suggest(letters);
    if (number !== asked || document.activeElement !== box) return undefined;
    return answer.error ? tell(`The app did not answer: ${answer.error}`) : offer(answer);
  }

  function offer({ options, option_groups: groups }) {
    found = [];
    at = -1;
    const row = (option) => {
      const index = found.push(option) - 1;
      return el("div", { role: "option", id: `${id}_${index}`, aria: { selected: false }, on: { mousedown: (event) => { event.preventDefault(); take(index); } } },
        el("span", {}, plain(option.text)), option.description && el("small", {}, plain(option.description)));
    };
    const rows = groups ? groups.map((group) => el("div", { role: "group", aria: { label: plain(group.label) } }, el("p", { class: "group-label" }, plain(group.label)), group.options.map(row)))
      : (options ?? []).map(row);
    if (!found.length) return tell("No results");
    list.replaceChildren(...rows);
    news.textContent = `${found.length} ${found.length === 1 ? "result" : "results"}`;
    reveal();
    return mark(0);
  }

  function tell(words) {
    found = [];
    at = -1;
    box.removeAttribute("aria-activedescendant");
    list.replaceChildren(el("p", { class: "menu-empty" }, words));
    news.textContent = words;
    reveal();
  }

  function reveal() {
    if (!box.isConnected) return;
    if (!list.matches(":popover-open")) list.showPopover();
    box.setAttribute("aria-expanded", "true");
    placeBeside(list, box, { wide: true });
  }

  function shut() {
    if (list.matches(":popover-open")) list.hidePopover();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function mark(index) {
    list.querySelectorAll("[role=option]").forEach((option, number) => option.setAttribute("aria-selected", String(number === index)));
    at = index;
    box.setAttribute("aria-activedescendant", `${id}_${index}`);
    list.querySelectorAll("[role=option]")[index].scrollIntoView({ block: "nearest" });
  }

  function take(index) {
    present = index === null ? null : found[index];
    box.value = present ? plain(present.text) : "";
    box.dataset.value = present?.value ?? "";
    asked += 1;
    shut();
    taken(present);
  }

  function onKey(event) {
    const showing = list.matches(":popover-open");
    if (found.length && showing && (event.key === "ArrowDown" || event.key === "ArrowUp")) mark((at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length);
    else if (event.key === "ArrowDown") ask();
    else if (event.key === "Enter") { if (showing && at >= 0) take(at); }
    else if (event.key === "Escape" && showing) shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** What was typed and not chosen is nothing: the field shows again what is chosen, or what was emptied is taken back. */
  function leave() {
    clearTimeout(timer);
    asked += 1;
    shut();
    if (!box.value && present) take(null);
    else box.value = present ? plain(present.text) : "";
  }

  return el("div", { class: "typeahead" }, box, list, news);
}
