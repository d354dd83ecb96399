/* Floating things: menus and lists beside the control that opened them. One is open at a time; Esc, a click
 * elsewhere or leaving with Tab closes it and gives the focus back. */

import { h } from "./dom.js";
import { remember } from "./focus.js";

let close = () => {};

export function closePopover() {
  close();
}

/** Show `content` by an anchor element or at a point {x, y}. Returns the function that closes it. */
export function popover(content, anchor, { onClose = () => {}, width = null } = {}) {
  close();
  const giveBackFocus = remember();
  const holder = h("div", { class: "popover", style: width ? { "min-width": `${width}px` } : {} }, content);
  const outside = (event) => {
    if (!holder.contains(event.target) && !(anchor instanceof Node && anchor.contains(event.target))) done(false);
  };
  const key = (event) => {
    if (event.key !== "Escape" && event.key !== "Tab") return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
    }
    done(true);
  };
  // A message shows its actions only while it is used.
  const message = anchor instanceof Node ? anchor.closest(".message") : null;
  message?.classList.add("active");
  let open = true;
  function done(giveBack = true) {
    if (!open) return;
    open = false;
    close = () => {};
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", done);
    holder.remove();
    if (giveBack) giveBackFocus();
    message?.classList.remove("active");
    onClose();
  }
  close = done;
  holder.addEventListener("keydown", key);
  document.addEventListener("pointerdown", outside, true);
  window.addEventListener("resize", done);
  // Above an open dialog only the dialog's own children can be seen and reached.
  const home = (anchor instanceof Node && anchor.closest("dialog")) || document.getElementById("layer");
  home.append(holder);
  place(holder, anchor);
  return done;
}

function place(holder, anchor) {
  const box = anchor instanceof Node ? anchor.getBoundingClientRect() : { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
  const { width, height } = holder.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, innerWidth - width - 8));
  const below = box.bottom + 4 + height <= innerHeight - 8;
  const top = below ? box.bottom + 4 : Math.max(8, box.top - height - 4);
  holder.style.left = `${left}px`;
  holder.style.top = `${top}px`;
}

/** Move the focus among the children of a list with the arrow keys. */
export function arrowKeys(holder, selector) {
  holder.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    const entries = [...holder.querySelectorAll(selector)];
    if (!entries.length) return;
    event.preventDefault();
    const now = entries.indexOf(document.activeElement);
    const next = Number.isFinite(step) ? (now + step + entries.length) % entries.length : step < 0 ? 0 : entries.length - 1;
    entries[now < 0 && step < 0 ? entries.length - 1 : next].focus();
  });
}

/** A menu of entries {label, icon, run, note} or {heading}. */
export function menu(entries, anchor, label) {
  const list = h("div", { class: "menu", role: "menu", "aria-label": label });
  let done = () => {};
  for (const entry of entries) {
    if (entry.heading) {
      list.append(h("div", { class: "menu-heading", role: "presentation" }, entry.heading));
      continue;
    }
    if (entry.note) {
      list.append(h("div", { class: "menu-note", role: "presentation" }, entry.note));
      continue;
    }
    const run = () => {
      done(true);
      entry.run();
    };
    list.append(
      h("button", { type: "button", role: "menuitem", class: "menu-entry", tabindex: "-1", testid: entry.testid, on: { click: run } }, h("span", {}, entry.label), entry.icon),
    );
  }
  arrowKeys(list, "[role=menuitem]");
  done = popover(list, anchor);
  list.querySelector("[role=menuitem]")?.focus();
}
