/* Which channel or thread is open: kept in the address, loaded when it opens, older messages on demand. */

import * as api from "./api.js";
import * as store from "./store.js";
import { clearToasts, toast } from "./toast.js";

const { store: data, changed } = store;
const PAGE = 50;

/** The channel that opens by itself: #art, else the first text channel. */
export function defaultChannel() {
  const channels = [...data.channels.values()];
  return (channels.find((entry) => entry.name === "art") ?? channels.find((entry) => entry.type === store.TEXT) ?? channels[0])?.id ?? null;
}

/** Find a place by id or name, as it stands in the address. */
export function findPlace(wanted) {
  if (!wanted) return null;
  const places = [...data.channels.values(), ...data.threads.values()];
  const name = wanted.replace(/^#/, "").toLowerCase();
  return (places.find((entry) => entry.id === wanted) ?? places.find((entry) => entry.name?.toLowerCase() === name))?.id ?? null;
}

/** Open a channel or thread; null opens the default one. */
export function open(id, { replace = false } = {}) {
  const target = id && store.channel(id) ? id : defaultChannel();
  if (!target) return;
  data.current = target;
  document.body.classList.remove("drawer");
  clearToasts(target);
  writeAddress(replace);
  store.markRead(target);
  changed("current", "messages", "structure", "unread");
  if (!store.log(target).loaded) loadNewest(target);
  loadStarter(target);
}

export function writeAddress(replace = false) {
  const address = new URL(location.href);
  address.searchParams.set("user", data.me.id);
  if (data.current) address.searchParams.set("channel", data.current);
  if (address.href === location.href) return;
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

/** Fetch the newest messages of a place; what is already known stays. */
export async function loadNewest(id) {
  const log = store.log(id);
  const me = data.me.id;
  log.loading = true;
  try {
    const list = (await api.messages(id, { user: me, limit: PAGE })).reverse();
    if (data.me?.id !== me) return;
    const fetched = new Set(list.map((message) => message.id));
    const newest = list.at(-1)?.id ?? "0";
    const younger = log.list.filter((message) => !fetched.has(message.id) && store.compareIds(message.id, newest) > 0);
    log.list = [...list, ...younger];
    log.complete = list.length < PAGE;
    log.loaded = true;
    log.error = null;
    if (id === data.current) store.markRead(id);
  } catch (error) {
    log.error = error.message;
  } finally {
    log.loading = false;
    changed("messages");
  }
}

export async function loadOlder(id) {
  const log = store.log(id);
  if (log.loading || log.complete || !log.list.length) return;
  log.loading = true;
  log.olderError = null;
  changed("messages");
  try {
    const list = await api.messages(id, { user: data.me.id, limit: PAGE, before: log.list[0].id });
    const known = new Set(log.list.map((message) => message.id));
    log.list = [...list.reverse().filter((message) => !known.has(message.id)), ...log.list];
    log.complete = list.length < PAGE;
  } catch (error) {
    log.olderError = error.message;
  } finally {
    log.loading = false;
    changed("messages");
  }
}

/* A thread that grew from a message has that message's id; it stands above the thread's own messages. */
async function loadStarter(id) {
  const thread = data.threads.get(id);
  if (!thread || data.starters.has(id)) return;
  const known = data.logs.get(thread.parent_id)?.list.find((message) => message.id === id);
  if (known) {
    data.starters.set(id, known);
    return changed("messages");
  }
  try {
    const before = String(BigInt(id) + 1n);
    const [found] = await api.messages(thread.parent_id, { user: data.me.id, limit: 1, before });
    if (found?.id === id) {
      data.starters.set(id, found);
      changed("messages");
    }
  } catch {
    // The parent may be out of sight for this person; the thread reads well without it.
  }
}

/** Open the place of a message and point at it; older messages are fetched until it is among them. */
export async function jump(channelId, messageId) {
  if (!store.channel(channelId)) return toast("You cannot see that channel.");
  open(channelId);
  if (!messageId || !(await fetched(channelId, messageId))) return;
  const node = await drawn(`m-${messageId}`);
  node?.scrollIntoView({ block: "center" });
  node?.classList.add("flash");
  node?.focus({ preventScroll: true });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/* Whether the message is there to be shown, while its place stays open. */
async function fetched(channelId, messageId) {
  const log = store.log(channelId);
  while (data.current === channelId) {
    if (log.list.some((message) => message.id === messageId)) return true;
    if (log.loading) await pause(50);
    else if (!log.loaded || log.olderError) return false;
    else if (log.complete) {
      toast("That message is not there any more.");
      return false;
    } else await loadOlder(channelId);
  }
  return false;
}

async function drawn(id) {
  for (let tries = 0; tries < 40 && !document.getElementById(id); tries += 1) await pause(25);
  return document.getElementById(id);
}
