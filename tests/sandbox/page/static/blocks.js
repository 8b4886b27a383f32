// Block Kit -> DOM nodes, as far as the bot uses it. Source: the Block Kit reference in Slack's documentation.

import { el, icon, link, safeAddress } from "./dom.js";
import { formatDate } from "./dates.js";
import { emoji } from "./emoji.js";
import { inputBlock, loneField } from "./fields.js";
import { menuButton } from "./menu.js";
import { entity, group, markdown, mention, mrkdwn, plain, textObject } from "./mrkdwn.js";

/**
 * The nodes of a message's or a view's blocks. `context.people` resolves names; `context.press(item, block_id)`
 * is called when a button was pressed, `context.change(item, block_id, value)` when something was chosen, after the
 * confirm dialog if there is one; `context.suggest(item, block_id, letters)` asks for options, `context.place()` is
 * what the blocks stand in now; input blocks need what `inputBlock` asks for.
 */
export function renderBlocks(blocks, context) {
  return blocks.map((block) => (BLOCKS[block.type] ?? unknown)(block, context));
}

const BLOCKS = {
  section(block, context) {
    return el("div", { class: "block section" },
      el("div", { class: "section-body" },
        block.text && el("div", { class: "text" }, textObject(block.text, context.people)),
        block.fields && el("div", { class: "fields" }, block.fields.map((field) => el("div", { class: "text" }, textObject(field, context.people))))),
      block.accessory && el("div", { class: "accessory" }, element(block.accessory, block, context)));
  },
  header: (block) => el("h3", { class: "block header" }, plain(block.text)),
  divider: () => el("hr", { class: "block" }),
  context(block, { people }) {
    return el("div", { class: "block context" }, block.elements.map((item) => (item.type === "image" ? picture(item, "small") : el("span", { class: "text" }, textObject(item, people)))));
  },
  actions(block, context) {
    return el("div", { class: "block actions" }, block.elements.map((item) => element(item, block, context)));
  },
  image(block) {
    return el("figure", { class: "block image" }, block.title && el("figcaption", {}, plain(block.title)), picture(block, "large"));
  },
  markdown: (block, { people }) => el("div", { class: "block text" }, markdown(block.text ?? "", people)),
  rich_text: (block, { people }) => el("div", { class: "block text" }, block.elements.map((part) => richPart(part, people))),
  alert(block, { people }) {
    return el("div", { class: "block alert", dataset: { level: block.level ?? "default" } }, el("div", { class: "text" }, textObject(block.text, people)));
  },
  input: inputBlock,
  table,
};

function unknown(block) {
  return el("p", { class: "block unknown" }, `This page does not draw “${block.type}” blocks.`);
}

function element(item, block, context) {
  if (item.type === "button") return button(item, block, context);
  if (item.type === "image") return picture(item, "medium");
  if (item.type === "overflow") return overflow(item, block, context);
  return loneField(item, block, context) ?? el("span", { class: "unknown" }, `This page does not draw “${item.type}”.`);
}

function button(item, block, context) {
  const hidden = item.visible_to_user_ids && !item.visible_to_user_ids.some((id) => context.people.isMe(id));
  if (hidden) return null;
  return el("button", {
    type: "button",
    class: `button ${item.style ?? ""}`,
    aria: item.accessibility_label ? { label: item.accessibility_label } : {},
    dataset: { action: item.action_id ?? "", block: block.block_id ?? "" },
    on: { click: () => pressed(item, block, context) },
  }, plain(item.text));
}

function overflow(item, block, context) {
  const properties = { class: "button overflow", dataset: { action: item.action_id ?? "", block: block.block_id ?? "" }, aria: { label: overflowName(block) } };
  const entries = () => item.options.map((option) => ({ label: plain(option.text), detail: option.description && plain(option.description), act: () => chosen(item, option, block, context) }));
  const again = () => context.place?.()?.querySelector(`.overflow[data-block="${CSS.escape(block.block_id)}"]`);
  return menuButton(properties, icon("dots"), entries, again);
}

/** Beside a text the menu is of what the text names; else it is what else can be done. */
function overflowName(block) {
  const words = block.type === "section" && block.text ? plain(block.text).replace(/[*_~`]/g, "").split("\n")[0] : "";
  return words ? `More: ${words}` : "More actions";
}

async function chosen(item, option, block, context) {
  if (item.confirm && !(await context.confirm(item.confirm))) return;
  if (option.url && safeAddress(option.url)) window.open(option.url, "_blank", "noreferrer");
  context.change(item, block.block_id, option.value);
}

async function pressed(item, block, context) {
  if (item.confirm && !(await context.confirm(item.confirm))) return;
  if (item.url && safeAddress(item.url)) window.open(item.url, "_blank", "noreferrer");
  context.press(item, block.block_id);
}

function picture(item, size) {
  const address = safeAddress(item.image_url);
  return address ? el("img", { class: `picture ${size}`, src: address, alt: item.alt_text ?? "" }) : el("span", { class: "unknown" }, item.alt_text ?? "image");
}

function table(block, { people }) {
  const [head = [], ...rows] = block.rows;
  const cell = (tag) => (content, column) => {
    const settings = block.column_settings?.[column] ?? {};
    return el(tag, { class: settings.is_wrapped ? "wrapped" : "", style: { textAlign: settings.align ?? "left" }, scope: tag === "th" ? "col" : null }, cellContent(content, people));
  };
  return el("div", { class: "block table-frame", tabindex: "0", role: "region", "aria-label": "Table" },
    el("table", {}, el("thead", {}, el("tr", {}, head.map(cell("th")))), el("tbody", {}, rows.map((row) => el("tr", {}, row.map(cell("td")))))));
}

function cellContent(content, people) {
  if (content.type === "rich_text") return content.elements.map((part) => richPart(part, people));
  return content.type === "raw_number" ? (content.text ?? String(content.value)) : (content.text ?? "");
}

function richPart(part, people) {
  const inside = () => (part.elements ?? []).map((item) => richElement(item, people));
  if (part.type === "rich_text_list") return richList(part, people);
  if (part.type === "rich_text_preformatted") return el("pre", {}, inside());
  if (part.type === "rich_text_quote") return el("blockquote", {}, inside());
  return el("div", { class: "rich" }, inside());
}

function richList(part, people) {
  const properties = { class: "rich-list", dataset: { depth: String(part.indent ?? 0) }, start: part.style === "ordered" && part.offset ? part.offset + 1 : null };
  return el(part.style === "ordered" ? "ol" : "ul", properties, part.elements.map((item) => el("li", {}, richPart(item, people))));
}

const RICH = {
  text: (item) => item.text,
  link: (item) => link(item.url, item.text ?? item.url),
  user: (item, people) => entity(`@${item.user_id}`, people),
  channel: (item, people) => entity(`#${item.channel_id}`, people),
  usergroup: (item, people) => group(item.usergroup_id, null, people),
  broadcast: (item) => mention(`@${item.range}`, true),
  emoji: (item) => emoji(item.name) ?? `:${item.name}:`,
  date: (item) => formatDate(item.timestamp, item.format) ?? item.fallback ?? "",
  color: (item) => item.value,
};

function richElement(item, people) {
  const node = RICH[item.type]?.(item, people) ?? "";
  const styles = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };
  return Object.entries(styles).reduce((inner, [style, tag]) => (item.style?.[style] ? el(tag, {}, inner) : inner), node);
}

/** The nodes of a message without blocks. */
export function renderText(text, people) {
  return [el("div", { class: "text" }, mrkdwn(text ?? "", people))];
}
