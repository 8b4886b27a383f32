// Slack's date tokens, in the reader's own time zone.
// Source: "Formatting with date tokens" and the rich text date element in Slack's reference.

const DAY = 86_400_000;

/** `{date_short_pretty} at {time}` and the like, filled in; unknown tokens stay as written. */
export function formatDate(seconds, template, now = new Date()) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return template.replace(/\{(\w+)\}/g, (whole, token, at) => {
    const text = TOKENS[token]?.(date, now);
    if (text === undefined) return whole;
    return at === 0 && token.endsWith("pretty") ? capitalised(text) : text;
  });
}

/** `9:05 AM`, as beside a message. */
export function clock(date) {
  return part(date, { hour: "numeric", minute: "2-digit" });
}

/** The words on the line between two days. */
export function dayDivider(date, now = new Date()) {
  return capitalised(TOKENS.day_divider_pretty(date, now));
}

/** `5 minutes ago`, `in 24 hours`. */
export function ago(date, now = new Date()) {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  const [unit, length] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
}

const STEPS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

const TOKENS = {
  date_num: (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  date_slash: (date) => part(date, { month: "2-digit", day: "2-digit", year: "numeric" }),
  date: (date) => `${part(date, { month: "long" })} ${ordinal(date.getDate())}, ${date.getFullYear()}`,
  date_short: (date) => part(date, { month: "short", day: "numeric", year: "numeric" }),
  date_long: (date) => `${part(date, { weekday: "long" })}, ${TOKENS.date(date)}`,
  date_long_full: (date) => part(date, { month: "long", day: "numeric", year: "numeric" }),
  date_pretty: (date, now) => nearby(date, now) ?? TOKENS.date(date),
  date_short_pretty: (date, now) => nearby(date, now) ?? TOKENS.date_short(date),
  date_long_pretty: (date, now) => nearby(date, now) ?? TOKENS.date_long(date),
  day_divider_pretty: (date, now) => nearby(date, now) ?? withoutThisYear(date, now),
  time: clock,
  time_secs: (date) => part(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago,
};

function withoutThisYear(date, now) {
  const long = TOKENS.date_long(date);
  return date.getFullYear() === now.getFullYear() ? long.replace(/, \d+$/, "") : long;
}

function nearby(date, now) {
  const midnight = (moment) => Date.UTC(moment.getFullYear(), moment.getMonth(), moment.getDate());
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[(midnight(date) - midnight(now)) / DAY];
}

function capitalised(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function part(date, options) {
  return new Intl.DateTimeFormat("en-US", options).format(date);
}

function two(number) {
  return String(number).padStart(2, "0");
}

function ordinal(day) {
  const ending = day % 100 >= 11 && day % 100 <= 13 ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th");
  return `${day}${ending}`;
}
