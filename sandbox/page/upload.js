/* The file field of a form: files come by the button or by drop, are listed with their names, and
 * each can be taken back. How many there may be is the component's matter. */

import { fileSize, h, icon } from "./dom.js";

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

/** The field: {node, focusable, files, check}. */
export function uploadField(component, id, { testid, label }) {
  const most = component.max_values ?? 1;
  const several = most > 1;
  let files = [];
  const what = several ? "files" : "a file";
  const input = h("input", { id, type: "file", class: "visually-hidden", tabindex: "-1", testid, multiple: several });
  const pick = h("button", { type: "button", class: "button secondary small", "aria-label": `Choose ${what}, ${label}`, on: { click: () => input.click() } }, `Choose ${what}`);
  const note = h("small", { class: "upload-note", role: "status" });
  const list = h("ul", { class: "upload-files" });
  const zone = h("div", { class: "upload", data: { field: component.custom_id } }, icon("upload", 22), h("div", { class: "upload-words" }, h("span", {}, `Drop ${what} here, or`), pick, note), input);
  const draw = () => {
    note.textContent = several ? `${files.length} of ${most} files` : "";
    list.replaceChildren(...files.map((file) => row(file, () => remove(file))));
  };
  const add = (added) => {
    // One more is kept for the check to complain about, so that nothing disappears without a word.
    files = several ? [...files, ...added].slice(0, most + 1) : [...added].slice(0, 1);
    draw();
  };
  const remove = (file) => {
    files = files.filter((other) => other !== file);
    draw();
    pick.focus();
  };
  input.addEventListener("change", () => {
    if (input.files.length) add([...input.files]);
    input.value = "";
  });
  dropping(zone, (dropped) => add(several ? dropped : dropped.slice(0, 1)));
  draw();
  return { node: h("div", { class: "upload-holder" }, zone, list), focusable: pick, files: () => files, check: () => amount(component, files.length, most) };
}

function amount(component, count, most) {
  const least = component.min_values ?? 1;
  if (count > most) return `At most ${most} ${most === 1 ? "file" : "files"}, please.`;
  if (count >= least || (!count && component.required === false)) return null;
  return least === 1 ? "Please choose a file." : `Please choose at least ${least} files.`;
}

function row(file, remove) {
  return h("li", { class: "upload-file" }, file.type.startsWith("image/") ? preview(file) : h("span", { class: "upload-mark" }, icon("file", 22)),
    h("span", { class: "upload-name" }, file.name), h("small", {}, fileSize(file.size)),
    h("button", { type: "button", class: "round", "aria-label": `Remove ${file.name}`, on: { click: remove } }, icon("close", 16)));
}

/** A small picture of a file that was chosen. */
export function preview(file) {
  const url = URL.createObjectURL(file);
  return h("img", { src: url, alt: "", on: { load: () => URL.revokeObjectURL(url) } });
}

function dropping(zone, take) {
  const over = (is) => zone.classList.toggle("over", is);
  zone.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over(true);
  });
  zone.addEventListener("dragleave", (event) => zone.contains(event.relatedTarget) || over(false));
  zone.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over(false);
    take([...event.dataTransfer.files]);
  });
}

/** A file that is dropped where nobody takes it must not replace the page. */
export function keepThePage() {
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => carriesFiles(event) && event.preventDefault());
}
