/* The page's composition: sets the parts up, loads the world as one person, keeps it live, switches persons. */

import * as api from "./api.js";
import { h } from "./dom.js";
import { setUpComposer } from "./composer.js";
import { setUpHeader } from "./header.js";
import { whenModalOpens } from "./interactions.js";
import { apply, whenStateIsStale } from "./live.js";
import { closePopover } from "./menu.js";
import { setUpMessages } from "./messages.js";
import { openModal } from "./modal.js";
import { defaultChannel, findPlace, loadNewest, open } from "./navigate.js";
import { setUpPeople } from "./people.js";
import { setUpSidebar } from "./sidebar.js";
import * as store from "./store.js";
import { startTicking } from "./time.js";
import { toast } from "./toast.js";

const { store: data, changed } = store;
const KEY = "easel.user";
const STREAM_WAIT_MS = 2_000;
let stop = () => {};
let turns = 0; // how often a person was chosen; only the last choice counts
let waiting = null; // events that came before the state did

async function begin() {
  setUpSidebar(switchPerson);
  setUpHeader();
  setUpMessages();
  setUpPeople();
  setUpComposer();
  whenModalOpens(openModal);
  whenStateIsStale(() => refresh().catch(() => {}));
  startTicking();
  addEventListener("popstate", arrive);
  document.addEventListener("visibilitychange", () => !document.hidden && data.current && store.markRead(data.current));
  document.addEventListener("keydown", (event) => event.key === "Escape" && document.body.classList.remove("drawer"));
  document.getElementById("main").addEventListener("pointerdown", (event) => {
    if (document.body.classList.contains("drawer") && !event.target.closest(".drawer-button")) document.body.classList.remove("drawer");
  });
  await loadPeople();
  const address = new URLSearchParams(location.search);
  await become(findPerson(address.get("user")) ?? findPerson(localStorage.getItem(KEY)) ?? data.people[0].id, address.get("channel"));
}

async function loadPeople() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      data.people = (await api.people()).filter((person) => !person.bot);
      return;
    } catch (error) {
      const notice = document.getElementById("notice");
      notice.hidden = false;
      notice.textContent = `${error.message} Trying again…`;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function findPerson(wanted) {
  const name = wanted?.toLowerCase();
  return name ? data.people.find((person) => person.id === wanted || person.username.toLowerCase() === name)?.id ?? null : null;
}

/** Load everything as this person; `wanted` is the place to open, by id or name. */
async function become(user, wanted) {
  const turn = (turns += 1);
  stop();
  closePopover();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  store.forgetPerson();
  localStorage.setItem(KEY, user);
  waiting = [];
  let first = true;
  let heard = () => {};
  // What happens between the state and the first event would be missed, so the stream has to be open before.
  const listening = new Promise((resolve) => {
    heard = resolve;
    setTimeout(resolve, STREAM_WAIT_MS);
  });
  stop = api.listen(user, {
    onEvent: (event) => (waiting ? waiting.push(event) : apply(event)),
    onOpen() {
      heard();
      data.connected = true;
      changed("connection");
      if (!first) reconnected().catch(() => {});
      first = false;
    },
    onLost() {
      heard();
      first = false;
      data.connected = false;
      changed("connection");
    },
  });
  await listening;
  try {
    const state = await api.state(user);
    if (turn !== turns) return;
    store.applyState(state);
  } catch (error) {
    if (turn !== turns) return;
    toast(error.message);
    data.connected = false;
    return changed("connection");
  }
  const place = findPlace(wanted);
  if (wanted && !place && data.me) toast(`${data.me.global_name || data.me.username} cannot see that place.`);
  store.restoreUnread(place ?? defaultChannel());
  open(place, { replace: true });
  flushWaiting();
}

function flushWaiting() {
  const events = waiting ?? [];
  waiting = null;
  for (const event of events) apply(event);
}

async function switchPerson(user) {
  const focused = document.activeElement?.closest(".players") !== null;
  const wanted = data.current;
  await become(user, wanted);
  if (focused) requestAnimationFrame(() => document.querySelector(`[data-testid="person-${user}"]`)?.focus());
}

/** The state again, without leaving the open place. */
async function refresh() {
  const user = data.me?.id;
  if (!user) return;
  const state = await api.state(user);
  if (data.me?.id !== user) return;
  store.applyState(state);
  if (!store.channel(data.current)) open(null);
}

/* What happened while the stream was away is not told again, so it is fetched. */
async function reconnected() {
  if (!data.me) return;
  await refresh();
  for (const [id, log] of data.logs) if (id !== data.current) log.loaded = false;
  store.restoreUnread(data.current);
  await loadNewest(data.current);
}

function arrive() {
  const address = new URLSearchParams(location.search);
  const user = findPerson(address.get("user"));
  if (user && user !== data.me?.id) become(user, address.get("channel"));
  else open(findPlace(address.get("channel")), { replace: true });
}

begin().catch((error) => {
  document.getElementById("messages").replaceChildren(h("div", { class: "intro" }, h("p", { role: "alert" }, `The page could not start: ${error.message}`)));
  throw error;
});
