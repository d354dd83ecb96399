/* The user's side API: one function a call, and the stream of events. An error of the API becomes an
 * ApiError with its own words; a server that is not there becomes one that says so. */

export class ApiError extends Error {
  constructor(message, { status = 0, code = 0 } = {}) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function call(method, path, { query = {}, body = undefined, files = undefined } = {}) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined && value !== null));
  const options = { method, headers: {} };
  if (files?.length) {
    options.body = new FormData();
    options.body.append("payload_json", JSON.stringify(body));
    for (const [field, file] of files) options.body.append(field, file, file.name);
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(`/side${path}${search.size ? `?${search}` : ""}`, options);
  } catch {
    throw new ApiError("The sandbox does not answer. Is it still running?");
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiError(`The sandbox answered ${response.status} with something that is not JSON.`, { status: response.status });
  }
  if (response.ok) return answer;
  const error = answer?.error ?? answer ?? {};
  throw new ApiError(describe(error, response.status), { status: response.status, code: error.code ?? 0 });
}

/* Discord nests what is wrong with a body under `errors`; the first leaf says it best. */
function describe(error, status) {
  const leaf = firstLeaf(error.errors);
  const words = error.message || `The sandbox answered ${status}.`;
  return leaf ? `${words}: ${leaf}` : words;
}

function firstLeaf(tree) {
  if (!tree || typeof tree !== "object") return "";
  if (Array.isArray(tree._errors) && tree._errors[0]) return tree._errors[0].message ?? "";
  for (const branch of Object.values(tree)) {
    const found = firstLeaf(branch);
    if (found) return found;
  }
  return "";
}

export const people = () => call("GET", "/people");
export const state = (user) => call("GET", "/state", { query: { user } });
export const messages = (channel, { user, limit = 50, before }) =>
  call("GET", `/channels/${channel}/messages`, { query: { user, limit, before } });
export const post = (channel, { user, content, files, replyTo }) =>
  call("POST", `/channels/${channel}/messages`, {
    body: { user, content, ...(replyTo ? { message_reference: { message_id: replyTo } } : {}) },
    files: files.map((file, index) => [`files[${index}]`, file]),
  });
export const thread = ({ user, channel_id, message_id, name }) =>
  call("POST", `/channels/${channel_id}/messages/${message_id}/threads`, { body: { user, name } });
export const command = ({ user, channel_id, name, options, files }) =>
  call("POST", "/commands", { body: { user, channel_id, name, options }, files });
export const autocomplete = (body) => call("POST", "/autocompletes", { body });
export const menu = (body) => call("POST", "/menus", { body });
export const component = (body) => call("POST", "/components", { body });
export const modal = ({ user, interaction_id, values, files }) =>
  call("POST", "/modals", { body: { user, interaction_id, values }, files });
export const interaction = (id, user) => call("GET", `/interactions/${id}`, { query: { user } });

const LONGEST_WAIT_MS = 10_000;

/** Listen for a person's events until `stop()`. `onOpen` comes after every (re)connection, `onLost` when it broke. */
export function listen(user, { onEvent, onOpen, onLost }) {
  let source = null;
  let timer = 0;
  let wait = 500;
  let stopped = false;
  const connect = () => {
    if (stopped) return;
    source = new EventSource(`/side/events?user=${encodeURIComponent(user)}`);
    source.onopen = () => {
      wait = 500;
      onOpen();
    };
    source.onmessage = (message) => {
      let event = null;
      try {
        event = JSON.parse(message.data);
      } catch {
        return;
      }
      if (event?.type) onEvent(event);
    };
    source.onerror = () => {
      source.close();
      if (stopped) return;
      onLost();
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
  };
  connect();
  return function stop() {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  };
}
