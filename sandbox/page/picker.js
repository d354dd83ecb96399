/* The slash commands to choose from while their name is typed into the message box. */

import { avatar, h } from "./dom.js";
import { matching, slashCommands } from "./parse.js";
import * as store from "./store.js";
import { Suggestions } from "./suggestions.js";

export class Picker {
  constructor(box, { onPick }) {
    this.box = box;
    this.closedFor = null; // the text for which Esc closed the list
    this.list = new Suggestions({
      id: "picker-list", label: "Commands", testid: "picker",
      onPick: ({ command }) => onPick(command), onDismiss: () => (this.closedFor = this.box.value),
    });
    this.node = this.list.node;
  }

  /** Show what fits the text, or close. Only a line that begins with a slash and is still a name opens it. */
  update(text) {
    if (this.closedFor !== text) this.closedFor = null;
    const typed = /^\/([-\w]*(?: [-\w]*){0,2})$/.exec(text)?.[1];
    if (typed === undefined || this.closedFor === text) return this.close();
    const { commands, current } = store.store;
    const usable = commands.filter((command) => store.mayUse(command, store.channel(current)));
    const all = slashCommands(usable);
    const found = matching(all, typed.trimEnd());
    if (!found.length && all.length) return this.close();
    const user = store.bot()?.user;
    this.list.show(this.box, found.map((command) => ({ command, content: row(command), testid: `command-${command.name}` })), {
      title: [user && avatar(user, 20), h("span", {}, typed ? `Commands matching /${typed}` : store.botName())],
      note: found.length ? "" : h("span", { testid: "no-commands" }, why()),
      index: this.list.input ? this.list.index : 0,
    });
  }

  key(event) {
    return this.list.key(event);
  }

  close() {
    this.list.close();
  }
}

function row(command) {
  const options = command.options.filter((option) => option.required).map((option) => h("span", { class: "pick-option" }, option.name));
  const optional = command.options.length - options.length;
  return h("span", { class: "option-words" },
    h("span", { class: "pick-name" }, h("b", {}, `/${command.name}`), options, optional > 0 && h("span", { class: "pick-more" }, `+${optional} optional`)),
    h("small", {}, command.description));
}

function why() {
  if (store.store.commands.length) return "You may not use commands here.";
  return store.store.botOnline ? "The application has not registered any commands yet." : "No commands yet. They appear here when the bot comes online.";
}
