/* Short notes in the corner, read out politely, gone by themselves unless the pointer or the focus is on them. */

import { avatar, h, icon } from "./dom.js";

const SHOWN_MS = 7_000;
const MOST = 4;

export function toast(text, { action = null, run = null, user = null, place = null } = {}) {
  const holder = document.getElementById("toasts");
  let timer = 0;
  const close = () => {
    clearTimeout(timer);
    node.remove();
  };
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(close, SHOWN_MS);
  };
  const node = h(
    "div",
    { class: "toast", data: place ? { place } : {}, on: { pointerenter: () => clearTimeout(timer), pointerleave: arm, focusin: () => clearTimeout(timer), focusout: arm } },
    user && avatar(user, 24),
    h("span", { class: "toast-text" }, text),
    action && h("button", { type: "button", class: "link", on: { click: () => (close(), run()) } }, action),
    h("button", { type: "button", class: "plain", "aria-label": "Close this note", on: { click: close } }, icon("close", 16)),
  );
  holder.append(node);
  while (holder.children.length > MOST) holder.firstChild.remove();
  arm();
}

/** Notes that lead to a place have nothing more to say once it is open. */
export function clearToasts(place) {
  for (const node of document.querySelectorAll(`.toast[data-place="${CSS.escape(place)}"]`)) node.remove();
}
