/* The large view of a picture. The arrow keys and its two buttons lead to the other pictures of the message; Esc,
 * the cross or a click beside the picture closes it. What is still behind a spoiler is left out. */

import { fill, h, icon } from "./dom.js";
import { remember } from "./focus.js";

/** Open it at the picture of `view`; `pictures` holds {source, alt, name} by the buttons that open them. */
export function lightbox(view, pictures) {
  const giveBack = remember();
  const views = [...(view.closest(".message")?.querySelectorAll(".picture-open") ?? [view])].filter((one) => !one.closest("[inert]") && pictures.has(one));
  let index = views.indexOf(view);
  const figure = h("figure");
  const step = (by) => show((index + by + views.length) % views.length);
  const arrow = (words, name, by) => views.length > 1 && h("button", { type: "button", class: `round lightbox-step ${name}`, "aria-label": words, on: { click: () => step(by) } }, icon(name, 26));
  const dialog = h("dialog", { class: "lightbox" },
    h("button", { type: "button", class: "round lightbox-close", "aria-label": "Close", on: { click: () => dialog.close() } }, icon("close", 24)),
    arrow("Picture before", "previous", -1), figure, arrow("Next picture", "next", 1));
  function show(place) {
    index = place;
    const { source, alt, name } = pictures.get(views[place]);
    dialog.setAttribute("aria-label", alt || name);
    fill(figure, h("img", { src: source, alt: alt || "" }), h("figcaption", { "aria-live": "polite" }, alt && h("span", {}, alt),
      views.length > 1 && h("span", { class: "muted" }, `${place + 1} of ${views.length}`),
      h("a", { class: "md-link", href: source, target: "_blank", rel: "noopener" }, "Open original ", icon("external", 14))));
  }
  show(index);
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && views.length > 1) step(by);
  });
  dialog.addEventListener("click", (event) => ["DIALOG", "FIGURE"].includes(event.target.tagName) && dialog.close());
  dialog.addEventListener("close", () => (dialog.remove(), giveBack()));
  document.body.append(dialog);
  dialog.showModal();
}
