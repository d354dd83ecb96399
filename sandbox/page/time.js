/* Times as Discord words them. Relative times stay true by themselves: one timer for the whole page
 * rewrites those that changed. */

import { h } from "./dom.js";

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/** "in 12 seconds", "3 minutes ago". `seconds` counts from the epoch. */
export function relative(seconds, now = Date.now() / 1000) {
  const difference = Math.round(seconds - now);
  if (difference === 0) return "now";
  const [unit, length] = UNITS.find(([, size]) => Math.abs(difference) >= size) ?? UNITS.at(-1);
  return RELATIVE.format(Math.trunc(difference / length), unit);
}

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};

/** One of Discord's timestamp styles; R is relative. */
export function styled(seconds, style = "f") {
  if (style === "R") return relative(seconds);
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "Invalid date" : date.toLocaleString(undefined, STYLES[style] ?? STYLES.f);
}

/** The node for `<t:seconds:style>`. */
export function timestamp(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return h("span", { class: "stamp" }, "Invalid date");
  const node = h("time", { class: "stamp", datetime: date.toISOString(), title: styled(seconds, "F"), "aria-live": "off" }, styled(seconds, style));
  if (style === "R") node.dataset.relative = String(seconds);
  return node;
}

/** Start the timer that keeps relative times true. */
export function startTicking() {
  setInterval(() => {
    for (const node of document.querySelectorAll("time[data-relative]")) {
      const text = relative(Number(node.dataset.relative));
      if (node.textContent !== text) node.firstChild.data = text;
    }
  }, 250);
}

export function sameDay(first, second) {
  return new Date(first).toDateString() === new Date(second).toDateString();
}

export function dayName(date) {
  return new Date(date).toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric" });
}

export function clock(date) {
  return new Date(date).toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" });
}

/** A message's time: "Today at 14:03", "Yesterday at …", or the date. */
export function messageTime(date) {
  const day = new Date(date);
  const now = new Date();
  if (sameDay(day, now)) return `Today at ${clock(day)}`;
  if (sameDay(day, new Date(now.getTime() - 86_400_000))) return `Yesterday at ${clock(day)}`;
  return `${day.toLocaleDateString(undefined, { dateStyle: "short" })} ${clock(day)}`;
}
