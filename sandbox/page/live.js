/* The events of the stream, applied to the store. Every change is an upsert or a removal by id, so an event
 * that comes twice, or early, does no harm; what cannot be applied alone makes the page ask for the state again. */

import * as store from "./store.js";
import { toast } from "./toast.js";
import { open } from "./navigate.js";
import { interactionChanged } from "./interactions.js";

const { changed } = store;
const data = store.store;
let refetch = () => {};

export function whenStateIsStale(callback) {
  let timer = 0;
  refetch = () => {
    clearTimeout(timer);
    timer = setTimeout(callback, 120);
  };
}

export function apply({ type, data: event }) {
  const handler = HANDLERS[type];
  if (handler) handler(event ?? {});
  else if (/^(CHANNEL|GUILD|THREAD_LIST|THREAD_MEMBER)/.test(type)) refetch();
}

const HANDLERS = {
  MESSAGE_CREATE: messageCreated,
  MESSAGE_UPDATE(message) {
    const known = data.logs.get(message.channel_id)?.list.some((entry) => entry.id === message.id);
    if (known || message.author) store.upsertMessage(message);
    if (data.starters.has(message.id)) data.starters.set(message.id, { ...data.starters.get(message.id), ...message });
  },
  MESSAGE_DELETE: (event) => store.removeMessage(event.channel_id, event.id),
  MESSAGE_DELETE_BULK: (event) => event.ids.forEach((id) => store.removeMessage(event.channel_id, id)),
  THREAD_CREATE: threadChanged,
  THREAD_UPDATE: threadChanged,
  THREAD_DELETE(thread) {
    data.threads.delete(thread.id);
    const starter = data.logs.get(thread.parent_id)?.list.find((message) => message.id === thread.id);
    if (starter) store.upsertMessage({ ...starter, thread: null });
    data.unread.delete(thread.id);
    leaveIfGone(thread.id, thread.parent_id);
  },
  CHANNEL_DELETE(entry) {
    data.channels.delete(entry.id);
    data.unread.delete(entry.id);
    for (const thread of [...data.threads.values()]) if (thread.parent_id === entry.id) data.threads.delete(thread.id);
    leaveIfGone(entry.id, null);
  },
  INTERACTION_UPDATE: interactionChanged,
  COMMANDS_UPDATE(event) {
    if (Array.isArray(event)) data.commands = event;
    else if (Array.isArray(event.commands)) data.commands = event.commands;
    else refetch();
    changed("structure");
  },
  BOT_STATUS(event) {
    data.botOnline = Boolean(event.online);
    changed("structure");
  },
};

function messageCreated(message) {
  const fresh = store.upsertMessage(message);
  const place = store.channel(message.channel_id);
  // A direct conversation begins with its first message.
  if (!place) refetch();
  if (place && (!place.last_message_id || store.compareIds(message.id, place.last_message_id) > 0)) {
    place.last_message_id = message.id;
    if (store.isThread(place) && fresh && message.type !== store.THREAD_STARTER) {
      data.threads.set(place.id, { ...place, message_count: (place.message_count ?? 0) + 1 });
      changed("messages");
    }
  }
  if (!fresh || message.author?.id === data.me?.id || message.type === store.THREAD_STARTER) return;
  const looking = message.channel_id === data.current && !document.hidden;
  if (looking) return store.markRead(message.channel_id);
  const mentioned = store.mentionsMe(message);
  if (message.channel_id !== data.current || document.hidden) store.noteUnread(message.channel_id, mentioned);
  if (mentioned && message.channel_id !== data.current && place) {
    toast(`${store.userName(message.author)} mentioned you in ${store.placeName(place)}`, {
      action: "Go there",
      run: () => open(place.id),
      user: message.author,
      place: place.id,
    });
  }
}

function threadChanged(thread) {
  const known = data.threads.get(thread.id);
  const parent = data.channels.get(thread.parent_id);
  if (!known && !parent) return refetch();
  data.threads.set(thread.id, { ...known, ...thread });
  changed("structure", "messages", "current");
}

function leaveIfGone(id, parent) {
  changed("structure", "messages", "unread");
  if (data.current !== id) return;
  toast("The place you were in was deleted.");
  open(parent && data.channels.has(parent) ? parent : null);
}
