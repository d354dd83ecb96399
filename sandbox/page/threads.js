/* Threads and the messages that they grow from: which there is, whether there may be one, and opening it. */

import * as api from "./api.js";
import { h, icon } from "./dom.js";
import { showForm } from "./form.js";
import { plainText } from "./markdown.js";
import { open } from "./navigate.js";
import * as store from "./store.js";

const EPHEMERAL = 1 << 6;
const LONGEST_NAME = 100;
const SUGGESTED = 40;
const SAID = new Set([0, 19, 20, 23]); // types of messages that somebody wrote

/** The thread that grew from this message, or null. */
export function threadOf(message) {
  if (message.channel_id === message.id) return null;
  return store.store.threads.get(message.id) ?? message.thread ?? null;
}

/** Whether this person may open one on it. */
export function mayHaveThread(message) {
  const place = store.channel(message.channel_id);
  const possible = [store.TEXT, store.ANNOUNCEMENT].includes(place?.type) && SAID.has(message.type ?? 0) && !((message.flags ?? 0) & EPHEMERAL);
  return possible && !threadOf(message) && store.may(place, "openThreads") && store.may(place, "history");
}

/** Ask for a name, open the thread and go there. */
export function askForThread(message) {
  const suggested = plainText((message.content ?? "").trim().split("\n")[0]).slice(0, SUGGESTED);
  const field = h("input", { id: "thread-name", class: "field", type: "text", maxlength: LONGEST_NAME, placeholder: suggested || "New thread", testid: "thread-name" });
  const about = h("div", { class: "field-about" }, "It hangs below the message, and everyone here can join in.");
  showForm({
    title: "Create thread", mark: icon("thread", 24), words: "Create thread", testid: "thread-form",
    body: h("div", { class: "modal-field" }, h("label", { class: "field-label", for: "thread-name" }, "Thread name"), about, field),
    async send() {
      const name = field.value.trim() || field.placeholder;
      const opened = await api.thread({ user: store.store.me.id, channel_id: message.channel_id, message_id: message.id, name });
      store.store.threads.set(opened.id, { ...store.store.threads.get(opened.id), ...opened });
      open(opened.id);
      requestAnimationFrame(() => document.getElementById("composer")?.focus());
    },
  });
  field.focus();
}
