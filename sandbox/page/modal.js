/* A modal of the application: its fields in the page's own form, checked before they are sent.
 * Numbers are Discord's component types. */

import * as api from "./api.js";
import { avatar, h } from "./dom.js";
import { makeField } from "./fields.js";
import { showForm } from "./form.js";
import { ask } from "./interactions.js";
import { markdown } from "./markdown.js";
import * as store from "./store.js";

const ROW = 1;
const TEXT_INPUT = 4;
const TEXT_DISPLAY = 10;
const LABEL = 18;
const FILE_UPLOAD = 19;
const CHECKBOX = 23;
let number = 0;

export function openModal(modal, interactionId) {
  const fields = [];
  const body = (modal.components ?? []).map((component) => block(component, fields));
  showForm({
    title: modal.title ?? "Form", mark: avatar(store.bot()?.user ?? { bot: true }, 32), body,
    send: async () => check(fields) && send(fields, interactionId),
  });
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
  const field = makeField(component, id, label);
  if (!field) return h("div", { class: "unknown-component" }, `This page cannot show a field of type ${component.type}.`);
  fields.push(field);
  field.wrong = h("div", { class: "field-problem", role: "alert", id: `${id}-wrong` });
  const lone = component.type === CHECKBOX;
  const required = component.required !== false && !lone;
  const words = [label, required && h("span", { class: "required", "aria-hidden": "true" }, " *")];
  const direct = component.type === TEXT_INPUT || component.type === FILE_UPLOAD || lone;
  field.focusable?.setAttribute("aria-describedby", [description && `${id}-about`, `${id}-wrong`].filter(Boolean).join(" "));
  if (!direct) field.node.setAttribute("aria-label", label);
  const title = h(direct ? "label" : "div", { class: "field-label", for: direct ? id : null }, words);
  const about = description && h("div", { class: "field-about", id: `${id}-about` }, description);
  if (lone) return h("div", { class: "modal-field lone" }, field.node, h("div", {}, title, about, field.wrong));
  return h("div", { class: "modal-field" }, title, about, field.node, field.wrong);
}

function check(fields) {
  let first = null;
  for (const field of fields) {
    const words = field.check();
    field.wrong.textContent = words ?? "";
    if (words) field.focusable?.setAttribute("aria-invalid", "true");
    else field.focusable?.removeAttribute("aria-invalid");
    if (words) first ??= field;
  }
  first?.focusable?.focus();
  return !first;
}

/* The form stays open until it was answered, so that what was typed is not lost when nobody does. */
async function send(fields, interactionId) {
  const values = {};
  const files = [];
  for (const field of fields) {
    const value = field.read();
    if (value !== undefined) values[field.customId] = value;
    for (const file of field.files?.() ?? []) files.push([`files[${field.customId}]`, file]);
  }
  const answer = await ask(() => api.modal({ user: store.store.me.id, interaction_id: interactionId, values, files }));
  if (answer.state === "failed") throw new Error("Something went wrong. Try again.");
}
