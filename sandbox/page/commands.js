/* A chosen command in the message box: its options as labelled fields, the required ones first, the others
 * behind chips. Reading and checking the values is parse.js's business, sending them the composer's. */

import { Completion } from "./completing.js";
import { fill, grow, h, icon } from "./dom.js";
import { OPTION, readSome } from "./parse.js";
import { choices } from "./select.js";
import { preview } from "./upload.js";

const SELECT_KIND = { [OPTION.user]: 5, [OPTION.role]: 6, [OPTION.mentionable]: 7, [OPTION.channel]: 8 };

export class CommandForm {
  constructor(command, values, { onRun, onCancel }) {
    this.command = command;
    this.onRun = onRun;
    this.onCancel = onCancel;
    this.fields = new Map(); // option name -> {control, read}
    this.lists = h("div", { class: "completions" }); // of the options that complete themselves
    this.help = h("div", { class: "command-help", id: "command-help", "aria-live": "polite" });
    this.row = h("div", { class: "command-fields" });
    this.more = h("div", { class: "command-more", role: "group", "aria-label": "More options" });
    this.node = h("div", { class: "command-form", role: "form", "aria-label": `Command ${command.name}`, tabindex: "-1" },
      h("span", { class: "command-name" }, `/${command.name}`), this.row, this.more);
    for (const option of command.options) if (option.required || values[option.name] !== undefined) this.add(option, values[option.name]);
    this.drawMore();
    this.explain(command.options.find((option) => this.fields.has(option.name)));
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.node.addEventListener("input", (event) => this.named(event));
    this.node.addEventListener("paste", (event) => this.takeFiles(event.clipboardData?.files) && event.preventDefault());
  }

  values() {
    return Object.fromEntries([...this.fields].map(([name, field]) => [name, field.read()]));
  }

  focus(name = null) {
    const wanted = name ? this.fields.get(name) : [...this.fields.values()].find((field) => !field.read()) ?? this.fields.values().next().value;
    (wanted?.control ?? this.node).focus();
  }

  mark(name) {
    for (const [key, { holder, control }] of this.fields) {
      holder.classList.toggle("wrong", key === name);
      if (key === name) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
    this.focus(name);
  }

  key(event) {
    if (event.isComposing) return;
    // The blank that people type after a name's colon is no part of the value, and would open a list.
    if (this.skipBlank && event.key === " ") event.preventDefault();
    if (event.key !== "Shift") this.skipBlank = false;
    const inButton = event.target.closest("button");
    if (event.key === "Enter" && !event.shiftKey && !inButton) {
      event.preventDefault();
      this.onRun();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.onCancel();
    } else if (event.key === "Backspace" && !inButton && event.target.value === "") this.removeEmpty(event);
  }

  /* Typing `mode:` in a text leads to the field of that name, as in Discord. */
  named(event) {
    const { target: area, data } = event;
    if (data !== ":" || area.tagName !== "TEXTAREA" || area.selectionStart !== area.value.length) return;
    const typed = /(?:^|\s)([-\w]+):$/.exec(area.value);
    const option = typed && this.command.options.find((entry) => entry.name === typed[1].toLowerCase());
    if (!option || (option.name === area.dataset.option && typed.index > 0)) return;
    area.value = area.value.slice(0, typed.index);
    if (!this.fields.has(option.name)) this.add(option);
    this.drawMore();
    this.focus(option.name);
    this.skipBlank = true;
  }

  /* Backspace in an empty field takes the field away; in the first one it leaves the command, as in Discord. */
  removeEmpty(event) {
    const name = event.target.dataset.option;
    const option = this.command.options.find((entry) => entry.name === name);
    if (!option) return;
    event.preventDefault();
    if (option.required) {
      if ([...this.fields.keys()][0] === name) this.onCancel(`/${this.command.name}`);
    } else this.remove(option);
  }

  remove(option) {
    const { holder, completion } = this.fields.get(option.name) ?? {};
    holder?.remove();
    completion?.leave();
    this.fields.delete(option.name);
    this.drawMore();
    this.focus([...this.fields.keys()].at(-1));
  }

  /** The command is left: nothing is asked or listed any more. */
  leave() {
    for (const { completion } of this.fields.values()) completion?.leave();
  }

  add(option, value) {
    const field = makeField(option, value);
    if (completes(option)) {
      const known = option.autocomplete ? null : entities(option);
      const completion = new Completion(field.control, { command: this.command, option, known, others: () => readSome(this.command, this.values()) });
      this.lists.append(completion.node);
      Object.assign(field, { read: () => completion.read(), completion });
    }
    const holder = h("label", { class: `command-field${field.wide ? " wide" : ""}` }, h("span", { class: "command-label" }, option.name), field.control,
      !option.required && h("button", { type: "button", class: "plain", "aria-label": `Remove ${option.name}`, on: { click: (event) => (event.preventDefault(), this.remove(option)) } }, icon("close", 14)));
    field.control.dataset.option = option.name;
    field.control.setAttribute("aria-describedby", "command-help");
    holder.addEventListener("focusin", () => this.explain(option));
    this.fields.set(option.name, { ...field, holder });
    this.row.append(holder);
  }

  drawMore() {
    const rest = this.command.options.filter((option) => !this.fields.has(option.name));
    this.more.hidden = !rest.length;
    this.more.replaceChildren(h("span", { class: "command-more-label" }, "More options"), ...rest.map((option) =>
      h("button", {
        type: "button", class: "chip-button", testid: `add-option-${option.name}`, title: option.description,
        on: {
          click: () => {
            this.add(option);
            this.drawMore();
            this.focus(option.name);
          },
          focus: () => this.explain(option),
        },
      }, icon("plus", 12), option.name)));
  }

  explain(option) {
    if (!option) {
      this.help.replaceChildren(h("span", {}, this.command.description));
      return;
    }
    const bounds = [
      option.required ? "required" : "optional",
      option.min_value !== undefined && option.max_value !== undefined ? `${option.min_value} to ${option.max_value}` : null,
      option.max_length ? `up to ${option.max_length} characters` : null,
    ].filter(Boolean).join(", ");
    this.help.replaceChildren(h("b", {}, option.name), h("span", {}, option.description ?? ""), h("small", {}, bounds));
  }

  /** Give dropped or pasted files to attachment options, empty ones first. True if one was taken. */
  takeFiles(files) {
    let taken = false;
    for (const file of files ?? []) {
      const open = this.command.options.filter((option) => option.type === OPTION.attachment);
      const free = open.find((option) => this.fields.has(option.name) && !this.fields.get(option.name).read()) ?? open.find((option) => !this.fields.has(option.name));
      if (!free) break;
      if (!this.fields.has(free.name)) this.add(free);
      this.fields.get(free.name).take(file);
      taken = true;
    }
    if (taken) this.drawMore();
    return taken;
  }
}

/* People are named by their id too, as somebody who has left can be named in no other way. */
const completes = (option) => option.autocomplete || option.type === OPTION.user;

function makeField(option, value) {
  const testid = `option-${option.name}`;
  if (option.type === OPTION.attachment) return fileField(option, testid, value);
  const listed = completes(option) ? null : listedChoices(option);
  if (listed) {
    const control = h("select", { class: "bare", testid }, h("option", { value: "" }, "choose…"), listed.map((choice) => h("option", { value: String(choice.value) }, choice.label)));
    const wanted = listed.find((choice) => [String(choice.value), choice.label].some((text) => text.toLowerCase() === String(value ?? "").toLowerCase()));
    control.value = wanted ? String(wanted.value) : "";
    return { control, read: () => control.value };
  }
  if (!option.autocomplete && (option.type === OPTION.integer || option.type === OPTION.number)) {
    const control = h("input", { class: "bare number", type: "number", testid, min: option.min_value, max: option.max_value, step: option.type === OPTION.integer ? "1" : "any", value: value ?? "" });
    return { control, read: () => control.value };
  }
  // A text of the API's longest length can be typed and is then refused in words, rather than cut in silence.
  const control = h("textarea", { class: "bare", rows: "1", testid, value: value ?? "", spellcheck: "true", on: { input: () => grow(control) } });
  return { control, read: () => control.value, wide: option.type !== OPTION.user };
}

function listedChoices(option) {
  if (option.choices?.length) return option.choices.map((choice) => ({ value: choice.value, label: choice.name }));
  if (option.type === OPTION.boolean) return [{ value: "true", label: "True" }, { value: "false", label: "False" }];
  return SELECT_KIND[option.type] ? entities(option) : null;
}

/* People, roles and channels; a role can be @everyone's here, which menus in messages do not offer. */
function entities({ type, channel_types }) {
  return choices({ type: SELECT_KIND[type], channel_types }, { everyone: true });
}

function fileField(option, testid, value) {
  let file = value instanceof File ? value : null;
  const input = h("input", { type: "file", class: "visually-hidden", tabindex: "-1", testid: `${testid}-file`, accept: (option.file_types ?? []).map((type) => (type.startsWith(".") ? type : `${type}/*`)).join() || null });
  const words = h("span", { class: "file-pick-words" });
  const control = h("button", { type: "button", class: "bare file-pick", testid, on: { click: () => input.click() } }, words);
  const draw = () => fill(words, file?.type.startsWith("image/") ? preview(file) : icon("image", 16), file ? file.name : "choose, paste or drop a file");
  const take = (given) => {
    file = given;
    draw();
  };
  input.addEventListener("change", () => take(input.files[0] ?? null));
  control.append(input);
  input.addEventListener("click", (event) => event.stopPropagation());
  draw();
  return { control, read: () => file, take };
}
