/* Pictures and files of messages: attachments, embeds, galleries, and the large view. */

import { fileSize, h, icon } from "./dom.js";
import { lightbox } from "./lightbox.js";
import { inline, markdown } from "./markdown.js";
import { hexColour, store } from "./store.js";
import { messageTime } from "./time.js";

const SPOILER_FLAG = 1 << 3;
const large = new WeakMap(); // the button of a picture -> what its large view shows
const SAFE = /^https?:$/;

/** An address as this page can load it: the sandbox's own files are reached where the page itself came from. */
export function localUrl(address) {
  try {
    const url = new URL(address, location.href);
    if (!SAFE.test(url.protocol)) return null;
    return /^\/(discord\/cdn|apixo\/files)\//.test(url.pathname) ? url.pathname + url.search : url.href;
  } catch {
    return null;
  }
}

export function isPicture({ content_type: type, filename = "", width, height }) {
  return type ? type.startsWith("image/") : Boolean(width && height) || /\.(png|jpe?g|gif|webp)$/i.test(filename);
}

export function isSpoiler(attachment) {
  return /^SPOILER_/.test(attachment.filename ?? "") || Boolean((attachment.flags ?? 0) & SPOILER_FLAG);
}

/** A picture as a button to its large view. Its alternative text can be read off its ALT badge, also while a
 * spoiler covers it. */
export function picture({ url, width, height, alt, spoiler = false, name = "picture" }, { most = [550, 350], fit = "natural" } = {}) {
  const source = localUrl(url);
  const scale = width && height ? Math.min(1, most[0] / width, most[1] / height) : 1;
  const size = width && height && fit === "natural" ? { width: Math.round(width * scale), height: Math.round(height * scale) } : {};
  const image = h("img", { src: source, alt: alt || "", loading: "lazy", decoding: "async", ...size });
  const holder = h("div", { class: `picture fit-${fit}`, style: size.width ? { "max-width": `${size.width}px`, "aspect-ratio": `${size.width} / ${size.height}` } : {} });
  image.addEventListener("error", () => holder.classList.add("broken"));
  const view = h("button", { type: "button", class: "picture-open", "aria-label": `Open large: ${alt || name}`, on: { click: () => lightbox(view, large) } }, image);
  large.set(view, { source, alt, name });
  holder.append(spoiler ? cover(view, "Spoiler: show the picture", plainAddress(source)) : view,
    h("span", { class: "broken-note" }, icon("image", 22), "This picture cannot be loaded any more."));
  if (alt) holder.append(altBadge(alt));
  return holder;
}

/* Links are signed anew each time; what is left without that names the file. */
function plainAddress(source) {
  return String(source).split("?")[0];
}

/* The words are shown to the pointer and to the focus, stay after a click, and go with Esc. */
function altBadge(alt) {
  const tip = h("span", { class: "alt-tip", role: "tooltip" }, h("strong", {}, "Alt text"), alt);
  const badge = h("button", { type: "button", class: "alt-badge", "aria-label": `Alternative text: ${alt}`, "aria-expanded": "false" }, "ALT");
  const holder = h("span", { class: "alt-holder" }, badge, tip);
  const keep = (kept) => {
    holder.classList.toggle("kept", kept);
    badge.setAttribute("aria-expanded", String(kept));
  };
  badge.addEventListener("click", () => keep(!holder.classList.contains("kept")));
  badge.addEventListener("blur", () => (keep(false), holder.classList.remove("shut")));
  holder.addEventListener("pointerleave", () => holder.classList.remove("shut"));
  badge.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    keep(false);
    holder.classList.add("shut");
  });
  return holder;
}

const revealed = new Set();

/** Something behind a spoiler until it is clicked away; `key` says what it is when it is drawn again. */
export function cover(content, label, key) {
  const known = `${store.me?.id}/${key}`;
  const holder = h("div", { class: "covered" }, content);
  if (revealed.has(known)) {
    holder.classList.add("shown");
    return holder;
  }
  content.inert = true;
  const button = h("button", { type: "button", class: "cover", "aria-label": label }, h("span", {}, "SPOILER"));
  button.addEventListener("click", () => {
    revealed.add(known);
    button.remove();
    content.inert = false;
    holder.classList.add("shown");
    const next = content.matches("button") ? content : content.querySelector("button, a");
    (next ?? holder.closest(".message"))?.focus({ preventScroll: true });
  });
  holder.append(button);
  return holder;
}

/** A file that is not a picture. */
export function fileCard({ url, filename, size, spoiler = false }) {
  const name = filename || decodeURIComponent(String(url).split("?")[0].split("/").at(-1));
  const address = localUrl(url);
  const card = h("div", { class: "file-card" }, icon("file", 28),
    h("span", { class: "file-words" }, h("a", { class: "md-link", href: address, target: "_blank", rel: "noopener" }, name),
      h("small", {}, fileSize(size))),
    h("a", { class: "round", href: address, download: name, "aria-label": `Download ${name}` }, icon("download")));
  return spoiler ? cover(card, "Spoiler: show the file", plainAddress(address)) : card;
}

/** All attachments of a message that are not already shown by its embeds or components. */
export function attachments(message) {
  const list = message.attachments ?? [];
  const pictures = list.filter(isPicture);
  const rest = list.filter((attachment) => !isPicture(attachment));
  const asPicture = (attachment) => ({
    url: attachment.url, width: attachment.width, height: attachment.height,
    alt: attachment.description, spoiler: isSpoiler(attachment), name: attachment.filename,
  });
  return [
    pictures.length === 1 && picture(asPicture(pictures[0])),
    pictures.length > 1 && gallery(pictures.map(asPicture)),
    rest.map((attachment) => fileCard({ ...attachment, spoiler: isSpoiler(attachment) })),
  ];
}

/** Several pictures in a grid; one alone keeps its shape. */
export function gallery(items) {
  if (items.length === 1) return h("div", { class: "gallery single" }, picture(items[0]));
  const count = Math.min(items.length, 10);
  return h("div", { class: `gallery grid count-${count}` }, items.slice(0, 10).map((item) => picture(item, { fit: "cover" })));
}

/** One embed. */
export function embed(data) {
  const colour = data.color ? hexColour(data.color) : null;
  const image = data.image && picture({ ...data.image, alt: data.image.description ?? "", name: data.title ?? "picture" }, { most: [500, 340] });
  const thumbnail = data.thumbnail && picture({ ...data.thumbnail, alt: "", name: "thumbnail" }, { most: [80, 80] });
  if (data.type === "image" && data.thumbnail) return picture({ ...data.thumbnail, alt: "", name: "picture" });
  const titleText = data.title && inline(data.title);
  const titleUrl = data.url && localUrl(data.url);
  return h("article", { class: "embed", style: colour ? { "--accent": colour } : {} },
    h("div", { class: "embed-main" },
      data.author?.name && h("div", { class: "embed-author" }, linkOrText(data.author.name, data.author.url)),
      titleText && h("div", { class: "embed-title" }, titleUrl ? h("a", { class: "md-link", href: titleUrl, target: "_blank", rel: "noopener noreferrer" }, titleText) : titleText),
      data.description && h("div", { class: "embed-text" }, markdown(data.description)),
      data.fields?.length > 0 && h("div", { class: "embed-fields" }, data.fields.map((field) =>
        h("div", { class: field.inline ? "embed-field in-line" : "embed-field" },
          h("div", { class: "embed-field-name" }, inline(field.name)), h("div", {}, markdown(field.value)))))),
    thumbnail && h("div", { class: "embed-thumb" }, thumbnail),
    image && h("div", { class: "embed-image" }, image),
    (data.footer?.text || data.timestamp) && h("div", { class: "embed-footer" },
      [data.footer?.text, data.timestamp && messageTime(data.timestamp)].filter(Boolean).join(" • ")));
}

function linkOrText(text, url) {
  const address = url && localUrl(url);
  return address ? h("a", { class: "md-link", href: address, target: "_blank", rel: "noopener noreferrer" }, text) : text;
}
