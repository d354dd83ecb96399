/* Slash commands as data and as text: which commands there are, their options, and reading a typed line
 * such as `/imagine a castle mode: pro`. Pure; nothing here draws. */

export const OPTION = { subcommand: 1, group: 2, string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, attachment: 11 };
const CHAT_INPUT = 1;

/** All slash commands, subcommands as their own entries: {name: "mod case", description, options}. */
export function slashCommands(commands) {
  const result = [];
  const walk = (entry, name) => {
    const options = entry.options ?? [];
    const nested = options.filter((option) => option.type === OPTION.subcommand || option.type === OPTION.group);
    if (!nested.length) result.push({ name, description: entry.description ?? "", options: inOrder(options) });
    for (const option of nested) walk(option, `${name} ${option.name}`);
  };
  for (const command of commands) if ((command.type ?? CHAT_INPUT) === CHAT_INPUT) walk(command, command.name);
  return result.sort((first, second) => first.name.localeCompare(second.name));
}

function inOrder(options) {
  return [...options.filter((option) => option.required), ...options.filter((option) => !option.required)];
}

/** Commands for what was typed after the slash: those that begin so first, then those that hold it. */
export function matching(commands, typed) {
  const needle = typed.toLowerCase();
  const begins = commands.filter((command) => command.name.startsWith(needle));
  const holds = commands.filter((command) => !command.name.startsWith(needle) && command.name.includes(needle));
  return [...begins, ...holds];
}

/** Read `/name …`: {command, values}; null if it names no command. */
export function readLine(text, commands) {
  const line = text.replace(/^\//, "");
  const command = [...commands].sort((first, second) => second.name.length - first.name.length)
    .find(({ name }) => line.toLowerCase() === name || new RegExp(`^${escape(name)}\\s`, "i").test(line));
  if (!command) return null;
  return { command, values: readOptions(line.slice(command.name.length).trim(), command.options) };
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/* `name: value name: value`; what stands before the first name is the first string option's. */
function readOptions(text, options) {
  const values = {};
  if (!text) return values;
  const names = options.map((option) => escape(option.name)).join("|");
  const marks = names ? [...text.matchAll(new RegExp(`(?:^|\\s)(${names}):\\s*`, "gi"))] : [];
  const lead = text.slice(0, marks[0]?.index ?? text.length).trim();
  const first = options.find((option) => option.type === OPTION.string && option.required) ?? options.find((option) => option.type === OPTION.string);
  if (lead && first) values[first.name] = lead;
  marks.forEach((mark, index) => {
    const end = marks[index + 1]?.index ?? text.length;
    values[mark[1].toLowerCase()] = text.slice(mark.index + mark[0].length, end).trim();
  });
  return values;
}

/** Check one option's text and make it the value that is sent: {value} or {error}. */
export function readValue(option, text) {
  const raw = typeof text === "string" ? text.trim() : text;
  if (raw === "" || raw === undefined || raw === null) return option.required ? { error: `${option.name} is required.` } : {};
  if (option.choices?.length) {
    const choice = option.choices.find((entry) => String(entry.value).toLowerCase() === String(raw).toLowerCase())
      ?? option.choices.find((entry) => entry.name.toLowerCase() === String(raw).toLowerCase());
    return choice ? { value: choice.value } : { error: `${option.name} can be: ${option.choices.map((entry) => entry.name).join(", ")}.` };
  }
  if (option.type === OPTION.integer || option.type === OPTION.number) return readNumber(option, raw);
  if (option.type === OPTION.boolean) {
    const yes = /^(true|yes|on|1)$/i.test(String(raw));
    return yes || /^(false|no|off|0)$/i.test(String(raw)) ? { value: yes } : { error: `${option.name} is either true or false.` };
  }
  if (option.type === OPTION.string) return readText(option, String(text));
  const id = String(raw).replace(/^<[@#][!&]?(\d+)>$/, "$1");
  return /^\d+$/.test(id) ? { value: id } : { error: `${option.name}: choose from the list, or give an id.` };
}

function readNumber(option, raw) {
  const number = Number(raw);
  if (!Number.isFinite(number) || (option.type === OPTION.integer && !Number.isInteger(number))) {
    return { error: `${option.name} must be a ${option.type === OPTION.integer ? "whole " : ""}number.` };
  }
  if (option.min_value !== undefined && number < option.min_value) return { error: `${option.name} must be at least ${option.min_value}.` };
  if (option.max_value !== undefined && number > option.max_value) return { error: `${option.name} must be at most ${option.max_value}.` };
  return { value: number };
}

function readText(option, text) {
  const length = [...text].length;
  if (option.min_length && length < option.min_length) return { error: `${option.name} must have at least ${option.min_length} characters.` };
  if (option.max_length && length > option.max_length) return { error: `${option.name} has ${length} characters; ${option.max_length} is the most.` };
  return { value: text };
}

/** Check all options. `values` holds texts or files by name: {options, files} or {error, option}. */
export function readAll(command, values) {
  const options = {};
  const files = [];
  for (const option of command.options) {
    const given = values[option.name];
    if (option.type === OPTION.attachment) {
      if (given instanceof File) files.push([`files[${option.name}]`, given]);
      else if (option.required) return { error: `${option.name} needs a file.`, option: option.name };
      continue;
    }
    const { value, error } = readValue(option, given);
    if (error) return { error, option: option.name };
    if (value !== undefined) options[option.name] = value;
  }
  return { options, files };
}

/** Those options that are filled in and right so far, without files. */
export function readSome(command, values) {
  const options = {};
  for (const option of command.options) {
    const { value } = option.type === OPTION.attachment ? {} : readValue(option, values[option.name]);
    if (value !== undefined) options[option.name] = value;
  }
  return options;
}
