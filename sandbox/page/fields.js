/* The fields of a modal: each has a node to show and a way to read and check what was entered.
 * Numbers are Discord's component types. */

import { fileSize, h, icon } from "./dom.js";
import { SELECTS, selectControl } from "./select.js";

const TEXT_INPUT = 4;
const FILE_UPLOAD = 19;
const RADIO = 21;
const CHECKBOXES = 22;
const CHECKBOX = 23;
const PARAGRAPH = 2;

/** A field for a component, or null if the page does not know it: {node, customId, read, check, files}. */
export function makeField(component, id) {
  const testid = `modal-field-${component.custom_id}`;
  if (component.type === TEXT_INPUT) return textField(component, id, testid);
  if (SELECTS.has(component.type)) return selectField(component, testid);
  if (component.type === FILE_UPLOAD) return fileField(component, id, testid);
  if (component.type === RADIO || component.type === CHECKBOXES) return choiceField(component, id, testid);
  if (component.type === CHECKBOX) return checkbox(component, id, testid);
  return null;
}

const isRequired = (component) => component.required !== false;

function textField(component, id, testid) {
  const long = component.style === PARAGRAPH;
  const control = h(long ? "textarea" : "input", {
    id, class: "field", testid, type: long ? null : "text", rows: long ? "5" : null, placeholder: component.placeholder, value: component.value ?? "",
    maxlength: component.max_length, "aria-required": String(isRequired(component)),
  });
  const left = h("small", { class: "letters", "aria-hidden": "true" });
  const count = () => (left.textContent = component.max_length ? `${control.value.length} / ${component.max_length}` : "");
  control.addEventListener("input", count);
  count();
  return {
    customId: component.custom_id, node: h("div", { class: "field-holder" }, control, left), focusable: control,
    read: () => control.value,
    check() {
      const length = control.value.trim().length;
      if (!length) return isRequired(component) ? "Please fill this in." : null;
      if (component.min_length && control.value.length < component.min_length) return `At least ${component.min_length} characters, please.`;
      return null;
    },
  };
}

function selectField(component, testid) {
  const control = selectControl(component, { onChoose: () => {}, testid, label: component.placeholder || "Choose" });
  const least = component.min_values ?? 1;
  return {
    customId: component.custom_id, node: control, focusable: control,
    read: () => control.values(),
    check: () => (isRequired(component) && control.values().length < least ? "Please choose." : null),
  };
}

function fileField(component, id, testid) {
  const most = component.max_values ?? 1;
  const input = h("input", { id, type: "file", class: "field file", testid, multiple: most > 1 });
  const list = h("ul", { class: "file-names" });
  input.addEventListener("change", () => list.replaceChildren(...[...input.files].map((file) => h("li", {}, icon("file", 14), file.name, h("small", {}, fileSize(file.size))))));
  return {
    customId: component.custom_id, node: h("div", {}, input, list), focusable: input,
    read: () => undefined,
    files: () => [...input.files],
    check() {
      if (isRequired(component) && input.files.length < (component.min_values ?? 1)) return "Please choose a file.";
      return input.files.length > most ? `At most ${most} files, please.` : null;
    },
  };
}

function choiceField(component, id, testid) {
  const single = component.type === RADIO;
  const options = component.options ?? [];
  const holder = h("div", { class: "choice-group", role: single ? "radiogroup" : "group", testid });
  const inputs = options.map((option, index) => {
    const input = h("input", { type: single ? "radio" : "checkbox", name: id, id: `${id}-${index}`, value: option.value, checked: Boolean(option.default) });
    holder.append(h("label", { class: "choice" }, input, h("span", { class: "option-words" }, h("span", {}, option.label), option.description && h("small", {}, option.description))));
    return input;
  });
  const chosen = () => inputs.filter((input) => input.checked).map((input) => input.value);
  const least = isRequired(component) ? Math.max(1, component.min_values ?? 1) : 0;
  const most = single ? 1 : component.max_values ?? options.length;
  return {
    customId: component.custom_id, node: holder, focusable: inputs[0],
    read: () => (single ? chosen()[0] ?? null : chosen()),
    check() {
      const count = chosen().length;
      if (count < least) return least === 1 ? "Please choose." : `Please choose at least ${least}.`;
      return count > most ? `At most ${most}, please.` : null;
    },
  };
}

function checkbox(component, id, testid) {
  const input = h("input", { type: "checkbox", id, class: "lone-check", testid, checked: Boolean(component.default) });
  return { customId: component.custom_id, node: input, focusable: input, read: () => input.checked, check: () => null };
}
