/* A list over the message box to choose from while one types. The focus stays in the box, which says by ARIA
 * what is chosen in the list; arrow keys, Enter, Tab, Esc and the pointer work as in Discord. */

import { fill, h } from "./dom.js";

export class Suggestions {
  /** `onPick` gets the entry that is chosen, `onDismiss` is told that Esc closed the list. */
  constructor({ id, label, testid, onPick, onDismiss = () => {} }) {
    Object.assign(this, { id, onPick, onDismiss, input: null, entries: [], index: 0 });
    this.list = h("div", { class: "options", role: "listbox", id, "aria-label": label });
    this.title = h("div", { class: "picker-title" });
    this.note = h("div", { class: "options-note", role: "status" });
    this.node = h("div", { class: "picker", hidden: true, testid }, this.title, this.list, this.note);
    // Neither the entries nor the scroll bar take the focus from the box.
    this.node.addEventListener("pointerdown", (event) => event.preventDefault());
    this.node.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get open() {
    return !this.node.hidden;
  }

  /** Show entries {content, testid, …} for what is typed in `input`; `note` is said below them. */
  show(input, entries, { title, note = "", index = 0 }) {
    if (this.input && this.input !== input) this.close();
    this.input = input;
    this.entries = entries;
    this.node.hidden = false;
    fill(this.title, title);
    fill(this.note, note);
    this.list.hidden = !entries.length;
    this.list.replaceChildren(...entries.map((entry, place) => this.row(entry, place)));
    input.setAttribute("aria-expanded", "true");
    this.choose(Math.min(index, Math.max(0, entries.length - 1)));
  }

  row({ content, testid }, place) {
    const row = h("div", { class: "option", role: "option", id: `${this.id}-${place}`, testid }, content);
    row.addEventListener("click", () => this.pick(place));
    row.addEventListener("pointermove", () => this.index === place || this.choose(place, { scroll: false }));
    return row;
  }

  choose(index, { scroll = true } = {}) {
    this.index = index;
    for (const [place, row] of [...this.list.children].entries()) row.setAttribute("aria-selected", String(place === index));
    const active = this.list.children[index];
    if (active) this.input.setAttribute("aria-activedescendant", active.id);
    else this.input.removeAttribute("aria-activedescendant");
    if (scroll) active?.scrollIntoView({ block: "nearest" });
  }

  /** Keys of the box while the list is open; true if the key was for the list. */
  key(event) {
    if (!this.open) return false;
    if (event.key === "Escape") {
      this.close();
      this.onDismiss();
      return true;
    }
    if (!this.entries.length) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.choose((this.index + (event.key === "ArrowDown" ? 1 : -1) + this.entries.length) % this.entries.length);
      return true;
    }
    if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) {
      this.pick(this.index);
      return true;
    }
    return false;
  }

  pick(index) {
    const entry = this.entries[index];
    this.close();
    if (entry) this.onPick(entry);
  }

  close() {
    this.node.hidden = true;
    this.entries = [];
    this.index = 0;
    this.input?.setAttribute("aria-expanded", "false");
    this.input?.removeAttribute("aria-activedescendant");
    this.input = null;
  }
}
