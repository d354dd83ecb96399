/* The left side: the server, its channels with their threads, and who is being played. */

import { avatar, h, icon } from "./dom.js";
import { open } from "./navigate.js";
import * as store from "./store.js";

const { store: data } = store;
const CATEGORY = 4;
const KINDS = { "Direct messages": [store.DIRECT], "Text channels": [store.TEXT, store.ANNOUNCEMENT], "Voice channels": [store.VOICE] };
let switchTo = () => {};
let shown = null; // the place that was scrolled to when it was opened

export function setUpSidebar(onSwitch) {
  switchTo = onSwitch;
  for (const topic of ["structure", "unread", "current", "connection"]) store.on(topic, draw);
}

function draw() {
  const holder = document.getElementById("sidebar");
  const focused = holder.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  const scrolled = holder.querySelector(".channels")?.scrollTop ?? 0;
  const list = h("div", { class: "channels" });
  for (const [title, channels] of groups()) list.append(group(title, channels));
  holder.replaceChildren(
    h("div", { class: "rail", "aria-hidden": "true" }, h("div", { class: "server-icon", title: data.guild?.name }, initials(data.guild?.name)), h("span", { class: "rail-note" }, "local sandbox")),
    h("div", { class: "panel" }, h("div", { class: "server" }, h("h1", {}, data.guild?.name ?? "No server")), botLine(), list, person()));
  list.scrollTop = scrolled;
  if (shown !== data.current) list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  shown = data.current;
  if (focused) holder.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  const mentions = [...data.unread.values()].reduce((sum, entry) => sum + entry.mentions, 0);
  document.title = `${mentions ? `(${mentions}) ` : data.unread.size ? "• " : ""}Easel sandbox`;
}

/* Channels without a category by their kind, then each category with its own. */
function groups() {
  const all = [...data.channels.values()].sort(byPosition);
  const categories = all.filter((entry) => entry.type === CATEGORY);
  const inside = (category) => all.filter((entry) => entry.parent_id === category.id);
  const outside = all.filter((entry) => entry.type !== CATEGORY && !categories.some((category) => category.id === entry.parent_id));
  return [
    ...Object.entries(KINDS).map(([title, types]) => [title, outside.filter((entry) => types.includes(entry.type))]),
    ...categories.map((category) => [category.name, inside(category)]),
  ];
}

function byPosition(first, second) {
  return (first.position ?? 0) - (second.position ?? 0) || store.compareIds(first.id, second.id);
}

function initials(name) {
  return (name ?? "?").replace(/^The /, "").split(/\s+/).map((word) => word[0]).join("").slice(0, 3).toUpperCase();
}

function botLine() {
  const member = store.bot();
  if (!member) return h("div", { class: "bot-line offline" }, h("span", { class: "dot offline" }), "The bot is not in this server");
  const online = data.botOnline;
  return h("div", { class: `bot-line ${online ? "online" : "offline"}`, testid: "bot-status", role: "status" }, h("span", { class: `dot ${online ? "online" : "offline"}` }), `${store.memberName(member)} is ${online ? "online" : "offline"}`);
}

function group(title, channels) {
  if (!channels.length) return "";
  return h("section", { "aria-label": title }, h("h2", { class: "group-title" }, title), h("ul", {}, channels.map((entry) => h("li", {}, channelButton(entry), threadList(entry)))));
}

function channelButton(entry) {
  const { classes, badge, words } = marks(entry);
  return h("button", {
    type: "button", class: `channel ${classes}`, testid: `channel-${entry.name}`, "aria-current": entry.id === data.current ? "page" : null,
    "aria-label": `${entry.name}, ${kind(entry)}${words}`, on: { click: () => open(entry.id) },
  }, icon(store.placeIcon(entry), 20), h("span", { class: "channel-name" }, entry.name), isPrivate(entry) && h("span", { class: "lock", title: "Private" }, icon("lock", 13)), badge);
}

function kind(entry) {
  return { [store.DIRECT]: "direct messages", [store.VOICE]: "voice channel chat", [store.ANNOUNCEMENT]: "announcement channel" }[entry.type] ?? "text channel";
}

/* A channel is private where @everyone may not view it. */
function isPrivate(entry) {
  const everyone = (entry.permission_overwrites ?? []).find((overwrite) => overwrite.id === data.guild?.id);
  return everyone ? ((BigInt(everyone.deny ?? 0) >> 10n) & 1n) === 1n : false;
}

function marks(entry) {
  const unread = entry.id === data.current ? null : data.unread.get(entry.id);
  const classes = [entry.id === data.current && "current", unread && "unread"].filter(Boolean).join(" ");
  const badge = unread?.mentions ? h("span", { class: "badge" }, unread.mentions) : unread ? h("span", { class: "unread-dot" }) : null;
  const words = unread ? `, ${unread.mentions ? `${unread.mentions} mentions` : "unread"}` : "";
  return { classes, badge, words };
}

function threadList(parent) {
  const threads = [...data.threads.values()]
    .filter((thread) => thread.parent_id === parent.id && (!thread.thread_metadata?.archived || thread.id === data.current))
    .sort((first, second) => store.compareIds(first.id, second.id));
  if (!threads.length) return null;
  return h("ul", { class: "threads" }, threads.map((thread) => {
    const { classes, badge, words } = marks(thread);
    return h("li", {}, h("button", {
      type: "button", class: `channel thread ${classes}`, testid: `thread-${thread.id}`, "aria-current": thread.id === data.current ? "page" : null,
      title: thread.name, "aria-label": `${thread.name}, thread in ${parent.name}${words}`, on: { click: () => open(thread.id) },
    }, h("span", { class: "channel-name" }, thread.name), (thread.type === store.PRIVATE_THREAD || thread.thread_metadata?.locked) && icon("lock", 13), badge));
  }));
}

function person() {
  if (!data.me) return null;
  const others = data.people.filter((entry) => !entry.bot);
  const group = h("div", { class: "players", role: "radiogroup", "aria-label": "Play as" }, others.map((entry) => {
    const chosen = entry.id === data.me.id;
    return h("button", {
      type: "button", class: "player", role: "radio", "aria-checked": String(chosen), tabindex: chosen ? "0" : "-1", testid: `person-${entry.id}`,
      title: `Play as ${entry.global_name || entry.username}, ${entry.role}`, on: { click: () => chosen || switchTo(entry.id) },
    }, avatar(entry, 32), h("span", {}, entry.global_name || entry.username), h("small", {}, entry.role));
  }));
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = others.findIndex((entry) => entry.id === data.me.id);
    switchTo(others[(now + step + others.length) % others.length].id);
  });
  return h("div", { class: "person" }, h("div", { class: "person-title" }, "You are playing ", h("b", {}, data.me.global_name || data.me.username)), group);
}
