// The bar above everything: what this is, the guide, the troubles one can cause, and the way back to the start.

import { byId, el } from "./dom.js";

const TROUBLES = {
  replicate_fails: ["Replicate fails", "Replicate answers everything with an error (503), until this is turned off"],
  slack_is_slow: ["Slack is slow", "Slack takes two seconds for each call of the bot's, until this is turned off"],
};
const KILL = "Kills the bot's process (SIGKILL). It is started again after three seconds, and goes on within half a minute with what it was deleting";
const DUE = "Lets Monday 09:00 come for the cleanup rule of the policy file. The bot looks within ten seconds, and proposes in #ml-ops what the rule selects";

let acts = null;
let print = "";

/** Connects the bar; `actions` has `reset()`, `turn(name, on)`, `kill()` and `cleanup()`. */
export function startBeside(actions) {
  acts = actions;
  byId("cleanup").title = DUE;
  byId("cleanup").addEventListener("click", () => acts.cleanup());
  byId("reset").addEventListener("click", () => acts.reset());
  byId("demo-more").addEventListener("click", () => {
    const open = document.body.classList.toggle("demo-open");
    byId("demo-more").setAttribute("aria-expanded", String(open));
  });
}

/** Shows which troubles are on, whether there is a bot to kill, and whether it is yet to see that its rule is due. */
export function drawBeside(beside) {
  byId("demo").hidden = !beside;
  const now = JSON.stringify([beside?.switches, beside?.bot_runs, beside?.cleanup]);
  if (!beside || now === print) return;
  print = now;
  byId("cleanup").disabled = !beside.cleanup || beside.cleanup.is_due;
  byId("cleanup").textContent = beside.cleanup?.is_due ? "The bot looks…" : "Cleanup is due";
  const focused = document.activeElement?.dataset?.trouble;
  byId("troubles").replaceChildren(
    ...Object.entries(beside.switches).map(([name, on]) => {
      const [label, about] = TROUBLES[name] ?? [name, ""];
      return el("button", { type: "button", role: "switch", class: "demo-button switch", title: about, dataset: { trouble: name }, aria: { checked: on }, on: { click: () => acts.turn(name, !on) } }, el("span", { class: "knob", aria: { hidden: true } }), label);
    }),
    el("button", { type: "button", class: "demo-button", title: KILL, dataset: { trouble: "kill" }, disabled: !beside.bot_runs, on: { click: () => acts.kill() } }, "Kill the bot"),
  );
  if (focused) byId("troubles").querySelector(`[data-trouble="${CSS.escape(focused)}"]:not(:disabled)`)?.focus();
}
