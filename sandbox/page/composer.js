/* The message box: plain messages with files, and slash commands, picked or typed. What the API refuses is
 * said in one line over the box, and nothing that was typed is lost by it. */

import * as api from "./api.js";
import { fileSize, grow, h, icon } from "./dom.js";
import { CommandForm } from "./commands.js";
import { hideHint, hint } from "./hint.js";
import { start } from "./interactions.js";
import { readAll, readLine, slashCommands } from "./parse.js";
import { Picker } from "./picker.js";
import * as store from "./store.js";
import { keepThePage, preview } from "./upload.js";

const { store: data } = store;
const MOST_FILES = 10;
const MOST_LETTERS = 2000;
const drafts = new Map();
let box, picker, form, files, tray, problem, frame, slot, help, over, answering, place;
let replied = null; // the message that the next one replies to

export function setUpComposer() {
  files = [];
  // Until a place is open nothing takes what is typed.
  box = h("textarea", {
    id: "composer", class: "composer-text", rows: "1", testid: "composer", disabled: true, placeholder: "Loading…", autocomplete: "off", role: "combobox",
    "aria-label": "Message", "aria-expanded": "false", "aria-controls": "picker-list", "aria-autocomplete": "list",
    on: { input: typed, keydown: key, paste: pasted, blur: () => setTimeout(() => picker.close(), 0), focus: () => picker.update(box.value) },
  });
  picker = new Picker(box, { onPick: (command) => choose(command, {}) });
  problem = h("div", { class: "problem", role: "alert", hidden: true, testid: "composer-error" });
  tray = h("div", { class: "tray", hidden: true });
  help = h("div", { class: "help-slot", hidden: true });
  over = h("div", { class: "over" }, picker.node, help);
  slot = h("div", { class: "composer-slot" }, box);
  const chooser = h("input", { type: "file", multiple: true, class: "visually-hidden", tabindex: "-1", testid: "composer-files", "aria-label": "Files", on: { change: () => (addFiles(chooser.files), (chooser.value = "")) } });
  answering = h("div", { class: "answering", hidden: true });
  const send = h("button", { type: "button", class: "round send", "aria-label": "Send message", testid: "send", on: { click: submit } }, icon("send", 20));
  frame = h("div", { class: "composer" },
    h("button", { type: "button", class: "round attach", "aria-label": "Attach files", on: { click: () => chooser.click() } }, icon("plus", 22)), chooser,
    slot,
    h("button", { type: "button", class: "round slash", "aria-label": "Commands", title: "Commands", testid: "open-commands", on: { click: openPicker } }, icon("slash", 20)), send);
  document.getElementById("dock").append(hint(fillExample, () => (form ?? box).focus()), over, problem, answering, tray, frame);
  dropping();
  keepThePage();
  store.on("current", moved);
  store.on("structure", () => (drawPlace(), document.activeElement === box && picker.update(box.value)));
  document.addEventListener("keydown", typeAnywhere);
}

function moved() {
  if (place === data.current) return drawPlace();
  // What the hint filled in while the page was loading goes to the first place.
  if (place ? !form : box.value) drafts.set(place ?? data.current, box.value);
  place = data.current;
  leaveForm();
  say("");
  reply(null);
  files = [];
  drawTray();
  setText(drafts.get(place) ?? "");
  drawPlace();
}

function drawPlace() {
  const entry = store.channel(data.current);
  if (!entry) return;
  const allowed = store.may(entry, store.isThread(entry) ? "sendInThreads" : "send");
  box.disabled = !allowed;
  frame.classList.toggle("disabled", !allowed);
  for (const button of frame.querySelectorAll(":scope > button")) button.disabled = !allowed;
  box.placeholder = allowed ? `Message ${store.placeName(entry)}` : "You do not have permission to send messages here.";
  box.setAttribute("aria-label", box.placeholder);
}

/** The next message replies to this one; null takes it back. */
export function reply(message) {
  replied = message;
  answering.hidden = !message;
  if (!message) return;
  leaveForm();
  answering.replaceChildren(icon("reply", 16), h("span", {}, "Replying to ", h("b", {}, store.userName(message.author))),
    h("button", { type: "button", class: "plain", "aria-label": "Do not reply", on: { click: () => (reply(null), box.focus()) } }, icon("close", 16)));
  box.focus();
}

/** Say what went wrong, or nothing. */
export function say(words) {
  problem.hidden = !words;
  problem.replaceChildren();
  if (words) problem.append(icon("warn", 18), h("span", {}, words), h("button", { type: "button", class: "plain", "aria-label": "Close", on: { click: () => say("") } }, icon("close", 16)));
}

function setText(text) {
  box.value = text;
  typed();
}

function typed(event = undefined) {
  grow(box);
  frame.classList.toggle("filled", Boolean(box.value.trim()));
  say("");
  if (document.activeElement === box) picker.update(box.value);
  else picker.close();
  // The blank after a whole command name turns the line into fields, as in Discord; pasted lines stay as they are.
  if (event?.inputType === "insertText" && event.data === " " && /^\/[-\w ]+ $/.test(box.value)) {
    const command = slashCommands(data.commands).find((entry) => `/${entry.name} ` === box.value);
    if (command) choose(command, {});
  }
}

function key(event) {
  if (event.isComposing) return;
  if (picker.key(event)) {
    event.preventDefault();
    event.stopPropagation();
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === "Escape") {
    say("");
    reply(null);
  }
  else if (event.key === "ArrowUp" && !box.value) {
    const last = [...document.querySelectorAll("#messages .message")].at(-1);
    if (last) {
      event.preventDefault();
      last.focus();
    }
  }
}

/* A letter typed where nothing takes it, a button for example, goes into the box. */
function typeAnywhere(event) {
  if (event.key === "Escape" && form && !event.defaultPrevented && !document.querySelector("dialog[open], .popover")) return form.onCancel();
  const free = !event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1 && event.key !== " ";
  if (!free || event.defaultPrevented || document.querySelector("dialog[open], .popover") || box.disabled) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  (form ?? box).focus();
}

function openPicker() {
  if (form) leaveForm();
  box.focus();
  setText("/");
}

/** Put a command and its options into the box. */
export function choose(command, values) {
  say("");
  picker.close();
  leaveForm();
  form = new CommandForm(command, values, { onRun: runForm, onCancel: (text = "") => (leaveForm(), setText(text), box.focus()) });
  delete box.dataset.testid;
  box.value = "";
  form.node.dataset.testid = "composer";
  const run = h("button", { type: "button", class: "button primary small run", testid: "run-command", on: { click: runForm } }, "Run");
  const cancel = h("button", { type: "button", class: "round", "aria-label": "Leave the command", on: { click: () => form.onCancel() } }, icon("close", 18));
  slot.replaceChildren(form.node, h("div", { class: "command-buttons" }, run, cancel));
  frame.classList.add("command");
  help.hidden = false;
  help.replaceChildren(form.help);
  over.append(form.lists);
  form.focus();
}

/** The same for a command that was mentioned; who may not use it here is told so. */
export function chooseByName(name) {
  const command = slashCommands(data.commands).find((entry) => entry.name === name);
  if (command && !box.disabled) choose(command, {});
  else say(`You cannot use /${name} here.`);
}

function leaveForm() {
  if (!form) return;
  form.leave();
  form.lists.remove();
  form = null;
  box.dataset.testid = "composer";
  slot.replaceChildren(box);
  frame.classList.remove("command");
  help.hidden = true;
}

async function runForm() {
  const running = form;
  if (!running) return;
  const read = readAll(running.command, running.values());
  if (read.error) {
    say(read.error);
    return running.mark(read.option);
  }
  if (await run(running.command, read)) {
    if (form === running) leaveForm();
    setText("");
    box.focus();
  }
}

async function run(command, { options, files: attached }) {
  const channel = data.current;
  const body = { user: data.me.id, channel_id: channel, name: command.name, options, files: attached };
  frame.setAttribute("aria-busy", "true");
  try {
    await start(() => api.command(body), { channel, command: `/${command.name}` });
    hideHint();
    say("");
    store.changed("sent");
    return true;
  } catch (error) {
    say(error.message);
    return false;
  } finally {
    frame.removeAttribute("aria-busy");
  }
}

async function submit() {
  if (form) return runForm();
  const text = box.value.trim();
  if (!text && !files.length) return;
  if (text.startsWith("/") && !files.length) return submitLine(text);
  if ([...text].length > MOST_LETTERS) return say(`Your message has ${[...text].length} characters; ${MOST_LETTERS} is the most.`);
  const sent = { text: box.value, files, replied };
  const channel = data.current;
  setText("");
  reply(null);
  files = [];
  drawTray();
  try {
    const message = await api.post(channel, { user: data.me.id, content: text, files: sent.files, replyTo: sent.replied?.id });
    if (message?.id && message.channel_id) store.upsertMessage(message);
    store.changed("sent");
  } catch (error) {
    if (data.current === channel && !box.value) {
      setText(sent.text);
      files = sent.files;
      if (sent.replied) reply(sent.replied);
      drawTray();
    }
    say(error.message);
  }
}

async function submitLine(text) {
  const commands = slashCommands(data.commands);
  const read = readLine(text, commands);
  if (!read) {
    if (commands.length) return say(`There is no command ${text.split(/\s/)[0]}. Type / to see what there is.`);
    return say(data.botOnline ? "The application has not registered any commands yet." : "The bot is offline, so there are no commands yet.");
  }
  const checked = readAll(read.command, read.values);
  if (checked.error) {
    choose(read.command, read.values);
    say(checked.error);
    return form.mark(checked.option);
  }
  if (await run(read.command, checked)) setText("");
}

/* The hint's example: as fields when the command is known, as text while the bot is still starting. */
function fillExample(prompt) {
  const command = slashCommands(data.commands).find((entry) => entry.name === "imagine");
  if (command) return choose(command, { [command.options[0]?.name ?? "prompt"]: prompt }), form.focus(command.options[0]?.name);
  leaveForm();
  box.focus();
  setText(`/imagine ${prompt}`);
}

function pasted(event) {
  if (!event.clipboardData?.files.length) return;
  event.preventDefault();
  addFiles(event.clipboardData.files);
}

function addFiles(list) {
  if (form) return form.takeFiles(list) || say(`/${form.command.name} takes no${form.command.options.some((option) => option.type === 11) ? " more" : ""} files.`);
  files = [...files, ...list];
  if (files.length > MOST_FILES) {
    files = files.slice(0, MOST_FILES);
    say(`A message takes at most ${MOST_FILES} files.`);
  }
  drawTray();
  box.focus();
}

function drawTray() {
  tray.hidden = !files.length;
  frame.classList.toggle("filled", Boolean(box.value.trim() || files.length));
  tray.replaceChildren(...files.map((file, index) => h("div", { class: "tray-file" },
    file.type.startsWith("image/") ? preview(file) : icon("file", 40),
    h("span", { class: "tray-name" }, file.name), h("small", {}, fileSize(file.size)),
    h("button", { type: "button", class: "round remove", "aria-label": `Remove ${file.name}`, on: { click: () => ((files = files.filter((_, other) => other !== index)), drawTray(), box.focus()) } }, icon("close", 16)))));
}

function dropping() {
  const main = document.getElementById("main");
  let depth = 0;
  const over = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    main.classList.toggle("dropping", depth > 0);
  };
  main.addEventListener("dragenter", (event) => over(event) && mark(1));
  main.addEventListener("dragleave", (event) => over(event) && mark(-1));
  main.addEventListener("dragover", (event) => over(event) && event.preventDefault());
  main.addEventListener("drop", (event) => {
    if (!over(event)) return;
    event.preventDefault();
    mark(-depth);
    addFiles(event.dataTransfer.files);
  });
}
