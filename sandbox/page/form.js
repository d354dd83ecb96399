/* A form in a dialog: a title, fields, submit and cancel. The browser's own dialog keeps the focus inside and
 * closes on Esc; what was typed survives an error, and the focus goes back to where it was. */

import { fill, h, icon, waitingDots } from "./dom.js";
import { remember } from "./focus.js";

let number = 0;

/** Show it. `send` is called on submit: false leaves the form open, an error is said in it. */
export function showForm({ title, mark = null, body, send, words = "Submit", testid = "modal" }) {
  const giveBack = remember();
  number += 1;
  const titleId = `form-title-${number}`;
  const problem = h("div", { class: "problem", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button primary", testid: "modal-submit" }, h("span", { class: "button-words" }, words));
  const close = () => dialog.close();
  let working = false;
  // A disabled button would lose the focus.
  const busy = (is) => {
    working = is;
    submit.classList.toggle("waiting", is);
    submit.setAttribute("aria-busy", String(is));
    fill(submit, h("span", { class: "button-words" }, words), is && waitingDots());
  };
  const form = h("form", { novalidate: true },
    h("header", { class: "modal-head" }, mark, h("h2", { id: titleId }, title),
      h("button", { type: "button", class: "round", "aria-label": "Close", on: { click: close } }, icon("close", 22))),
    h("div", { class: "modal-body" }, body), problem,
    h("footer", { class: "modal-foot" }, h("button", { type: "button", class: "button link-like", testid: "modal-cancel", on: { click: close } }, "Cancel"), submit));
  const dialog = h("dialog", { class: "modal", testid, "aria-labelledby": titleId }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (working) return;
    busy(true);
    problem.hidden = true;
    try {
      if ((await send()) !== false) close();
    } catch (error) {
      problem.hidden = false;
      problem.replaceChildren(icon("warn", 18), h("span", {}, error.message));
    } finally {
      busy(false);
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    giveBack();
  });
  document.body.append(dialog);
  dialog.showModal();
}
