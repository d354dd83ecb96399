/* What the page knows: the server as the current person sees it, messages, unread marks, interactions.
 * Whoever changes it says which topic changed; listeners are called once a frame. Nothing here draws. */

const listeners = new Map();
const due = new Set();
let frame = 0;

export const store = {
  people: [], // everyone who can be played
  me: null, // the user who is played
  guild: null,
  channels: new Map(),
  threads: new Map(),
  members: new Map(), // by user id
  roles: new Map(),
  commands: [],
  botOnline: false,
  connected: true,
  current: null, // id of the open channel or thread
  logs: new Map(), // channel id -> {list, complete, loading, loaded}
  starters: new Map(), // thread id -> the message that it began with
  pending: new Map(), // interaction id -> {id, channel, command, state, at, messageId, customId}
  dismissed: new Set(JSON.parse(sessionStorage.getItem("easel.dismissed") ?? "[]")), // private answers that were put away
  unread: new Map(), // channel id -> {mentions}
  revision: 0, // grows when names of people, roles or channels may have changed
};

/** Topics: structure, messages, current, unread, interactions, connection, sent (by me). */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
}

export function changed(...topics) {
  for (const topic of topics) due.add(topic);
  // A hidden tab gets no frames, but its title and its unread marks should still be right.
  frame ||= document.hidden ? setTimeout(flush, 0) : requestAnimationFrame(flush);
}

function flush() {
  frame = 0;
  const topics = [...due];
  due.clear();
  const called = new Set();
  for (const topic of topics) for (const listener of listeners.get(topic) ?? []) called.add(listener);
  for (const listener of called) listener();
}

/** Snowflakes are too long for numbers; a longer one is younger. */
export function compareIds(first, second) {
  return first.length - second.length || (first < second ? -1 : first > second ? 1 : 0);
}

export const TEXT = 0;
export const DIRECT = 1;
export const VOICE = 2;
export const ANNOUNCEMENT = 5;
export const THREADS = new Set([10, 11, 12]);
export const PRIVATE_THREAD = 12;
export const THREAD_STARTER = 21; // a message's type

export function forgetPerson() {
  store.me = null;
  store.guild = null;
  for (const map of [store.channels, store.threads, store.members, store.roles, store.logs, store.starters, store.pending, store.unread]) {
    map.clear();
  }
  store.commands = [];
}

/** Take over the answer of /side/state. */
export function applyState(state) {
  const guild = state.guilds?.[0] ?? null;
  store.me = state.user;
  store.guild = guild;
  store.commands = state.commands ?? [];
  store.botOnline = Boolean(state.bot_online);
  replace(store.channels, guild?.channels ?? []);
  // A person's only direct conversation is with the application, which Discord leaves unnamed.
  const name = guild?.members.find((member) => member.user.bot)?.user.global_name ?? "Application";
  for (const entry of state.direct_channels ?? []) store.channels.set(entry.id, { ...entry, name });
  replace(store.threads, guild?.threads ?? []);
  replace(store.roles, guild?.roles ?? []);
  store.members.clear();
  for (const member of guild?.members ?? []) store.members.set(member.user.id, member);
  store.revision += 1;
  changed("structure", "messages", "current");
}

function replace(map, list) {
  map.clear();
  for (const entry of list) map.set(entry.id, entry);
}

export function channel(id) {
  return store.channels.get(id) ?? store.threads.get(id);
}

export function isThread(entry) {
  return THREADS.has(entry?.type);
}

/** A place's name as people write it: #art, @Easel, a thread's own name. */
export function placeName(entry) {
  if (isThread(entry) || entry?.type === VOICE) return entry.name;
  return `${entry?.type === DIRECT ? "@" : "#"}${entry?.name ?? "unknown"}`;
}

/** Its sign. */
export function placeIcon(entry) {
  if (isThread(entry)) return "thread";
  return { [VOICE]: "speaker", [ANNOUNCEMENT]: "megaphone", [DIRECT]: "direct" }[entry?.type] ?? "hash";
}

/** The application's own member, if it is in the server. */
export function bot() {
  return [...store.members.values()].find((member) => member.user.bot) ?? null;
}

export function botName() {
  const member = bot();
  return member ? memberName(member) : "The application";
}

export function memberName(member) {
  return member?.nick || member?.user?.global_name || member?.user?.username || "Unknown";
}

export function userName(user) {
  const member = store.members.get(user?.id);
  return member ? memberName(member) : user?.global_name || user?.username || "Unknown";
}

/** The colour of a person's highest coloured role, or null. */
export function roleColour(userId) {
  const member = store.members.get(userId);
  const coloured = (member?.roles ?? []).map((id) => store.roles.get(id)).filter((role) => role?.color);
  coloured.sort((first, second) => (second.position ?? 0) - (first.position ?? 0));
  return coloured[0] ? hexColour(coloured[0].color) : null;
}

export function hexColour(number) {
  return `#${Number(number).toString(16).padStart(6, "0")}`;
}

/** What a person is in this server, in one word. */
export function roleWord(user) {
  const known = store.people.find((person) => person.id === user.id)?.role;
  if (known) return known;
  return user.id === store.guild?.owner_id ? "owner" : user.bot ? "app" : "member";
}

export const PERMISSIONS = { administrate: 3n, send: 11n, attach: 15n, history: 16n, sendInThreads: 38n, useCommands: 31n, openThreads: 35n };

/** Whether I may do this here; a thread that came without its own permissions has its parent's. */
export function may(entry, name) {
  const own = entry?.my_permissions ?? store.channels.get(entry?.parent_id)?.my_permissions;
  return own === undefined || own === null ? true : ((BigInt(own) >> PERMISSIONS[name]) & 1n) === 1n;
}

/** Whether I may use a command here. */
export function mayUse(command, entry) {
  if (entry?.type === DIRECT) return command.dm_permission !== false;
  if (!may(entry, "useCommands") || entry?.thread_metadata?.archived) return false;
  const asked = command.default_member_permissions;
  if (asked === null || asked === undefined) return true;
  const held = BigInt(entry?.my_permissions ?? store.channels.get(entry?.parent_id)?.my_permissions ?? 0);
  return BigInt(asked) === 0n ? ((held >> PERMISSIONS.administrate) & 1n) === 1n : (held & BigInt(asked)) === BigInt(asked);
}

export function log(id) {
  if (!store.logs.has(id)) store.logs.set(id, { list: [], complete: false, loading: false, loaded: false });
  return store.logs.get(id);
}

/** Put a message in its place, or change the one that is there. */
export function upsertMessage(message) {
  const { list } = log(message.channel_id);
  const index = list.findIndex((known) => known.id === message.id);
  if (index >= 0) list[index] = { ...list[index], ...message };
  else {
    let place = list.length;
    while (place > 0 && compareIds(list[place - 1].id, message.id) > 0) place -= 1;
    list.splice(place, 0, message);
  }
  changed("messages");
  return index < 0;
}

export function removeMessage(channelId, id) {
  const known = store.logs.get(channelId);
  if (known) known.list = known.list.filter((message) => message.id !== id);
  changed("messages");
}

/** Put a private answer away, in this tab for good. */
export function dismiss(id) {
  store.dismissed.add(id);
  sessionStorage.setItem("easel.dismissed", JSON.stringify([...store.dismissed]));
  changed("messages");
}

export function mentionsMe(message) {
  const me = store.me?.id;
  if (!me || message.author?.id === me) return false;
  if (message.mention_everyone || (message.mentions ?? []).some((user) => user.id === me)) return true;
  const mine = new Set(store.members.get(me)?.roles ?? []);
  return (message.mention_roles ?? []).some((role) => mine.has(role));
}

/** What this person has read, kept over reloads so that switching persons shows what is new for each. */
const readKey = () => `easel.read.${store.me?.id}`;

function readMarks() {
  try {
    return JSON.parse(localStorage.getItem(readKey())) ?? null;
  } catch {
    return null;
  }
}

export function markRead(id) {
  const newest = log(id).list.at(-1)?.id ?? channel(id)?.last_message_id;
  const marks = readMarks() ?? {};
  if (newest) localStorage.setItem(readKey(), JSON.stringify({ ...marks, [id]: newest }));
  if (store.unread.delete(id)) changed("unread");
}

/** Unread marks after loading: what came since the last visit; on a first visit nothing is old news. */
export function restoreUnread(opening) {
  const everything = [...store.channels.values(), ...store.threads.values()];
  const marks = readMarks();
  if (!marks) {
    const seen = everything.filter((entry) => entry.last_message_id).map((entry) => [entry.id, entry.last_message_id]);
    localStorage.setItem(readKey(), JSON.stringify(Object.fromEntries(seen)));
    return;
  }
  for (const entry of everything) {
    const last = entry.last_message_id;
    if (last && entry.id !== opening && compareIds(last, marks[entry.id] ?? "0") > 0 && !store.unread.has(entry.id)) {
      store.unread.set(entry.id, { mentions: 0 });
    }
  }
  changed("unread");
}

export function noteUnread(id, mentioned) {
  const known = store.unread.get(id) ?? { mentions: 0 };
  store.unread.set(id, { mentions: known.mentions + (mentioned ? 1 : 0) });
  changed("unread");
}
