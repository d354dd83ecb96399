/* An option that completes itself: what is typed is sent to the application, and what it offers is listed to
 * choose from. What is chosen stands in the field by its name and is sent by its value; anything else that is
 * typed is sent as it is. An answer that is older than what stands in the field is thrown away. */

import * as api from "./api.js";
import { h } from "./dom.js";
import { ask } from "./interactions.js";
import * as store from "./store.js";
import { Suggestions } from "./suggestions.js";

const PAUSE_MS = 120; // a letter that another one follows at once is not asked about
const FAILED = "Loading options failed";

/** Make a text field of a command complete itself. `others` returns the values of the command so far. */
export class Completion {
  constructor(control, { command, option, others }) {
    Object.assign(this, { control, command, option, others, chosen: null, timer: 0, turn: 0 });
    this.list = new Suggestions({
      id: `complete-${option.name}`, label: `Options for ${option.name}`, testid: "completion",
      onPick: ({ choice }) => this.take(choice), onDismiss: () => this.stop(),
    });
    this.node = this.list.node;
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off" })) {
      control.setAttribute(name, value);
    }
    control.addEventListener("focus", () => this.look(0));
    control.addEventListener("blur", () => this.stop());
    control.addEventListener("input", () => {
      this.chosen = null;
      this.look(PAUSE_MS);
    });
    control.addEventListener("keydown", (event) => this.key(event));
  }

  /** What is sent. */
  read() {
    return this.chosen?.name === this.control.value ? this.chosen.value : this.control.value;
  }

  key(event) {
    if (event.isComposing || !this.list.key(event)) return;
    // Tab chooses and goes on to the next field, as in Discord.
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  }

  take(choice) {
    this.stop();
    this.chosen = choice;
    this.control.value = choice.name;
    this.control.focus();
  }

  stop() {
    clearTimeout(this.timer);
    this.turn += 1;
    this.list.close();
  }

  leave() {
    this.stop();
    this.node.remove();
  }

  look(pause) {
    clearTimeout(this.timer);
    const turn = (this.turn += 1);
    this.say("Loading options…");
    this.timer = setTimeout(() => this.fetch(turn), pause);
  }

  async fetch(turn) {
    const { name } = this.command;
    const options = { ...this.others(), [this.option.name]: this.control.value };
    const body = { user: store.store.me.id, channel_id: store.store.current, name, options, focused: this.option.name };
    let answer = null;
    try {
      answer = await ask(() => api.autocomplete(body));
    } catch (error) {
      answer = { state: "failed", error: error.message };
    }
    if (turn !== this.turn) return;
    if (answer.state !== "answered") return this.say(FAILED);
    const entries = answer.choices.map((choice) => ({ choice, content: choice.name, testid: `completion-${choice.value}` }));
    this.list.show(this.control, entries, { title: this.title(), note: entries.length ? "" : "No options match what you typed." });
  }

  say(note) {
    this.list.show(this.control, [], { title: this.title(), note });
  }

  title() {
    const typed = this.control.value.trim();
    return h("span", {}, typed ? `${this.option.name} matching “${typed}”` : this.option.name);
  }
}
