/* The right side: who is in the server, grouped by role as Discord does, the bot with its state. */

import { avatar, h } from "./dom.js";
import * as store from "./store.js";

const { store: data } = store;
const KEY = "easel.people";

export function setUpPeople() {
  document.body.classList.toggle("no-people", localStorage.getItem(KEY) === "hidden");
  store.on("structure", draw);
}

export function togglePeople() {
  const hidden = document.body.classList.toggle("no-people");
  localStorage.setItem(KEY, hidden ? "hidden" : "shown");
  return !hidden;
}

function draw() {
  const groups = new Map();
  for (const member of data.members.values()) {
    const title = groupOf(member);
    if (!groups.has(title)) groups.set(title, []);
    groups.get(title).push(member);
  }
  const order = ["Owner", "Moderators", "Apps", "Members", "Offline"];
  const titles = [...groups.keys()].sort((first, second) => order.indexOf(first) - order.indexOf(second));
  document.getElementById("people").replaceChildren(...titles.map((title) =>
    h("section", {}, h("h2", { class: "group-title" }, `${title} — ${groups.get(title).length}`), h("ul", {}, groups.get(title).map(row)))));
}

function groupOf(member) {
  if (member.user.bot) return data.botOnline ? "Apps" : "Offline";
  return { owner: "Owner", moderator: "Moderators" }[store.roleWord(member.user)] ?? "Members";
}

function row(member) {
  const offline = member.user.bot && !data.botOnline;
  const colour = store.roleColour(member.user.id);
  return h("li", { class: `member${offline ? " offline" : ""}` }, avatar(member.user, 32, offline ? "offline" : "online"),
    h("span", { class: "member-words" },
      h("span", { class: "member-name", style: colour ? { color: colour } : {} }, store.memberName(member), member.user.bot && h("span", { class: "app-tag" }, "APP")),
      h("small", {}, member.user.bot ? (offline ? "offline" : "online") : member.user.id === data.me?.id ? "you" : "")));
}
