/* One message as a node: who, when, what was said, what hangs on it, and what can be done with it. */

import { avatar, h, icon } from "./dom.js";
import { attachments, embed } from "./media.js";
import { reply } from "./composer.js";
import { components } from "./components.js";
import { failureWords, forget, NO_ANSWER } from "./interactions.js";
import { markdown, plainText } from "./markdown.js";
import { jump, open } from "./navigate.js";
import { openActions } from "./actions.js";
import * as store from "./store.js";
import { threadOf } from "./threads.js";
import { clock, messageTime } from "./time.js";

export const FLAGS = { suppressEmbeds: 1 << 2, ephemeral: 1 << 6, loading: 1 << 7 };
const TOKEN_MS = 15 * 60_000; // how long an application may take to answer after it has promised to
const REPLY = 19;
const MENU = 23;
const GROUPED = new Set([0, 19, 20, 23]);
const SYSTEM = {
  6: (name) => `${name} pinned a message to this channel.`,
  7: (name) => `${name} just joined. Welcome!`,
  12: (name) => `${name} follows a channel here.`,
  18: (name, message) => [`${name} started a thread: `, startedThread(message)],
  1: (name) => `${name} added someone.`,
  3: (name) => `${name} called.`,
  4: (name, message) => [`${name} changed the name: `, h("strong", {}, message.content)],
};

/* Such a note refers to the thread, which need not hang below a message. */
function startedThread({ content, message_reference: reference }) {
  if (!store.channel(reference?.channel_id)) return h("strong", {}, content);
  return h("button", { type: "button", class: "link", on: { click: () => open(reference.channel_id) } }, content);
}

export function hasFlag(message, flag) {
  return Boolean((message.flags ?? 0) & flag);
}

export function canGroup(message) {
  return GROUPED.has(message.type ?? 0) && !hasFlag(message, FLAGS.ephemeral) && !message.message_reference && !commandOf(message);
}

/** The command that a message answers: {name, user, target}, or null. */
export function commandOf(message) {
  const metadata = message.interaction_metadata ?? message.interaction;
  if (!metadata || (metadata.type ?? 2) !== 2) return null;
  const name = message.interaction?.name ?? metadata.name ?? metadata.command_name ?? null;
  return { name, user: metadata.user ?? message.interaction?.user, target: metadata.target_message_id };
}

/** Whether an answer was promised that cannot come any more. */
export function isOverdue(message) {
  return hasFlag(message, FLAGS.loading) && Date.now() - new Date(message.timestamp) > TOKEN_MS;
}

export function drawMessage(message, { grouped = false } = {}) {
  if (SYSTEM[message.type]) return drawSystem(message);
  const mentioned = store.mentionsMe(message);
  const ephemeral = hasFlag(message, FLAGS.ephemeral);
  const classes = ["message", grouped && "grouped", mentioned && "mentioned", ephemeral && "ephemeral"].filter(Boolean).join(" ");
  const node = h(
    "article",
    { class: classes, id: `m-${message.id}`, testid: `message-${message.id}`, tabindex: "-1", "aria-label": `${store.userName(message.author)}, ${messageTime(message.timestamp)}${mentioned ? ", mentions you" : ""}` },
    !grouped && context(message),
    h("div", { class: "gutter" }, grouped ? h("time", { class: "hover-time", datetime: message.timestamp }, clock(message.timestamp)) : avatar(message.author, 40)),
    h("div", { class: "body" }, !grouped && head(message, mentioned), content(message), extras(message)),
    tools(message),
  );
  node.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a") && !event.shiftKey) return;
    event.preventDefault();
    openActions(message, { x: event.clientX, y: event.clientY });
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return;
    event.preventDefault();
    openActions(message, node.querySelector(".tools"));
  });
  return node;
}

function head(message, mentioned) {
  const { author } = message;
  return h("div", { class: "head" },
    h("span", { class: "author", style: store.roleColour(author?.id) ? { color: store.roleColour(author.id) } : {} }, store.userName(author)),
    author?.bot && h("span", { class: "app-tag" }, "APP"),
    h("time", { datetime: message.timestamp, title: new Date(message.timestamp).toLocaleString() }, messageTime(message.timestamp)),
    !message.content && editedMark(message),
    mentioned && h("span", { class: "mention-mark", title: "This message mentions you" }, "@ mentions you"));
}

/* The line above a message: what it replies to, or whose command it answers. */
function context(message) {
  const command = commandOf(message);
  if (command) {
    return h("div", { class: "context" }, avatar(command.user, 16),
      h("span", {}, h("b", {}, store.userName(command.user)), " used ", command.name ? h("span", { class: "pill" }, message.type === MENU ? command.name : `/${command.name}`) : "a command"),
      command.target && h("button", { type: "button", class: "link", on: { click: () => jump(message.channel_id, command.target) } }, "on this message"));
  }
  if (message.type !== REPLY && !message.message_reference) return null;
  const replied = message.referenced_message;
  if (!replied) return h("div", { class: "context" }, icon("reply", 14), h("i", {}, "The original message was deleted"));
  return h("button", {
    type: "button", class: "context", on: { click: () => jump(replied.channel_id ?? message.channel_id, replied.id) },
  }, h("span", { class: "visually-hidden" }, "replying to "), avatar(replied.author, 16), h("b", {}, store.userName(replied.author)),
    h("span", { class: "context-words" }, summary(replied)));
}

/* One line that tells a message from others, whatever it is made of. */
function summary(message) {
  const texts = [message.content, ...(message.embeds ?? []).flatMap((entry) => [entry.title, entry.description]), ...layoutTexts(message.components)];
  const line = texts.filter(Boolean).map((text) => plainText(text.trim().split("\n")[0])).find(Boolean);
  return line?.slice(0, 120) ?? (message.attachments?.length ? "a picture" : "a message");
}

function layoutTexts(components = []) {
  return components.flatMap((entry) => [entry.content, ...layoutTexts(entry.components)]);
}

function content(message) {
  if (hasFlag(message, FLAGS.loading) && !message.content && !message.components?.length && !message.embeds?.length) {
    return isOverdue(message) ? h("div", { class: "failure" }, icon("warn", 16), NO_ANSWER) : thinking(message.author);
  }
  if (!message.content) return null;
  const edited = editedMark(message);
  const nodes = markdown(message.content);
  const last = nodes.at(-1);
  if (edited && last?.className === "md-text") last.append(" ", edited);
  else if (edited) nodes.push(edited);
  const big = /^(?:\p{Extended_Pictographic}[\uFE0F\u200D\p{Emoji_Modifier}]*\s*){1,10}$/u.test(message.content);
  return h("div", { class: big ? "content big" : "content" }, nodes);
}

function editedMark(message) {
  return message.edited_timestamp && h("span", { class: "edited", title: new Date(message.edited_timestamp).toLocaleString() }, "(edited)");
}

export function thinking(author) {
  return h("div", { class: "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), `${store.userName(author)} is thinking…`);
}

function extras(message) {
  const inLayout = Boolean((message.flags ?? 0) & (1 << 15));
  const failed = [...store.store.pending.values()].find((entry) => entry.messageId === message.id && entry.state === "failed");
  return [
    inLayout ? null : attachments(message),
    hasFlag(message, FLAGS.suppressEmbeds) || inLayout ? null : (message.embeds ?? []).map(embed),
    message.components?.length > 0 && h("div", { class: "components" }, components(message)),
    message.reactions?.length > 0 && h("div", { class: "reactions" }, message.reactions.map((entry) => h("span", { class: "reaction" }, entry.emoji?.name ?? "?", " ", entry.count))),
    threadBox(message),
    failed && h("div", { class: "failure", role: "alert" }, icon("warn", 16), failureWords(failed),
      h("button", { type: "button", class: "link", on: { click: () => forget(failed.id) } }, "Dismiss")),
    hasFlag(message, FLAGS.ephemeral) && h("div", { class: "private" }, icon("eye", 15), "Only you can see this · ",
      h("button", { type: "button", class: "link", testid: `dismiss-${message.id}`, on: { click: () => dismiss(message) } }, "Dismiss message")),
  ];
}

function dismiss(message) {
  store.dismiss(message.id);
  document.getElementById("composer")?.focus();
}

function threadBox(message) {
  const thread = threadOf(message);
  if (!thread || store.store.current === thread.id) return null;
  const count = thread.message_count ?? 0;
  const newest = store.store.logs.get(thread.id)?.list.findLast((entry) => entry.type !== store.THREAD_STARTER);
  const unread = store.store.unread.has(thread.id);
  return h("button", { type: "button", class: "thread-box", testid: `thread-box-${thread.id}`, on: { click: () => open(thread.id) } },
    icon("thread", 18),
    h("span", { class: "thread-words" },
      h("span", { class: "thread-line" }, h("b", {}, thread.name), h("span", { class: "thread-count" }, `${count} ${count === 1 ? "message" : "messages"}`),
        h("span", { class: "thread-see" }, "See thread ›"), unread && h("span", { class: "new-tag" }, "NEW")),
      h("small", {}, newest ? [h("b", {}, store.userName(newest.author)), " ", messageTime(newest.timestamp)] :
        thread.thread_metadata?.archived ? "There is nothing new in this thread." : "Pictures and talk go on in the thread.")));
}

function tools(message) {
  const thread = threadOf(message);
  return h("div", { class: "tools", role: "group", "aria-label": "Message actions" },
    thread && thread.id !== store.store.current && h("button", { type: "button", class: "tool", "aria-label": "Open thread", title: "Open thread", on: { click: () => open(thread.id) } }, icon("thread", 18)),
    !hasFlag(message, FLAGS.ephemeral) && h("button", { type: "button", class: "tool", "aria-label": "Reply", title: "Reply", on: { click: () => reply(message) } }, icon("reply", 18)),
    h("button", { type: "button", class: "tool", "aria-haspopup": "menu", "aria-label": "Apps and more", title: "Apps and more", testid: `actions-${message.id}`, on: { click: (event) => openActions(message, event.currentTarget) } }, icon("dots", 18)));
}

function drawSystem(message) {
  const name = store.userName(message.author);
  return h("article", { class: "message system", id: `m-${message.id}`, testid: `message-${message.id}`, tabindex: "-1" },
    h("div", { class: "gutter" }, icon(message.type === 18 ? "thread" : "chevron", 18)),
    h("div", { class: "body" }, h("span", {}, SYSTEM[message.type](name, message)), " ", h("time", { class: "muted", datetime: message.timestamp }, messageTime(message.timestamp)), threadBox(message)));
}
