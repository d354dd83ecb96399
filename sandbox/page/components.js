/* Message components: rows of buttons and selects, and the layout components of version 2.
 * Numbers are Discord's component types. */

import * as api from "./api.js";
import { h, icon, waitingDots } from "./dom.js";
import { cover, fileCard, gallery, localUrl, picture } from "./media.js";
import { markdown } from "./markdown.js";
import { start } from "./interactions.js";
import { SELECTS, selectControl } from "./select.js";
import * as store from "./store.js";
import { toast } from "./toast.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary", 6: "primary" };
const LINK = 5;

const KINDS = {
  1: row,
  2: button,
  9: section,
  10: (component) => h("div", { class: "text-display" }, markdown(component.content)),
  11: thumbnail,
  12: (component, message) => gallery((component.items ?? []).map((item) => ({ ...resolve(item.media, message), alt: item.description, spoiler: item.spoiler }))),
  13: file,
  14: (component) => h("div", { class: `separator${component.divider === false ? "" : " line"}${component.spacing === 2 ? " large" : ""}`, role: component.divider === false ? "none" : "separator" }),
  17: container,
};

/** All components of a message. */
export function components(message) {
  return (message.components ?? []).map((component) => draw(component, message));
}

function draw(component, message) {
  const kind = SELECTS.has(component.type) ? select : KINDS[component.type];
  if (kind) return kind(component, message);
  return h("div", { class: "unknown-component" }, `This page cannot show a component of type ${component.type}.`);
}

/* A component may name its file as attachment://name; the attachment itself has the address and size. */
function known(media, message) {
  const name = /^attachment:\/\/(.+)$/.exec(media?.url ?? "")?.[1];
  return (message.attachments ?? []).find((entry) => entry.id === media?.attachment_id || entry.filename === name) ?? {};
}

function resolve(media, message) {
  const attachment = known(media, message);
  const url = /^attachment:/.test(media?.url ?? "") ? attachment.url : media?.url;
  return { ...attachment, ...media, url, width: media?.width ?? attachment.width, height: media?.height ?? attachment.height };
}

function container(component, message) {
  const colour = component.accent_color === null || component.accent_color === undefined ? null : store.hexColour(component.accent_color);
  const body = h("div", { class: `container${colour ? " accented" : ""}`, style: colour ? { "--accent": colour } : {} },
    (component.components ?? []).map((child) => draw(child, message)));
  return component.spoiler ? cover(body, "Spoiler: show", `${message.id}/${component.id}`) : body;
}

function section(component, message) {
  return h("div", { class: "section" },
    h("div", { class: "section-text" }, (component.components ?? []).map((child) => draw(child, message))),
    component.accessory && h("div", { class: "section-side" }, draw(component.accessory, message)));
}

function thumbnail(component, message) {
  const media = resolve(component.media, message);
  return h("div", { class: "thumbnail" }, picture({ ...media, alt: component.description, spoiler: component.spoiler }, { most: [85, 85], fit: "cover" }));
}

function file(component, message) {
  const media = resolve(component.file, message);
  return fileCard({ url: media.url, filename: component.name ?? media.filename, size: component.size ?? media.size, spoiler: component.spoiler });
}

function row(component, message) {
  return h("div", { class: "row" }, (component.components ?? []).map((child) => draw(child, message)));
}

/* A pressed control shows that it works until its interaction is over. */
function busy(message, customId) {
  return [...store.store.pending.values()].some((entry) => entry.messageId === message.id && entry.customId === customId && entry.state === "pending");
}

async function use(message, customId, values = undefined) {
  const body = { user: store.store.me.id, channel_id: message.channel_id, message_id: message.id, custom_id: customId };
  try {
    await start(() => api.component(values ? { ...body, values } : body), { channel: message.channel_id, messageId: message.id, customId });
  } catch (error) {
    toast(error.message);
  }
}

function button(component, message) {
  const emoji = component.emoji?.name && !component.emoji.id ? h("span", { class: "emoji" }, component.emoji.name) : null;
  const words = [emoji, component.label && h("span", {}, component.label)];
  const style = STYLES[component.style] ?? "secondary";
  if (component.style === LINK) {
    const to = component.disabled ? { "aria-disabled": "true", role: "link" } : { href: localUrl(component.url), target: "_blank", rel: "noopener noreferrer" };
    return h("a", { class: "button secondary", ...to }, words, icon("external", 15));
  }
  const waiting = busy(message, component.custom_id);
  // A button that waits keeps the focus, which a disabled one would lose.
  return h("button", {
    type: "button", class: `button ${style}${waiting ? " waiting" : ""}`, testid: component.custom_id ? `button-${component.custom_id}` : null,
    disabled: Boolean(component.disabled), "aria-disabled": waiting ? "true" : null, "aria-busy": waiting ? "true" : null, "aria-label": component.label ? null : component.emoji?.name ?? "Button",
    on: { click: () => busy(message, component.custom_id) || use(message, component.custom_id) },
  }, h("span", { class: "button-words" }, words), waiting && waitingDots());
}

/* What was chosen stays on show until the bot changes the select, as at Discord. */
const chosen = new Map();

function select(component, message) {
  const key = `${store.store.me?.id}/${message.id}/${component.custom_id}`;
  const shape = JSON.stringify(component);
  const kept = chosen.get(key);
  return selectControl(component, {
    testid: `select-${component.custom_id}`, label: component.placeholder || "Select menu", values: kept?.shape === shape ? kept.values : null,
    onChoose(values) {
      chosen.set(key, { shape, values });
      use(message, component.custom_id, values);
    },
  });
}
