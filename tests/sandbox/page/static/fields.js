// Fields, in input blocks and outside them: what a person enters stays theirs while the page redraws around it.

import { el } from "./dom.js";
import { plain, textObject } from "./mrkdwn.js";
import { typeahead } from "./typeahead.js";

/** What was entered and not sent away yet, by surface, block and action. */
const drafts = new Map();

/** Forgets everything that was entered, as in another world. */
export function forgetFields() {
  drafts.clear();
}

/**
 * The node of an input block. `context.surface` names the message or view and its viewer, `context.entered`
 * holds what the sandbox knows to be entered there, `context.errors` what is wrong, by block id. What is entered
 * into a block with `dispatch_action` is also told to `context.change(item, block_id, value)`.
 */
export function inputBlock(block, context) {
  const item = block.element;
  const draw = ELEMENTS[item.type];
  if (!draw) return el("p", { class: "block unknown" }, `This page does not draw “${item.type}” in an input block.`);
  const error = context.errors?.[block.block_id];
  const id = idOf(item, block, context);
  const notes = [block.hint && `${id}_hint`, error && `${id}_error`].filter(Boolean).join(" ");
  const field = {
    ...known(item, block, context), id, notes,
    wrong: Boolean(error),
    required: Boolean(context.insists) && !block.optional,
    changed: block.dispatch_action || item.type === "external_select" ? (value) => context.change(item, block.block_id, value) : null,
    data: { [toldAtOnce(item, block) ? "choice" : "field"]: item.type, block: block.block_id, action: item.action_id },
  };
  const label = [plain(block.label), block.optional && el("span", { class: "optional" }, " (optional)")];
  const grouped = isGroup(item);
  return el(grouped ? "fieldset" : "div", { class: `block input ${error ? "wrong" : ""}`, aria: grouped && notes ? { describedby: notes } : {} },
    grouped ? el("legend", { class: "label" }, label) : el("label", { class: "label", for: id }, label),
    draw(field),
    block.hint && el("p", { class: "hint", id: `${id}_hint` }, textObject(block.hint, context.people)),
    error && el("p", { class: "error", id: `${id}_error` }, error));
}

/** The node of a field beside a section's text or among buttons: each change is told to `context.change` at once. */
export function loneField(item, block, context) {
  const draw = ELEMENTS[item.type];
  if (!draw) return null;
  const name = item.placeholder ? plain(item.placeholder) : block.text ? plainWords(block.text) : "Options";
  const changed = async (value) => {
    if (!item.confirm || (await context.confirm(item.confirm))) return context.change(item, block.block_id, value);
    drafts.delete(field.key);
    return holder.replaceWith(loneField(item, block, context));
  };
  const field = {
    ...known(item, block, context), id: idOf(item, block, context), notes: "", name, changed,
    data: { choice: item.type, block: block.block_id, action: item.action_id },
  };
  const holder = el("div", isGroup(item) ? { role: "group", aria: { label: name } } : { class: "lone" }, draw(field));
  return holder;
}

function known(item, block, context) {
  const key = `${context.surface} ${block.block_id} ${item.action_id}`;
  const started = enteredInto(item, context.entered?.[block.block_id]?.[item.action_id]);
  return { item, key, people: context.people, value: drafts.has(key) ? drafts.get(key) : started, suggest: (letters) => context.suggest(item, block.block_id, letters) };
}

function idOf(item, block, context) {
  return `field ${context.surface} ${block.block_id} ${item.action_id}`.replace(/[^\w-]/g, "_");
}

/** Whether the sandbox knows what is entered without a button: it need not go along with the next press. */
function toldAtOnce(item, block) {
  if (item.type === "external_select") return true;
  if (!block.dispatch_action) return false;
  return !["plain_text_input", "number_input"].includes(item.type) || (item.dispatch_action_config?.trigger_actions_on ?? []).includes("on_character_entered");
}

function isGroup(item) {
  return item.type === "checkboxes" || item.type === "radio_buttons";
}

function plainWords(text) {
  return plain(text).replace(/[*_~`]/g, "").split("\n")[0];
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
    return dispatching(box, field);
  },
  number_input(field) {
    const { item } = field;
    const box = el("input", { ...common(field), type: "text", inputmode: item.is_decimal_allowed ? "decimal" : "numeric", class: "number", placeholder: item.placeholder && plain(item.placeholder) });
    box.value = field.value ?? "";
    return dispatching(box, field);
  },
  static_select(field) {
    const { item } = field;
    const choice = (option) => el("option", { value: option.value }, plain(option.text));
    const choices = item.options ? item.options.map(choice)
      : item.option_groups.map((group) => el("optgroup", { label: plain(group.label) }, group.options.map(choice)));
    const box = el("select", common(field), el("option", { value: "", hidden: Boolean(field.name) }, item.placeholder ? plain(item.placeholder) : "Choose an option"), choices);
    box.value = field.value ?? "";
    return box;
  },
  external_select(field) {
    const { id, dataset, aria } = common(field);
    return typeahead({
      item: field.item, id, properties: { dataset, aria }, suggest: field.suggest,
      chosen: typeof field.value === "string" ? null : field.value,
      taken: (option) => {
        drafts.set(field.key, option);
        field.changed?.(option?.value ?? null);
      },
    });
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
  const aria = {
    ...(field.name ? { label: field.name } : { invalid: Boolean(field.wrong) }),
    ...(field.required ? { required: true } : {}), ...(field.notes ? { describedby: field.notes } : {}),
  };
  const sends = field.changed && ["static_select", "datepicker"].includes(field.item.type);
  const tell = (event) => field.changed(READ[field.item.type](event.currentTarget));
  return { id: field.id, dataset: field.data, aria, on: { input: remember(field), ...(sends ? { change: tell } : {}) } };
}

/** A text field whose entry is told to the app when Enter is pressed, or at each character where it asks for that. */
function dispatching(box, field) {
  if (!field.changed) return box;
  const moments = field.item.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tell = () => field.changed(READ[field.item.type](box));
  if (moments.includes("on_character_entered")) box.addEventListener("input", tell);
  if (moments.includes("on_enter_pressed")) {
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.shiftKey) return;
      event.preventDefault();
      tell();
    });
  }
  return box;
}

function ticks(field, type, ticked) {
  const changed = (event) => {
    remember(field)(event);
    field.changed?.(READ[field.item.type](event.currentTarget));
  };
  return el("div", { class: "ticks", dataset: field.data, on: { change: changed } }, field.item.options.map((option) => {
    const box = el("input", { type, name: field.id, value: option.value });
    box.checked = ticked(option.value);
    return el("label", {}, box, el("span", {}, textObject(option.text, field.people), option.description && el("small", {}, textObject(option.description, field.people))));
  }));
}

function remember(field) {
  return (event) => drafts.set(field.key, READ[field.item.type](event.currentTarget));
}

const READ = {
  plain_text_input: (box) => box.value || null,
  number_input: (box) => box.value || null,
  static_select: (box) => box.value || null,
  external_select: (box) => box.dataset.value || null,
  datepicker: (box) => box.value || null,
  checkboxes: (box) => [...box.querySelectorAll(":checked")].map((one) => one.value),
  radio_buttons: (box) => box.querySelector(":checked")?.value ?? null,
};

/** What the sandbox says was entered, or else what the field starts with. */
function enteredInto(item, known) {
  if (item.type === "checkboxes") return (known?.selected_options ?? item.initial_options ?? []).map((option) => option.value);
  if (item.type === "datepicker") return known ? known.selected_date : item.initial_date;
  if (item.type === "plain_text_input" || item.type === "number_input") return known ? known.value : item.initial_value;
  if (item.type === "external_select") return known ? known.selected_option : item.initial_option;
  return (known ? known.selected_option : item.initial_option)?.value;
}
