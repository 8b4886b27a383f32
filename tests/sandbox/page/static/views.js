// The bot's views: the modal that is open, and its Home tab.

import { byId, el } from "./dom.js";
import { renderBlocks } from "./blocks.js";
import { enteredBelow, focusIn, refocus } from "./fields.js";
import { wayBack } from "./focus.js";

let modalPrint = "";
let modalErrors = "";
let homePrint = "";
let acts = null;
let back = null;

/** Connects the modal; `actions` has `submit(values)`, `close(everything)`, each giving null or why not. */
export function startModal(actions) {
  acts = actions;
  const dialog = byId("modal");
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); leave(true); });
  byId("modal-cross").addEventListener("click", () => leave(true));
  byId("modal-close").addEventListener("click", () => leave(false));
  byId("modal-form").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
}

/** Shows this modal, keeping what was typed and where; null closes it. */
export function drawModal(modal, context) {
  const dialog = byId("modal");
  if (!modal) {
    modalPrint = modalErrors = "";
    if (dialog.open) {
      dialog.close();
      back?.();
    }
    return;
  }
  const print = JSON.stringify([modal, context.people.viewer]);
  if (print === modalPrint) return;
  const other = dialog.dataset.view !== modal.id || !dialog.open;
  const focused = other ? null : focusIn(dialog);
  const complaints = JSON.stringify(modal.errors);
  const complained = complaints !== modalErrors;
  modalPrint = print;
  modalErrors = complaints;
  fillIn(dialog, modal, context);
  if (!dialog.open) {
    back = wayBack();
    dialog.showModal();
  }
  const wrong = dialog.querySelector(".input.wrong :is(input, textarea, select)");
  if (wrong && complained) wrong.focus();
  else if (other || !dialog.contains(document.activeElement)) {
    if (!focused || !refocus(dialog, focused)) settle(dialog, modal);
  }
}

function fillIn(dialog, modal, context) {
  dialog.dataset.view = modal.id;
  byId("modal-title").textContent = modal.title;
  byId("modal-submit").textContent = modal.submit;
  byId("modal-submit").hidden = !modal.submit;
  byId("modal-close").textContent = modal.close || (modal.covers ? "Back" : modal.submit ? "Cancel" : "Close");
  const body = byId("modal-blocks");
  const place = body.scrollTop;
  const { people, confirm } = context;
  body.replaceChildren(...renderBlocks(modal.blocks, {
    people, confirm, ...acting(context, body), insists: true, surface: `${people.viewer} ${modal.id}`, entered: modal.entered, errors: modal.errors,
  }));
  body.scrollTop = place;
  tellInModal("");
}

function acting(context, place) {
  return {
    press: (action, block_id) => context.press(action, block_id, enteredBelow(place)),
    change: (action, block_id, value) => context.change(action, block_id, value, enteredBelow(place)),
    suggest: context.suggest,
    place: () => place,
  };
}

function settle(dialog, modal) {
  const wanted = modal.blocks.find((block) => block.element?.focus_on_load) ?? modal.blocks.find((block) => block.type === "input");
  const field = wanted && dialog.querySelector(`[data-block="${CSS.escape(wanted.block_id)}"]`);
  const inner = field?.matches(".ticks") ? field.querySelector("input") : field;
  (inner ?? (modal.submit ? byId("modal-submit") : byId("modal-close"))).focus();
}

/** Says something above the modal's buttons; false when no modal is open. */
export function tellInModal(words) {
  byId("modal-trouble").textContent = words;
  byId("modal-trouble").hidden = !words;
  return byId("modal").open;
}

async function submit() {
  if (byId("modal").getAttribute("aria-busy") === "true") return;
  await busy(() => acts.submit(enteredBelow(byId("modal-blocks"))));
}

async function leave(everything) {
  await busy(() => acts.close(everything));
}

async function busy(doing) {
  const dialog = byId("modal");
  dialog.setAttribute("aria-busy", "true");
  tellInModal("");
  try {
    const refusal = await doing();
    if (refusal) tellInModal(refusal);
  } finally {
    dialog.removeAttribute("aria-busy");
  }
}

/** Forgets what was shown, as in another world. */
export function forgetViews() {
  homePrint = "";
}

/** Shows the bot's Home tab, or that there is none. */
export function drawHome(home, bot, context) {
  const print = JSON.stringify([home, context.people.viewer, bot.name]);
  if (print === homePrint) return;
  homePrint = print;
  const place = byId("home");
  const focused = focusIn(place);
  const { people, confirm } = context;
  const blocks = home && renderBlocks(home.blocks, { people, confirm, ...acting(context, place), surface: `${people.viewer} ${home.id}`, entered: home.entered });
  place.replaceChildren(...(blocks ?? [el("p", { class: "empty" }, `${bot.name} has put nothing here yet.`)]));
  if (focused) refocus(place, focused);
}
