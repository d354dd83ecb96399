/* Discord's markdown to DOM nodes. A scanner with one sticky pattern a rule; text becomes text nodes, links
 * only ever lead to http(s), and nesting is bounded, so no message can break or burden the page. */

import { chooseByName } from "./composer.js";
import { h } from "./dom.js";
import { timestamp } from "./time.js";
import * as store from "./store.js";
import { jump, open } from "./navigate.js";

const DEEPEST = 10;
const URL_END = String.raw`[^\s<>"'\])]`;

const FENCE = /```(?:([\w+.-]*)\n)?([\s\S]+?)\n?```/g;
const BLOCK_START = /^(#{1,3}\s+\S|-#\s+.|>>> |> |\s?([-*]|\d{1,4}\.)\s+\S)/;

/** Render a whole text with blocks: code, headings, quotes, lists, paragraphs. */
export function markdown(text, depth = 0) {
  const whole = String(text ?? "");
  const nodes = [];
  let from = 0;
  for (const match of whole.matchAll(FENCE)) {
    nodes.push(...blocks(whole.slice(from, match.index).replace(/\n$/, ""), depth), pre(match[2]));
    from = match.index + match[0].length;
  }
  return [...nodes, ...blocks(from ? whole.slice(from).replace(/^\n/, "") : whole, depth)];
}

function blocks(text, depth) {
  if (!text) return [];
  const lines = text.split("\n");
  const nodes = [];
  let index = 0;
  while (index < lines.length) {
    const block = heading(lines, index, depth) ?? subtext(lines, index, depth) ?? quote(lines, index, depth) ?? list(lines, index, depth);
    if (block) {
      nodes.push(block.node);
      index = block.next;
      continue;
    }
    const start = index;
    index += 1;
    while (index < lines.length && !BLOCK_START.test(lines[index])) index += 1;
    nodes.push(h("div", { class: "md-text" }, inline(lines.slice(start, index).join("\n"), depth)));
  }
  return nodes;
}

function pre(text) {
  return h("pre", { class: "md-pre", tabindex: "0" }, h("code", {}, text));
}

function heading(lines, index, depth) {
  const match = /^(#{1,3})\s+(\S.*)$/.exec(lines[index]);
  if (!match) return null;
  const level = match[1].length;
  return { node: h("div", { class: `md-h md-h${level}`, role: "heading", "aria-level": level + 2 }, inline(match[2], depth)), next: index + 1 };
}

function subtext(lines, index, depth) {
  const match = /^-#\s+(.+)$/.exec(lines[index]);
  return match && { node: h("small", { class: "md-sub" }, inline(match[1], depth)), next: index + 1 };
}

function quote(lines, index, depth) {
  if (depth >= DEEPEST) return null;
  if (lines[index].startsWith(">>> ")) {
    const body = [lines[index].slice(4), ...lines.slice(index + 1)].join("\n");
    return { node: h("blockquote", { class: "md-quote" }, markdown(body, depth + 1)), next: lines.length };
  }
  let end = index;
  while (end < lines.length && /^> /.test(lines[end])) end += 1;
  if (end === index) return null;
  const body = lines.slice(index, end).map((line) => line.slice(2)).join("\n");
  return { node: h("blockquote", { class: "md-quote" }, markdown(body, depth + 1)), next: end };
}

function list(lines, index, depth) {
  const first = /^(\s*)([-*]|\d{1,4}\.)\s+\S/.exec(lines[index]);
  if (!first || first[1].length > 1) return null;
  const ordered = /\d/.test(first[2]);
  const holder = h(ordered ? "ol" : "ul", { class: "md-list", start: ordered ? parseInt(first[2], 10) : null });
  let end = index;
  while (end < lines.length) {
    const match = /^(\s*)([-*]|\d{1,4}\.)\s+(.+)$/.exec(lines[end]);
    if (!match) break;
    const level = Math.min(Math.floor(match[1].length / 2), 4);
    if (!level && /\d/.test(match[2]) !== ordered) break;
    holder.append(h("li", { class: level ? `level-${level}` : null }, inline(match[3], depth)));
    end += 1;
  }
  return end > index ? { node: holder, next: end } : null;
}

/** Render text within a line: emphasis, code, links, mentions, times. */
export function inline(text, depth = 0) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(document.createTextNode(plain));
    plain = "";
  };
  let at = 0;
  while (at < text.length) {
    const made = SPECIAL.has(text[at]) ? tryRules(text, at, depth) : null;
    if (made) {
      flush();
      nodes.push(made.node);
      at = made.next;
    } else {
      const letter = String.fromCodePoint(text.codePointAt(at));
      plain += letter;
      at += letter.length;
    }
  }
  flush();
  return nodes;
}

function tryRules(text, at, depth) {
  for (const { begins, pattern, make, guard } of INLINE) {
    if (begins !== text[at] || (guard && !guard(text, at))) continue;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const node = match && make(match, depth);
    if (node) return { node, next: at + match[0].length };
  }
  return null;
}

const nested = (tag, props = {}) => (match, depth) =>
  depth >= DEEPEST ? document.createTextNode(match[0]) : h(tag, props, inline(match[1], depth + 1));

const INLINE = [
  { begins: "\\", pattern: /\\([^A-Za-z0-9\s])/y, make: ([, letter]) => document.createTextNode(letter) },
  { begins: "`", pattern: /(`+)([\s\S]*?[^`])\1(?!`)/y, make: ([, , code]) => h("code", { class: "md-code" }, code.trim() || code) },
  { begins: "<", pattern: /<@!?(\d{1,20})>/y, make: ([, id]) => userPill(id) },
  { begins: "<", pattern: /<@&(\d{1,20})>/y, make: ([, id]) => rolePill(id) },
  { begins: "<", pattern: /<#(\d{1,20})>/y, make: ([, id]) => channelPill(id) },
  { begins: "<", pattern: /<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/y, make: ([, seconds, style]) => timestamp(Number(seconds), style) },
  { begins: "<", pattern: /<\/([-\w ]{1,100}):(\d{1,20})>/y, make: ([, name]) => commandPill(name) },
  { begins: "<", pattern: /<a?:(\w{2,32}):\d{1,20}>/y, make: ([, name]) => document.createTextNode(`:${name}:`) },
  { begins: "<", pattern: new RegExp(`<(https?://${URL_END}+)>`, "y"), make: ([, url]) => link(url, [url]) },
  {
    begins: "[",
    pattern: /\[((?:[^[\]\\]|\\.)+)\]\(\s*<?(https?:\/\/[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+"([^"]*)")?\s*\)/y,
    make: ([, label, url, title], depth) => (depth < DEEPEST ? link(url, inline(label, depth + 1), title) : null),
  },
  { begins: "h", pattern: new RegExp(`https?://${URL_END}*[^\\s<>"'\\]).,;:!?*_~|]`, "y"), guard: startsWord, make: ([url]) => link(url, [url]) },
  { begins: "@", pattern: /@(everyone|here)\b/y, make: ([word]) => h("span", { class: "pill" }, word) },
  { begins: "*", pattern: /\*\*\*([\s\S]+?)\*\*\*(?!\*)/y, make: (match, depth) => h("strong", {}, nested("em")(match, depth)) },
  { begins: "*", pattern: /\*\*([\s\S]+?)\*\*(?!\*)/y, make: nested("strong") },
  { begins: "_", pattern: /__([\s\S]+?)__(?!_)/y, make: nested("u") },
  { begins: "*", pattern: /\*(?=\S)((?:\*\*|[^*])+?)\*(?!\*)/y, make: nested("em") },
  { begins: "_", pattern: /_(?=\S)((?:__|[^_])+?)_(?![\w_])/y, guard: startsWord, make: nested("em") },
  { begins: "~", pattern: /~~([\s\S]+?)~~(?!~)/y, make: nested("s") },
  { begins: "|", pattern: /\|\|([\s\S]+?)\|\|/y, make: (match, depth) => spoiler(depth >= DEEPEST ? [match[1]] : inline(match[1], depth + 1)) },
];

/** The words alone, for one line about a message; what is hidden stays hidden. */
export function plainText(text) {
  const holder = h("div", {}, inline(text));
  for (const hidden of holder.querySelectorAll(".spoiler")) hidden.replaceWith("▇▇▇");
  return holder.textContent;
}

const SPECIAL = new Set(INLINE.map(({ begins }) => begins));

function startsWord(text, at) {
  return at === 0 || !/[\p{L}\p{N}_]/u.test(text[at - 1]);
}

const MESSAGE_LINK = /^https?:\/\/[^/]+\/channels\/(?:\d+|@me)\/(\d{1,20})(?:\/(\d{1,20}))?\/?$/;

function link(url, label, title = null) {
  let target = null;
  try {
    target = new URL(url);
  } catch {
    return document.createTextNode(url);
  }
  if (!/^https?:$/.test(target.protocol)) return document.createTextNode(url);
  const inside = MESSAGE_LINK.exec(url);
  if (inside) return insideLink(inside, label, url);
  return h("a", { class: "md-link", href: target.href, target: "_blank", rel: "noopener noreferrer nofollow", title: title ?? target.href }, label);
}

/* A link to a channel or message of Discord leads there within the page. */
function insideLink([, channelId, messageId], label, url) {
  const place = store.channel(channelId);
  const bare = label.length === 1 && label[0] === url;
  const words = bare ? [store.placeName(place), messageId ? " › message" : ""] : label;
  return h("button", { type: "button", class: bare ? "pill" : "link md-link", on: { click: () => jump(channelId, messageId) } }, words);
}

function spoiler(nodes) {
  const body = h("span", { class: "spoiler-text", "aria-hidden": "true" }, nodes);
  const show = () => {
    holder.classList.add("shown");
    body.removeAttribute("aria-hidden");
    for (const name of ["role", "tabindex", "aria-label"]) holder.removeAttribute(name);
  };
  const holder = h(
    "span",
    {
      class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, press to show",
      on: {
        click: show,
        keydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), show()),
      },
    },
    body,
  );
  return holder;
}

function userPill(id) {
  const member = store.store.members.get(id);
  const known = member?.user ?? store.store.people.find((person) => person.id === id);
  const mine = id === store.store.me?.id;
  return h("span", { class: `pill${mine ? " mine" : ""}` }, known ? `@${store.userName(known)}` : "@unknown-user");
}

function rolePill(id) {
  const role = store.store.roles.get(id);
  const colour = role?.color ? store.hexColour(role.color) : null;
  return h("span", { class: "pill role", style: colour ? { "--role": colour } : {} }, role ? `@${role.name.replace(/^@/, "")}` : "@unknown-role");
}

/* A command that is mentioned is put into the message box, as in Discord. */
function commandPill(name) {
  return h("button", { type: "button", class: "pill", on: { click: () => chooseByName(name) } }, `/${name}`);
}

function channelPill(id) {
  const place = store.channel(id);
  if (!place) return h("span", { class: "pill" }, "#unknown");
  return h("button", { type: "button", class: "pill", on: { click: () => open(id) } }, store.placeName(place));
}
