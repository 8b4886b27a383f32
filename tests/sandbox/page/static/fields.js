// Input blocks: what a person enters stays theirs while the page redraws around it.

import { el } from "./dom.js";
import { plain, textObject } from "./mrkdwn.js";

/** What was entered and not sent away yet, by surface, block and action. */
const drafts = new Map();

/**
 * The node of an input block. `context.surface` names the message or view and its viewer, `context.entered`
 * holds what the sandbox knows to be entered there, `context.errors` what is wrong, by block id.
 */
export function inputBlock(block, context) {
  const item = block.element;
  const draw = ELEMENTS[item.type];
  if (!draw) return el("p", { class: "block unknown" }, `This page does not draw “${item.type}” in an input block.`);
  const error = context.errors?.[block.block_id];
  const id = `field ${context.surface} ${block.block_id}`.replace(/[^\w-]/g, "_");
  const notes = [block.hint && `${id}_hint`, error && `${id}_error`].filter(Boolean).join(" ");
  const key = `${context.surface} ${block.block_id} ${item.action_id}`;
  const field = {
    id, key, notes, item,
    value: drafts.has(key) ? drafts.get(key) : enteredInto(item, context.entered?.[block.block_id]?.[item.action_id]),
    wrong: Boolean(error),
    required: Boolean(context.insists) && !block.optional,
    data: { field: item.type, block: block.block_id, action: item.action_id },
  };
  const grouped = item.type === "checkboxes" || item.type === "radio_buttons";
  const label = [plain(block.label), block.optional && el("span", { class: "optional" }, " (optional)")];
  return el(grouped ? "fieldset" : "div", { class: `block input ${error ? "wrong" : ""}`, aria: grouped && notes ? { describedby: notes } : {} },
    grouped ? el("legend", { class: "label" }, label) : el("label", { class: "label", for: id }, label),
    draw(field),
    block.hint && el("p", { class: "hint", id: `${id}_hint` }, textObject(block.hint, context.people)),
    error && el("p", { class: "error", id: `${id}_error` }, error));
}

/** What is entered in the fields below a node: `{block_id: {action_id: value}}`. */
export function enteredBelow(node) {
  const values = {};
  for (const field of node.querySelectorAll("[data-field]")) {
    values[field.dataset.block] = { [field.dataset.action]: READ[field.dataset.field](field) };
  }
  return values;
}

/** Where in a field the person was, to give the same place back once it was drawn anew. */
export function focusIn(element) {
  const active = element.contains(document.activeElement) ? document.activeElement : null;
  const owner = active?.closest("[data-action]");
  if (!owner) return null;
  const typed = active.matches("textarea, input[type=text]");
  return { ...owner.dataset, value: active.value, selection: typed ? [active.selectionStart, active.selectionEnd] : null };
}

/** Gives the focus back that `focusIn` found; false when its place is gone. */
export function refocus(element, { block, action, value, selection }) {
  const owner = [...element.querySelectorAll("[data-action]")].find((one) => one.dataset.block === block && one.dataset.action === action);
  const inner = owner && [...owner.querySelectorAll("input")].find((one) => one.value === value);
  const place = inner ?? owner;
  if (!place) return false;
  place.focus({ preventScroll: true });
  if (selection && place.setSelectionRange) place.setSelectionRange(...selection);
  return true;
}

const ELEMENTS = {
  plain_text_input(field) {
    const { item } = field;
    const box = el(item.multiline ? "textarea" : "input", {
      ...common(field),
      type: item.multiline ? null : "text",
      rows: item.multiline ? "3" : null,
      maxlength: item.max_length ?? 3000,
      placeholder: item.placeholder && plain(item.placeholder),
    });
    box.value = field.value ?? "";
    return box;
  },
  static_select(field) {
    const { item } = field;
    const choice = (option) => el("option", { value: option.value }, plain(option.text));
    const choices = item.options ? item.options.map(choice)
      : item.option_groups.map((group) => el("optgroup", { label: plain(group.label) }, group.options.map(choice)));
    const box = el("select", common(field), el("option", { value: "" }, item.placeholder ? plain(item.placeholder) : "Choose an option"), choices);
    box.value = field.value ?? "";
    return box;
  },
  datepicker(field) {
    const box = el("input", { ...common(field), type: "date" });
    box.value = field.value ?? "";
    return box;
  },
  checkboxes: (field) => ticks(field, "checkbox", (value) => (field.value ?? []).includes(value)),
  radio_buttons: (field) => ticks(field, "radio", (value) => field.value === value),
};

function common(field) {
  const aria = { invalid: field.wrong, ...(field.required ? { required: true } : {}), ...(field.notes ? { describedby: field.notes } : {}) };
  return { id: field.id, dataset: field.data, aria, on: { input: remember(field) } };
}

function ticks(field, type, ticked) {
  return el("div", { class: "ticks", dataset: field.data, on: { change: remember(field) } }, field.item.options.map((option) => {
    const box = el("input", { type, name: field.id, value: option.value });
    box.checked = ticked(option.value);
    return el("label", {}, box, el("span", {}, plain(option.text), option.description && el("small", {}, plain(option.description))));
  }));
}

function remember(field) {
  return (event) => drafts.set(field.key, READ[field.item.type](event.currentTarget));
}

const READ = {
  plain_text_input: (box) => box.value || null,
  static_select: (box) => box.value || null,
  datepicker: (box) => box.value || null,
  checkboxes: (box) => [...box.querySelectorAll(":checked")].map((one) => one.value),
  radio_buttons: (box) => box.querySelector(":checked")?.value ?? null,
};

/** What the sandbox says was entered, or else what the field starts with. */
function enteredInto(item, known) {
  if (item.type === "checkboxes") return (known?.selected_options ?? item.initial_options ?? []).map((option) => option.value);
  if (item.type === "datepicker") return known ? known.selected_date : item.initial_date;
  if (item.type === "plain_text_input") return known ? known.value : item.initial_value;
  return (known ? known.selected_option : item.initial_option)?.value;
}
