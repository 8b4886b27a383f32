// The shortcodes that messages here use. One that is missing is shown as written, as Slack does.

import { el, icon } from "./dom.js";

/** Those that carry meaning on the bot's cards are drawn: not every machine has a font for them. */
const DRAWN = { no_entry: "barred", warning: "triangle", white_check_mark: "tick", x: "cross" };

/** A shortcode's emoji, as text or as a picture; undefined for one that is not known. */
export function emoji(name) {
  if (!Object.hasOwn(DRAWN, name)) return EMOJI[name];
  return el("span", { class: "emoji", role: "img", aria: { label: name.replaceAll("_", " ") } }, icon(DRAWN[name]));
}

export const EMOJI = {
  "+1": "👍", "-1": "👎", alarm_clock: "⏰", arrow_right: "➡️", arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️",
  bangbang: "‼️", bar_chart: "📊", bell: "🔔", black_square_for_stop: "⏹️", bulb: "💡", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", calendar: "📅", checkered_flag: "🏁", clipboard: "📋", clock1: "🕐", clock3: "🕒",
  construction: "🚧", email: "📧", exclamation: "❗", eyes: "👀", fast_forward: "⏩", file_folder: "📁", fire: "🔥",
  ghost: "👻", globe_with_meridians: "🌐", hammer_and_wrench: "🛠️", hand: "✋", heavy_check_mark: "✔️",
  heavy_minus_sign: "➖", hourglass: "⌛", hourglass_flowing_sand: "⏳", information_source: "ℹ️", key: "🔑",
  large_blue_circle: "🔵", large_green_circle: "🟢", large_red_circle: "🔴", large_yellow_circle: "🟡",
  leftwards_arrow_with_hook: "↩️", link: "🔗", lock: "🔒", mag: "🔍", memo: "📝", minidisc: "💽", no_entry: "⛔",
  no_entry_sign: "🚫", ok: "🆗", ok_hand: "👌", octagonal_sign: "🛑", package: "📦", pause_button: "⏸️",
  point_right: "👉", pray: "🙏", pushpin: "📌", question: "❓", raised_hand: "✋", repeat: "🔁", robot_face: "🤖",
  rocket: "🚀", rotating_light: "🚨", scissors: "✂️", scroll: "📜", shield: "🛡️", shrug: "🤷", slightly_smiling_face: "🙂",
  smile: "😄", sparkles: "✨", speech_balloon: "💬", stop_button: "⏹️", stopwatch: "⏱️", tada: "🎉", thinking_face: "🤔",
  thumbsdown: "👎", thumbsup: "👍", timer_clock: "⏲️", unlock: "🔓", warning: "⚠️", wastebasket: "🗑️", wave: "👋",
  white_check_mark: "✅", white_circle: "⚪", wrench: "🔧", x: "❌", zap: "⚡", zzz: "💤",
};
