/* Commands, buttons, menus and modals on their way: what was sent, and what became of it.
 * An update may come before the answer to the call that it belongs to, so early ones are kept for a while. */

import * as api from "./api.js";
import * as store from "./store.js";

const { store: data, changed } = store;
const early = new Map();
const asked = new Map(); // interaction id -> who waits for its end
const KEPT = 50;
export const NO_ANSWER = "The application did not respond";
const PATIENCE_MS = 4_000; // Discord gives an application 3 seconds
let openModal = () => {};

export function whenModalOpens(callback) {
  openModal = callback;
}

/** Send something that makes an interaction and follow it. `send` returns the API's promise. */
export async function start(send, { channel, command = null, messageId = null, customId = null }) {
  const { interaction_id: id } = await send();
  data.pending.set(id, { id, channel, command, messageId, customId, state: "pending", at: Date.now() });
  changed("interactions", "messages");
  settle(id);
  return id;
}

/** Send something whose answer is nothing to see, and return what became of it. */
export async function ask(send) {
  const { interaction_id: id } = await send();
  const answer = new Promise((resolve) => asked.set(id, resolve));
  settle(id);
  return answer;
}

function settle(id) {
  const known = early.get(id);
  early.delete(id);
  if (known) interactionChanged(known);
  follow(id);
}

export function interactionChanged(update) {
  if (asked.has(update.id)) {
    if (update.state === "pending") return;
    asked.get(update.id)(update);
    asked.delete(update.id);
    return;
  }
  const entry = data.pending.get(update.id);
  if (!entry) {
    early.set(update.id, update);
    if (early.size > KEPT) early.delete(early.keys().next().value);
    return;
  }
  if (update.state === "modal") {
    data.pending.delete(update.id);
    if (update.modal) openModal(update.modal, update.id);
  } else if (update.state === "answered") data.pending.delete(update.id);
  else if (update.state === "thinking" && (update.message_id || entry.customId)) data.pending.delete(update.id);
  else data.pending.set(update.id, { ...entry, state: update.state, error: update.error });
  changed("interactions", "messages");
}

/* The stream tells; this is the net for the case that it was just being opened again. */
function follow(id) {
  setTimeout(async () => {
    if (!asked.has(id) && data.pending.get(id)?.state !== "pending") return;
    try {
      interactionChanged(await api.interaction(id, data.me.id));
    } catch {
      interactionChanged({ id, state: "failed" });
    }
  }, PATIENCE_MS);
}

export function forget(id) {
  data.pending.delete(id);
  changed("interactions", "messages");
}

/** What a failed interaction says to the one person who sees it. */
export function failureWords(entry) {
  const words = typeof entry.error === "string" ? entry.error : entry.error?.message;
  return words || NO_ANSWER;
}
