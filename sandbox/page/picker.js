/* The list of slash commands over the message box. The focus stays in the box; the list shows what is chosen. */

import { avatar, h } from "./dom.js";
import { matching, slashCommands } from "./parse.js";
import * as store from "./store.js";

export class Picker {
  constructor(box, { onPick }) {
    this.box = box;
    this.onPick = onPick;
    this.index = 0;
    this.found = [];
    this.closedFor = null; // the text for which Esc closed the list
    this.list = h("div", { class: "options", role: "listbox", id: "picker-list", "aria-label": "Commands" });
    this.node = h("div", { class: "picker", hidden: true, testid: "picker" }, h("div", { class: "picker-title" }), this.list);
  }

  get open() {
    return !this.node.hidden;
  }

  /** Show what fits the text, or close. Only a line that begins with a slash and is still a name opens it. */
  update(text) {
    const typed = /^\/([-\w]*(?: [-\w]*)?)$/.exec(text)?.[1];
    if (typed === undefined || this.closedFor === text) return this.close();
    const all = slashCommands(store.store.commands);
    this.found = matching(all, typed.trimEnd());
    if (!this.found.length && all.length) return this.close();
    this.index = Math.min(this.index, Math.max(0, this.found.length - 1));
    this.node.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
    this.draw(typed);
  }

  draw(typed) {
    const user = store.bot()?.user;
    this.node.firstChild.replaceChildren(user ? avatar(user, 20) : "", h("span", {}, typed ? `Commands matching /${typed}` : store.botName()));
    this.list.replaceChildren(...this.found.map((command, index) => this.row(command, index)));
    if (!this.found.length) {
      this.list.append(h("div", { class: "options-note", role: "option", "aria-selected": "false", testid: "no-commands" },
        store.store.botOnline ? "The application has not registered any commands yet." : "No commands yet. They appear here when the bot comes online."));
    }
    const active = this.found[this.index];
    if (active) this.box.setAttribute("aria-activedescendant", `pick-${this.index}`);
    else this.box.removeAttribute("aria-activedescendant");
    this.list.children[this.index]?.scrollIntoView({ block: "nearest" });
  }

  row(command, index) {
    const options = command.options.filter((option) => option.required).map((option) => h("span", { class: "pick-option" }, option.name));
    const optional = command.options.length - options.length;
    const row = h("div", { class: "option", role: "option", id: `pick-${index}`, "aria-selected": String(index === this.index), testid: `command-${command.name}` },
      h("span", { class: "option-words" },
        h("span", { class: "pick-name" }, h("b", {}, `/${command.name}`), options, optional > 0 && h("span", { class: "pick-more" }, `+${optional} optional`)),
        h("small", {}, command.description)));
    row.addEventListener("pointerdown", (event) => event.preventDefault());
    row.addEventListener("click", () => this.pick(index));
    row.addEventListener("pointermove", () => {
      if (this.index === index) return;
      this.index = index;
      for (const [place, entry] of [...this.list.children].entries()) entry.setAttribute("aria-selected", String(place === index));
    });
    return row;
  }

  /** Keys of the box while the list is open; true if the key was for the list. */
  key(event) {
    if (!this.open) return false;
    if (event.key === "Escape") {
      this.closedFor = this.box.value;
      this.close();
      return true;
    }
    if (!this.found.length) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.index = (this.index + (event.key === "ArrowDown" ? 1 : -1) + this.found.length) % this.found.length;
      this.draw(this.box.value.slice(1));
      return true;
    }
    if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) {
      this.pick(this.index);
      return true;
    }
    return false;
  }

  pick(index) {
    const command = this.found[index];
    this.close();
    if (command) this.onPick(command);
  }

  close() {
    this.node.hidden = true;
    this.index = 0;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }
}
