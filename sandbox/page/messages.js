/* The list of messages of the open place. A node is drawn again only when what it shows has changed, so
 * focus, revealed spoilers and open controls survive news elsewhere; the view stays at the bottom or where it was. */

import { avatar, h, icon } from "./dom.js";
import { remember } from "./focus.js";
import { canGroup, drawMessage, FLAGS, hasFlag, isOverdue, thinking } from "./message.js";
import { failureWords, forget } from "./interactions.js";
import { loadNewest, loadOlder } from "./navigate.js";
import * as store from "./store.js";
import { threadOf } from "./threads.js";
import { dayName, sameDay } from "./time.js";

const { store: data } = store;
const GROUP_MS = 7 * 60_000;
const NEAR_PX = 60;
const OLDER_PX = 300;
const drawn = new Map(); // key -> {node, marks}
let shown = null; // the place whose messages are on show
let stuck = true; // whether the view follows the newest message
let lastTop = 0;
let visited = null; // the message that had the focus last
let scroll = null;
let holder = null;
let jumpDown = null;

export function setUpMessages() {
  scroll = document.getElementById("scroll");
  holder = document.getElementById("messages");
  jumpDown = h("button", { type: "button", class: "jump-down", hidden: true, on: { click: toBottom } }, "Jump to the newest", icon("down", 16));
  document.getElementById("dock").prepend(jumpDown);
  scroll.addEventListener("scroll", scrolled, { passive: true });
  holder.addEventListener("keydown", moveBetween);
  holder.addEventListener("focusin", (event) => {
    visited = event.target.closest("article.message")?.dataset.testid ?? visited;
    rove();
  });
  new ResizeObserver(() => stuck && toBottom()).observe(holder);
  new ResizeObserver(() => stuck && toBottom()).observe(scroll);
  for (const topic of ["messages", "interactions", "current"]) store.on(topic, render);
  store.on("sent", toBottom);
}

function toBottom() {
  stuck = true;
  scroll.scrollTop = scroll.scrollHeight;
  jumpDown.hidden = true;
}

function scrolled() {
  const below = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;
  // Only a person scrolls up; when pictures load the list just grows, and the view keeps following.
  if (below < NEAR_PX) stuck = true;
  else if (scroll.scrollTop < lastTop - 1) stuck = false;
  lastTop = scroll.scrollTop;
  jumpDown.hidden = below < 400;
  const log = data.logs.get(data.current);
  if (log?.loaded && scroll.scrollTop < OLDER_PX && !log.complete && !log.loading && !log.olderError) loadOlder(data.current);
}

/* Up and down move the focus from message to message. */
function moveBetween(event) {
  if (!["ArrowUp", "ArrowDown"].includes(event.key) || event.target.closest("input, textarea, select, [role=listbox]")) return;
  const list = [...holder.querySelectorAll(".message")];
  const now = list.indexOf(event.target.closest(".message"));
  const next = list[now + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function render() {
  if (!data.current || !data.me) return;
  const log = store.log(data.current);
  const moved = shown !== `${data.me.id}/${data.current}`;
  if (moved) {
    shown = `${data.me.id}/${data.current}`;
    drawn.clear();
    holder.replaceChildren();
    stuck = true;
  }
  const place = store.channel(data.current);
  holder.setAttribute("aria-label", `Messages in ${place?.name ?? ""}`);
  const giveBack = holder.contains(document.activeElement) ? remember() : null;
  const anchor = firstInView();
  const before = anchor?.getBoundingClientRect().top;
  reconcile(entries(place, log));
  if (giveBack && !holder.contains(document.activeElement)) giveBack();
  rove();
  if (stuck) toBottom();
  else if (anchor?.isConnected) scroll.scrollTop += anchor.getBoundingClientRect().top - before;
}

/* What is being read stays where it is, whatever comes above or below it. */
function firstInView() {
  const top = scroll.getBoundingClientRect().top;
  return [...holder.querySelectorAll(".message")].find((node) => node.getBoundingClientRect().bottom > top) ?? null;
}

/** What stands in the list, from top to bottom: {key, marks, draw}. */
function entries(place, log) {
  const result = [];
  if (log.error) result.push(single("error", [log.error], () => errorNote(log.error, loadNewest)));
  else if (!log.loaded) result.push(single("loading", [], skeleton));
  else if (log.complete) result.push(single("intro", [place, data.revision], () => intro(place)));
  else if (log.olderError) result.push(single("older-error", [log.olderError], () => errorNote(log.olderError, loadOlder)));
  else result.push(single("older", [log.loading], () => h("div", { class: "older", role: "status" }, log.loading ? "Loading older messages…" : "")));
  const list = withStarter(place, log).filter((message) => !data.dismissed.has(message.id));
  let previous = null;
  let day = null;
  // An interaction's id is as old as the command, so it tells where its line belongs.
  const waiting = [...data.pending.values()].filter((entry) => entry.channel === place?.id && !entry.customId);
  for (const message of list) {
    while (waiting.length && store.compareIds(waiting[0].id, message.id) < 0) {
      result.push(pendingEntry(waiting.shift()));
      previous = null;
    }
    if (!day || !sameDay(day, message.timestamp)) {
      day = message.timestamp;
      const words = dayName(day);
      result.push(single(`day-${words}`, [], () => h("div", { class: "day", role: "separator" }, h("span", {}, words))));
      previous = null;
    }
    const grouped = Boolean(previous) && previous.author?.id === message.author?.id && canGroup(message) && !hasFlag(previous, FLAGS.ephemeral)
      && (previous.type ?? 0) !== 18 && new Date(message.timestamp) - new Date(previous.timestamp) < GROUP_MS;
    const thread = threadOf(message);
    const presses = [...data.pending.values()].filter((entry) => entry.messageId === message.id).map((entry) => `${entry.customId}${entry.state}`).join();
    const marks = [message, grouped, thread, thread && data.unread.has(thread.id), thread && data.logs.get(thread.id)?.list.at(-1), data.revision, presses, isOverdue(message)];
    result.push(single(message.id, marks, () => drawMessage(message, { grouped })));
    // The message that a thread grew from stands apart from what was said in it.
    previous = message.channel_id === place?.id ? message : null;
  }
  for (const entry of waiting.splice(0)) result.push(pendingEntry(entry));
  return result;
}

/* The message that a thread grew from stands first, as it is now; the thread's own note of it is older. */
function withStarter(place, log) {
  const list = log.list.filter((message) => message.type !== store.THREAD_STARTER);
  if (!store.isThread(place) || !log.complete) return list;
  const noted = log.list.find((message) => message.type === store.THREAD_STARTER)?.referenced_message;
  const starter = data.starters.get(place.id) ?? noted;
  return starter ? [starter, ...list] : list;
}

function single(key, marks, draw) {
  return { key, marks, draw };
}

function pendingEntry(entry) {
  const user = store.bot()?.user ?? { id: "0", username: "The application", bot: true };
  const failed = entry.state === "failed";
  return single(`pending-${entry.id}`, [entry.state], () =>
    h("div", { class: `message pending${failed ? " ephemeral" : ""}`, testid: `pending-${entry.id}`, role: failed ? "alert" : null },
      entry.command && h("div", { class: "context" }, avatar(data.me, 16), h("span", {}, h("b", {}, store.userName(data.me)), " used ", h("span", { class: "pill" }, entry.command))),
      h("div", { class: "gutter" }, avatar(user, 40)),
      h("div", { class: "body" },
        h("div", { class: "head" }, h("span", { class: "author" }, store.userName(user)), h("span", { class: "app-tag" }, "APP")),
        failed ? h("div", { class: "failure" }, icon("warn", 16), failureWords(entry)) : entry.state === "thinking" ? thinking(user) : h("div", { class: "thinking" }, "Sending command…"),
        failed && h("div", { class: "private" }, icon("eye", 15), "Only you can see this · ", h("button", { type: "button", class: "link", on: { click: () => forget(entry.id) } }, "Dismiss message")))));
}

function reconcile(list) {
  const wanted = new Set(list.map((entry) => entry.key));
  for (const [key, { node }] of drawn) {
    if (wanted.has(key)) continue;
    node.remove();
    drawn.delete(key);
  }
  let after = null;
  for (const { key, marks, draw } of list) {
    const known = drawn.get(key);
    const same = known && known.marks.length === marks.length && marks.every((mark, index) => Object.is(mark, known.marks[index]));
    let node = known?.node;
    if (!same) {
      node = draw();
      if (known) known.node.replaceWith(node);
      drawn.set(key, { node, marks });
    }
    const place = after ? after.nextSibling : holder.firstChild;
    if (place !== node) holder.insertBefore(node, place);
    after = node;
  }
}

/* Tab leads to one of the messages, the newest unless another had the focus last; arrow keys to the others. */
function rove() {
  const list = [...holder.querySelectorAll("article.message")];
  const chosen = list.find((node) => node.dataset.testid === visited) ?? list.at(-1);
  for (const node of list) node.tabIndex = node === chosen ? 0 : -1;
}

function errorNote(words, again) {
  return h("div", { class: "intro" }, h("div", { class: "failure", role: "alert" }, icon("warn"), words),
    h("button", { type: "button", class: "button secondary", on: { click: () => again(data.current) } }, "Try again"));
}

function skeleton() {
  return h("div", { class: "skeleton", "aria-hidden": "true" }, [70, 45, 85, 60].map((width) => h("div", {}, h("i"), h("span", {}, h("b"), h("em", { style: { width: `${width}%` } })))));
}

function intro(place) {
  const thread = store.isThread(place);
  const direct = place?.type === store.DIRECT;
  const parent = thread ? store.store.channels.get(place.parent_id) : null;
  return h("div", { class: "intro" },
    h("div", { class: "intro-mark" }, icon(store.placeIcon(place), 40)),
    h("h2", {}, thread || direct ? place.name : `Welcome to ${store.placeName(place)}!`),
    h("p", {}, thread ? `A thread in #${parent?.name ?? "…"}.` : place?.topic || `This is the start of ${direct ? "your conversation with " : ""}${store.placeName(place)}.`));
}
