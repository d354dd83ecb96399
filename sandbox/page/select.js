/* Select menus: the closed control and its list. Used in messages and in modals.
 * Discord's kinds: 3 strings, 5 people, 6 roles, 7 people and roles, 8 channels. */

import { avatar, h, icon } from "./dom.js";
import { arrowKeys, popover } from "./menu.js";
import * as store from "./store.js";

export const SELECTS = new Set([3, 5, 6, 7, 8]);
const SEARCH_FROM = 8;

/** What can be chosen: {value, label, description, mark}. */
export function choices(component, { everyone = false } = {}) {
  const data = store.store;
  const users = () => [...data.members.values()].map((member) => ({
    value: member.user.id, label: store.memberName(member), description: `@${member.user.username}`, mark: avatar(member.user, 24),
  }));
  const roles = () => [...data.roles.values()].filter((role) => everyone || role.id !== data.guild?.id).map((role) => ({
    value: role.id, label: `@${role.name.replace(/^@/, "")}`, mark: h("span", { class: "swatch", style: { "--role": role.color ? store.hexColour(role.color) : "#99aab5" } }),
  }));
  const allowed = (entry) => !component.channel_types?.length || component.channel_types.includes(entry.type);
  const channels = () => [...data.channels.values(), ...data.threads.values()].filter((entry) => entry.type !== store.DIRECT && allowed(entry)).map((entry) => ({
    value: entry.id, label: entry.name, mark: icon(store.placeIcon(entry), 18),
  }));
  const kinds = { 5: users, 6: roles, 7: () => [...users(), ...roles()], 8: channels };
  if (kinds[component.type]) return kinds[component.type]();
  return (component.options ?? []).map((option) => ({
    value: option.value, label: option.label, description: option.description, mark: option.emoji?.name ? h("span", {}, option.emoji.id ? "" : option.emoji.name) : null,
  }));
}

function defaults(component) {
  if (component.default_values) return component.default_values.map((entry) => entry.id);
  return (component.options ?? []).filter((option) => option.default).map((option) => option.value);
}

/** The control. `onChoose` gets the list of values when a choice is made. `values` are chosen from the beginning
 * instead of the component's own. In a form any choice is kept, also one that the form has to complain about. */
export function selectControl(component, { onChoose, label = null, testid = null, values = null, inForm = false }) {
  const state = { values: values ?? defaults(component) };
  const control = h("button", {
    type: "button", class: "select", "aria-haspopup": "listbox", "aria-expanded": "false",
    disabled: Boolean(component.disabled), testid, "aria-label": label, on: { click: () => openList(component, control, state, { draw, onChoose, inForm }) },
  });
  function draw() {
    const known = choices(component);
    const chosen = state.values.map((value) => known.find((choice) => choice.value === value)).filter(Boolean);
    const words = chosen.length
      ? h("span", { class: "select-values" }, chosen.map((choice) => h("span", { class: chosen.length > 1 ? "chip" : null }, choice.label)))
      : h("span", { class: "select-placeholder" }, component.placeholder || "Make a selection");
    control.replaceChildren(words, icon("down", 18));
  }
  draw();
  control.values = () => state.values;
  return control;
}

function openList(component, control, state, { draw, onChoose, inForm }) {
  const known = choices(component);
  const least = inForm && component.required === false ? 0 : component.min_values ?? 1;
  const most = component.max_values ?? 1;
  const several = most > 1;
  const before = [...state.values];
  const chosen = new Set(state.values);
  const list = h("div", { class: "options", role: "listbox", "aria-label": component.placeholder || "Choices", "aria-multiselectable": several ? "true" : null });
  const note = h("div", { class: "options-note", role: "status" }, several && `Choose ${least === most ? most : `${least} to ${most}`}.`);
  let close = () => {};
  const finish = () => {
    control.setAttribute("aria-expanded", "false");
    const values = [...chosen];
    const same = values.length === before.length && values.every((value) => before.includes(value));
    if (same || (values.length < least && !inForm)) return;
    state.values = values;
    draw();
    onChoose(values);
  };
  const choose = (choice, row) => {
    if (!several) {
      if (chosen.has(choice.value) && least === 0) chosen.clear();
      else {
        chosen.clear();
        chosen.add(choice.value);
      }
      return close();
    }
    if (chosen.has(choice.value)) chosen.delete(choice.value);
    else if (chosen.size < most) chosen.add(choice.value);
    else note.textContent = `You can choose up to ${most}.`;
    row.setAttribute("aria-selected", String(chosen.has(choice.value)));
  };
  const show = (needle = "") => {
    list.replaceChildren();
    for (const choice of known.filter((entry) => entry.label.toLowerCase().includes(needle.toLowerCase()))) {
      const row = h("div", { class: "option", role: "option", tabindex: "-1", testid: `choice-${choice.value}`, "aria-selected": String(chosen.has(choice.value)) },
        choice.mark && h("span", { class: "option-mark" }, choice.mark),
        h("span", { class: "option-words" }, h("span", {}, choice.label), choice.description && h("small", {}, choice.description)),
        h("span", { class: "option-check" }, icon("check", 18)));
      row.addEventListener("click", () => choose(choice, row));
      row.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        choose(choice, row);
      });
      list.append(row);
    }
    if (!list.children.length) list.append(h("div", { class: "options-note" }, "Nothing matches."));
  };
  show();
  const search = known.length > SEARCH_FROM && h("input", { class: "field", type: "search", placeholder: "Search", "aria-label": "Search", on: { input: (event) => show(event.target.value) } });
  const content = h("div", { class: "select-list" }, search, list, note, several && h("button", { type: "button", class: "button primary small", on: { click: () => close() } }, "Done"));
  arrowKeys(content, "[role=option], input");
  control.setAttribute("aria-expanded", "true");
  close = popover(content, control, { onClose: finish, width: control.getBoundingClientRect().width });
  (search || list.querySelector("[aria-selected=true]") || list.firstElementChild)?.focus();
}
