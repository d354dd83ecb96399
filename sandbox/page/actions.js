/* What can be done with a message: the application's message commands, its thread, copying. */

import * as api from "./api.js";
import { reply } from "./composer.js";
import { icon } from "./dom.js";
import { start } from "./interactions.js";
import { menu } from "./menu.js";
import { open } from "./navigate.js";
import * as store from "./store.js";
import { askForThread, mayHaveThread, threadOf } from "./threads.js";
import { toast } from "./toast.js";

const MESSAGE_COMMAND = 3;
const LOCAL_FLAGS = 1 << 6;

export function openActions(message, anchor) {
  const local = Boolean((message.flags ?? 0) & LOCAL_FLAGS);
  const thread = threadOf(message);
  const entries = [{ heading: "Apps" }, ...apps(message, local), { heading: "Message" }];
  if (!local) entries.push({ label: "Reply", icon: icon("reply", 16), testid: "menu-reply", run: () => reply(message) });
  if (thread && thread.id !== store.store.current) entries.push({ label: "Open thread", icon: icon("thread", 16), run: () => open(thread.id) });
  if (mayHaveThread(message)) entries.push({ label: "Create thread", icon: icon("thread", 16), testid: "menu-create-thread", run: () => askForThread(message) });
  if (message.content) entries.push({ label: "Copy text", icon: icon("copy", 16), run: () => copy(message.content) });
  if (!local) entries.push({ label: "Copy message link", icon: icon("external", 16), testid: "menu-copy-link", run: () => copy(linkTo(message)) });
  entries.push({ label: "Copy message ID", icon: icon("copy", 16), run: () => copy(message.id) });
  menu(entries, anchor, "Message actions");
}

/* The application's message commands that this person may use here, or why there are none. */
function apps(message, local) {
  if (local) return [{ note: "Not on messages that only you see." }];
  const all = store.store.commands.filter((command) => command.type === MESSAGE_COMMAND);
  const usable = all.filter((command) => store.mayUse(command, store.channel(message.channel_id)));
  if (!usable.length) return [{ note: all.length ? "You may not use apps here." : "No message commands yet." }];
  return usable.map((command) => ({ label: command.name, icon: icon("apps", 16), testid: `menu-${command.name}`, run: () => runMenu(command, message) }));
}

async function runMenu(command, message) {
  const body = { user: store.store.me.id, channel_id: message.channel_id, message_id: message.id, name: command.name };
  try {
    await start(() => api.menu(body), { channel: message.channel_id, command: command.name });
  } catch (error) {
    toast(error.message);
  }
}

function linkTo({ channel_id: place, id }) {
  const guild = store.channel(place)?.type === store.DIRECT ? "@me" : store.store.guild.id;
  return `https://discord.com/channels/${guild}/${place}/${id}`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("The browser does not allow copying here.");
  }
}
