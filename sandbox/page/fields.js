/* The fields of a modal: each has a node to show and a way to read and check what was entered.
 * Numbers are Discord's component types. */

import { h } from "./dom.js";
import { SELECTS, selectControl } from "./select.js";
import { uploadField } from "./upload.js";

const TEXT_INPUT = 4;
const FILE_UPLOAD = 19;
const RADIO = 21;
const CHECKBOXES = 22;
const CHECKBOX = 23;
const PARAGRAPH = 2;

/** A field for a component, or null if the page does not know it: {node, customId, read, check, files}. */
export function makeField(component, id, label) {
  const testid = `modal-field-${component.custom_id}`;
  if (component.type === TEXT_INPUT) return textField(component, id, testid);
  if (SELECTS.has(component.type)) return selectField(component, testid);
  if (component.type === FILE_UPLOAD) return fileField(component, id, testid, label);
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

/* What is wrong with so many chosen, if anything is; none is fine wherever the field may be left out. */
function amount(component, count, most) {
  const least = component.min_values ?? 1;
  if (!count) return isRequired(component) && least > 0 ? (least > 1 ? `Please choose at least ${least}.` : "Please choose.") : null;
  if (count < least) return `Please choose at least ${least}.`;
  return count > most ? `At most ${most}, please.` : null;
}

function selectField(component, testid) {
  const control = selectControl(component, { onChoose: () => {}, testid, label: component.placeholder || "Choose", inForm: true });
  return {
    customId: component.custom_id, node: control, focusable: control,
    read: () => control.values(),
    check: () => amount(component, control.values().length, component.max_values ?? 1),
  };
}

function fileField(component, id, testid, label) {
  return { ...uploadField(component, id, { testid, label }), customId: component.custom_id, read: () => undefined };
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
  const most = single ? 1 : component.max_values ?? options.length;
  return {
    customId: component.custom_id, node: holder, focusable: inputs.find((input) => input.checked) ?? inputs[0],
    read: () => (single ? chosen()[0] ?? null : chosen()),
    check: () => amount(component, chosen().length, most),
  };
}

function checkbox(component, id, testid) {
  const input = h("input", { type: "checkbox", id, class: "lone-check", testid, checked: Boolean(component.default) });
  return { customId: component.custom_id, node: input, focusable: input, read: () => input.checked, check: () => null };
}
