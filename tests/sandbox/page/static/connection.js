// The sandbox's own addresses: its state, its events, and what a person does.

/** The state as this person sees it. Throws when the sandbox does not answer. */
export async function fetchState(viewer) {
  const answer = await fetch(`/sandbox/state?viewer=${encodeURIComponent(viewer ?? "")}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}`);
  return answer.json();
}

/** A command or a message, typed by a person. Gives null, or why it was not taken. */
export function sendText(user, channel, text) {
  return post("/sandbox/command", { user, channel, text });
}

/** A press on a button of a message. Gives null, or why it was not taken. */
export function sendClick(click) {
  return post("/sandbox/click", click);
}

/** A message deleted. Gives null, or why it was not. */
export function sendDeletion(user, channel, ts) {
  return post("/sandbox/delete", { user, channel, ts });
}

/** The fields of the modal on top, submitted. Gives null, or why it was not taken. */
export function sendSubmission(user, values) {
  return post("/sandbox/submit", { user, values });
}

/** The modal's view on top closed, or `everything` of it. Gives null, or why it was not taken. */
export function sendClosing(user, everything) {
  return post("/sandbox/close_modal", { user, everything });
}

/** A press on a button of the modal on top (`modal`) or of the Home tab (`home`). Gives null, or why it was not taken. */
export function sendViewClick(surface, click) {
  return post(`/sandbox/${surface}_click`, click);
}

/** A visit to the bot's Home tab. Gives null, or why it was not taken. */
export function sendHomeVisit(user) {
  return post("/sandbox/home", { user });
}

/** Something chosen, on whatever `surface`: in a message, in the modal on top or on the Home tab. Gives null, or why it was not taken. */
export function sendChoice(choice) {
  return post("/sandbox/choose", choice);
}

/** What the app suggests for these letters: `{options}`, `{option_groups}` or `{error}`. */
export async function askSuggestions(question) {
  const answer = await ask("/sandbox/suggest", question);
  return answer.ok ? answer : { error: answer.error };
}

/** A shortcut of the app's, run by a person; with `channel` and `ts` it is one on that message. Gives null, or why not. */
export function sendShortcut(shortcut) {
  return post("/sandbox/shortcut", shortcut);
}

/** Everything begins anew. Gives null, or why not. */
export function sendReset() {
  return post("/sandbox/reset", {});
}

/** A trouble turned on or off. Gives null, or why not. */
export function sendSwitch(name, on) {
  return post("/sandbox/switch", { name, on });
}

/** The time of the cleanup rule has come. Gives null, or why not. */
export function sendCleanup() {
  return post("/sandbox/cleanup", {});
}

/** The bot's process killed. Gives null, or why not. */
export function sendKill() {
  return post("/sandbox/kill", {});
}

async function post(address, body) {
  const result = await ask(address, body);
  return result.ok ? null : (result.error ?? "the sandbox refused it without a reason");
}

async function ask(address, body) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await answer.json().catch(() => ({ ok: false, error: `the sandbox answered ${answer.status}` }));
  } catch {
    return { ok: false, error: "the sandbox does not answer" };
  }
}

/** Calls `changed` at every event and at every (re)connection, `lost` when the stream breaks. The browser reconnects. */
export function listen({ changed, lost }) {
  const source = new EventSource("/sandbox/events");
  source.addEventListener("open", changed);
  source.addEventListener("message", changed);
  source.addEventListener("error", () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen({ changed, lost }), 2000);
  });
}
