/* The line above the messages: where one is, the way back from a thread, and what this page is. */

import { h, icon } from "./dom.js";
import { open } from "./navigate.js";
import { togglePeople } from "./people.js";
import * as store from "./store.js";

const { store: data } = store;

export function setUpHeader() {
  for (const topic of ["current", "structure", "connection"]) store.on(topic, draw);
}

function draw() {
  const place = store.channel(data.current);
  const header = document.getElementById("header");
  const focused = header.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  header.replaceChildren(
    h("button", { type: "button", class: "round drawer-button", testid: "drawer", "aria-label": "Channels", on: { click: () => document.body.classList.toggle("drawer") } }, icon("menu", 22)),
    place ? title(place) : h("div", { class: "where" }, h("h2", {}, "No channel")),
    h("span", { class: "stand-in", title: "This page stands in for Discord on your own machine. Nothing leaves it." }, "Local stand-in, not Discord"),
    h("button", { type: "button", class: "round people-button", testid: "people", "aria-label": "Member list", "aria-pressed": String(!document.body.classList.contains("no-people")), on: { click: (event) => event.currentTarget.setAttribute("aria-pressed", String(togglePeople())) } }, icon("people", 22)));
  if (focused) header.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
  const notice = document.getElementById("notice");
  notice.hidden = data.connected;
  notice.textContent = data.connected ? "" : "The connection to the sandbox is lost. Trying again…";
}

function title(place) {
  if (!store.isThread(place)) {
    return h("div", { class: "where" }, icon(store.placeIcon(place), 22), h("h2", {}, place.name), place.topic && h("span", { class: "topic" }, place.topic));
  }
  const parent = data.channels.get(place.parent_id);
  const meta = place.thread_metadata ?? {};
  const state = meta.locked ? "locked" : meta.archived ? "archived" : null;
  return h("div", { class: "where" },
    parent && h("button", { type: "button", class: "parent", testid: "thread-back", "aria-label": `Back to #${parent.name}`, on: { click: () => open(parent.id) } }, icon("back", 18), icon("hash", 18), parent.name),
    h("span", { class: "crumb", "aria-hidden": "true" }, "›"), icon("thread", 20), h("h2", {}, place.name), state && h("span", { class: "state-tag" }, state));
}
