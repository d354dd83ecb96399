/* The first-visit hint: what to do, one button that fills the box, and what this page is. Seen once. */

import { fill, h, icon } from "./dom.js";

const KEY = "easel.hint";
const EXAMPLE = "a castle on a hill at sunset";
let node = null;

export function hint(onTry, onClose) {
  const words = h("p", { "aria-live": "polite" }, "Type ", h("kbd", {}, "/imagine"), ", describe a picture, press ", h("kbd", {}, "Enter"), ".");
  const fillBox = () => {
    fill(words, "There it is. Now press ", h("kbd", {}, "Enter"), ".");
    onTry(EXAMPLE);
  };
  node = h("section", { class: "hint", "aria-label": "Getting started", hidden: localStorage.getItem(KEY) === "seen", testid: "hint" },
    h("img", { src: "/static/icon.svg", alt: "", width: "44", height: "44" }),
    h("div", { class: "hint-words" },
      h("h2", {}, "Make your first picture"),
      words,
      h("small", {}, "A local stand-in for Discord: nothing leaves your machine.")),
    h("button", { type: "button", class: "button primary", testid: "hint-try", on: { click: fillBox } }, `Try it: ${EXAMPLE}`),
    h("button", { type: "button", class: "round hint-close", "aria-label": "Dismiss the hint", testid: "hint-close", on: { click: () => (hideHint(), onClose()) } }, icon("close", 18)));
  return node;
}

export function hideHint() {
  localStorage.setItem(KEY, "seen");
  if (node) node.hidden = true;
}
