// The guide through the first deletion. It moves on with what happens in Slack and Replicate, not with its own buttons.

import { byId, el, icon } from "./dom.js";
import { HOME } from "./directory.js";
import { isShown, remember } from "./remembered.js";

const ASKS = "Ana";
const DECIDES = "Ben";

let print = "";
let step = null;

/** Connects the guide's buttons. */
export function startCoach() {
  byId("coach-close").addEventListener("click", () => { show(false); byId("coach-toggle").focus(); });
  byId("coach-toggle").addEventListener("click", () => {
    show(byId("coach").hidden);
    if (!byId("coach").hidden) byId("coach").querySelector(".steps button")?.focus();
  });
}

function show(shown) {
  remember("coach", shown);
  byId("coach").hidden = !shown;
  byId("coach-toggle").setAttribute("aria-expanded", String(shown));
}

/**
 * Draws how far things are; `progress` has the steps that are `done` and whether there is a `preview`. `acts` does what
 * the guide offers: `type(command)`, `become(name)`, `open(room)`, `find(words)`, `showReplicate()`, `cleanup()`, `reset()`.
 */
export function drawCoach(progress, { viewer, room, first, examples }, acts) {
  byId("coach").hidden = !progress || !isShown("coach", true);
  byId("coach-toggle").setAttribute("aria-expanded", String(!byId("coach").hidden));
  if (!progress) return;
  const now = JSON.stringify([progress, viewer, room, first, examples]);
  if (now === print) return;
  print = now;
  const focused = byId("coach").contains(document.activeElement) ? document.activeElement.textContent : null;
  const at = { ...progress, viewer, room, first, many: examples.find((one) => one.command.includes("--keep"))?.command, one: examples[0]?.command };
  const over = progress.done === 3;
  byId("coach-heading").textContent = over ? "That was the whole path" : "Delete a version in three steps";
  byId("coach-about").textContent = over
    ? "Asked for, approved, and gone. Here is more to try:"
    : "One person asks, another approves, and everybody sees what happened.";
  byId("coach-steps").replaceChildren(...STEPS.map((one, index) => stepNode(one, index, at, acts)), ...(over ? [moreNode(at, acts)] : []));
  if (step !== null && step !== progress.done) byId("coach-news").textContent = over ? "All three steps are done." : `Step ${progress.done + 1} of 3: ${STEPS[progress.done].title}.`;
  step = progress.done;
  if (focused) ([...byId("coach").querySelectorAll("button")].find((button) => button.textContent === focused) ?? byId("coach").querySelector(".now button") ?? byId("scroll")).focus();
}

function stepNode({ title, after, now }, index, at, acts) {
  const state = index < at.done ? "done" : index === at.done ? "now" : "later";
  const { words, label, act } = now(at, acts);
  return el("li", { class: `step ${state}`, aria: state === "now" ? { current: "step" } : {} },
    el("span", { class: "number", aria: { hidden: true } }, state === "done" ? icon("tick") : String(index + 1)),
    el("div", { class: "step-words" },
      el("h4", {}, title, state === "done" && el("span", { class: "visually-hidden" }, ": done")),
      el("p", {}, state === "done" ? after : words),
      state === "now" && label && el("button", { type: "button", class: "button primary small", on: { click: act } }, label)));
}

const STEPS = [
  {
    title: `${ASKS} asks`,
    after: "The card in #ml-ops tells what is to go.",
    now: (at, acts) => {
      if (at.viewer !== ASKS) return { words: `Nothing is asked for yet. ${ASKS} does that.`, label: `Become ${ASKS}`, act: () => acts.become(ASKS) };
      if (at.room !== at.first) return { words: "She asks in #ml-ops.", label: "Open #ml-ops", act: () => acts.open(at.first) };
      if (at.preview) return { words: "Only Ana sees the preview. Press “Request approval”.", label: "Show me", act: () => acts.find("Request approval") };
      return { words: "You are Ana. Send a command; nothing is deleted yet.", label: "Type it for me", act: () => acts.type(at.one) };
    },
  },
  {
    title: `${DECIDES} approves`,
    after: "The bot checked everything once more, and began.",
    now: (at, acts) => {
      if (at.viewer !== DECIDES) return { words: `${ASKS} can't approve her own request. ${DECIDES} can.`, label: `Become ${DECIDES}`, act: () => acts.become(DECIDES) };
      if (at.room !== at.first) return { words: "The card is in #ml-ops.", label: "Open #ml-ops", act: () => acts.open(at.first) };
      return { words: "Look at what is to be deleted, and press “Approve” on the card.", label: "Show me", act: () => acts.find("Approve") };
    },
  },
  {
    title: "Watch it go",
    after: "Gone from Replicate, and the card tells the result.",
    now: (_at, acts) => ({
      words: "It vanishes from Replicate, and the card keeps count.",
      label: matchMedia("(max-width: 1040px)").matches ? "Show Replicate" : null, act: () => acts.showReplicate(),
    }),
  },
];

function moreNode(at, acts) {
  const choice = (label, act) => el("button", { type: "button", class: "button small", on: { click: act } }, label);
  return el("li", { class: "more-to-try" },
    at.many && choice("Delete many and press Stop", () => acts.ask(ASKS, at.many)),
    choice("See a cleanup rule propose", () => { acts.open(at.first); acts.cleanup(); }),
    choice("Look at the bot's Home", () => acts.open(HOME)),
    choice("Begin again", acts.reset));
}
