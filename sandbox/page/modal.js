/* A modal of the application: its title, its fields, submit and cancel. The browser's own dialog keeps the
 * focus inside and closes on Esc; what was typed survives an error of the API. */

import * as api from "./api.js";
import { avatar, h, icon } from "./dom.js";
import { makeField } from "./fields.js";
import { start } from "./interactions.js";
import { markdown } from "./markdown.js";
import * as store from "./store.js";

const ROW = 1;
const TEXT_INPUT = 4;
const TEXT_DISPLAY = 10;
const LABEL = 18;
let number = 0;

export function openModal(modal, interactionId, channel) {
  const before = document.activeElement;
  const fields = [];
  number += 1;
  const titleId = `modal-title-${number}`;
  const problem = h("div", { class: "problem", role: "alert", hidden: true });
  const body = h("div", { class: "modal-body" }, (modal.components ?? []).map((component) => block(component, fields)));
  const submit = h("button", { type: "submit", class: "button primary", testid: "modal-submit" }, "Submit");
  const close = () => dialog.close();
  const form = h("form", { novalidate: true },
    h("header", { class: "modal-head" }, avatar(store.bot()?.user ?? { bot: true }, 32), h("h2", { id: titleId }, modal.title ?? "Form"),
      h("button", { type: "button", class: "round", "aria-label": "Close", on: { click: close } }, icon("close", 22))),
    body, problem,
    h("footer", { class: "modal-foot" }, h("button", { type: "button", class: "button link-like", testid: "modal-cancel", on: { click: close } }, "Cancel"), submit));
  const dialog = h("dialog", { class: "modal", testid: "modal", "aria-labelledby": titleId }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!check(fields)) return;
    submit.disabled = true;
    try {
      await send(fields, interactionId, channel);
      close();
    } catch (error) {
      problem.hidden = false;
      problem.replaceChildren(icon("warn", 18), error.message);
      submit.disabled = false;
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
    else document.getElementById("composer")?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.focusable?.focus();
}

/* A Label holds one field; a row of the older form holds a text input that names itself. */
function block(component, fields) {
  if (component.type === TEXT_DISPLAY) return h("div", { class: "modal-text" }, markdown(component.content));
  if (component.type === LABEL) return labelled(component.component, component.label, component.description, fields);
  if (component.type === ROW) return (component.components ?? []).map((child) => labelled(child, child.label ?? "", null, fields));
  return labelled(component, component.label ?? "", null, fields);
}

function labelled(component, label, description, fields) {
  number += 1;
  const id = `field-${number}`;
  const field = makeField(component, id);
  if (!field) return h("div", { class: "unknown-component" }, `This page cannot show a field of type ${component.type}.`);
  fields.push(field);
  const wrong = h("div", { class: "field-problem", role: "alert", id: `${id}-wrong` });
  field.wrong = wrong;
  const required = component.required !== false && component.type !== 23;
  const words = [label, required && h("span", { class: "required", "aria-hidden": "true" }, " *")];
  const direct = component.type === TEXT_INPUT || component.type === 19 || component.type === 23;
  if (description) field.focusable?.setAttribute("aria-describedby", `${id}-about`);
  if (!direct) field.node.setAttribute("aria-label", label);
  return h("div", { class: "modal-field" },
    h(direct ? "label" : "div", { class: "field-label", for: direct ? id : null }, words),
    description && h("div", { class: "field-about", id: `${id}-about` }, description), field.node, wrong);
}

function check(fields) {
  let first = null;
  for (const field of fields) {
    const words = field.check();
    field.wrong.textContent = words ?? "";
    field.focusable?.toggleAttribute("aria-invalid", Boolean(words));
    if (words) first ??= field;
  }
  first?.focusable?.focus();
  return !first;
}

async function send(fields, interactionId, channel) {
  const values = {};
  const files = [];
  for (const field of fields) {
    const value = field.read();
    if (value !== undefined) values[field.customId] = value;
    for (const file of field.files?.() ?? []) files.push([`files[${field.customId}]`, file]);
  }
  await start(() => api.modal({ user: store.store.me.id, interaction_id: interactionId, values, files }), { channel });
}
