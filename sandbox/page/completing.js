/* A text field of a command that completes itself: what fits is listed to choose from, either what the page
 * knows (people) or what the application offers when it is asked. What is chosen stands in the field by its name
 * and is sent by its value; anything else is sent as it is typed. An answer that comes too late is thrown away. */

import * as api from "./api.js";
import { h } from "./dom.js";
import { ask } from "./interactions.js";
import * as store from "./store.js";
import { Suggestions } from "./suggestions.js";

const PAUSE_MS = 120; // a letter that another one follows at once is not asked about
const FAILED = "Loading options failed";

export class Completion {
  /** `known` are all choices {label, value, description, mark}; without them the application is asked, and told the
   * values of the command so far, which `others` returns. */
  constructor(control, { command, option, others, known = null }) {
    Object.assign(this, { control, command, option, others, known, chosen: null, timer: 0, turn: 0 });
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
    const typed = this.control.value;
    const chosen = this.chosen?.label === typed ? this.chosen : this.known?.find(({ label }) => label.toLowerCase() === typed.trim().toLowerCase());
    return chosen ? chosen.value : typed;
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
    this.control.value = choice.label;
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
    if (this.known) return this.offer(this.known.filter((choice) => fits(choice, this.control.value)));
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
    } catch {
      answer = { state: "failed" };
    }
    if (turn !== this.turn) return;
    if (answer.state !== "answered") return this.say(FAILED);
    this.offer(answer.choices.map((choice) => ({ label: choice.name, value: choice.value })));
  }

  offer(choices) {
    const entries = choices.map((choice) => ({ choice, content: row(choice), testid: `completion-${choice.value}` }));
    this.list.show(this.control, entries, { title: this.title(), note: entries.length ? "" : this.control.value ? "No options match what you typed." : "There is nothing to choose from." });
  }

  say(note) {
    this.list.show(this.control, [], { title: this.title(), note });
  }

  title() {
    const typed = this.control.value.trim();
    return h("span", {}, typed ? `${this.option.name} matching “${typed}”` : this.option.name);
  }
}

function row({ label, description, mark }) {
  return [mark && h("span", { class: "option-mark" }, mark), h("span", { class: "option-words" }, label, description && h("small", {}, description))];
}

/* A part of the name fits, or the whole id; where nothing is typed yet, all. */
function fits({ label, value, description = "" }, typed) {
  const needle = typed.trim().toLowerCase();
  return value === needle || `${label} ${description}`.toLowerCase().includes(needle);
}
