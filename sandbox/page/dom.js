/* Building DOM nodes. Every text of the outside world enters the page through here as a text node,
 * never as markup, so no message can carry script or style. Icons are drawn here too. */

/** Make an element. `props`: class, testid, on (listeners), style (object), data (object), anything else is an attribute. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "testid") node.dataset.testid = value;
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "style") for (const [key, entry] of Object.entries(value)) node.style.setProperty(key, entry);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  put(node, children);
  return node;
}

/** Append children: nodes, strings, numbers, arrays; empty values are skipped. */
export function put(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** Replace all children of a node. */
export function fill(node, ...children) {
  node.replaceChildren();
  return put(node, children);
}

const PATHS = {
  hash: "M9.500 4 7.500 20M16.500 4l-2 16M4.500 9h16M3.500 15h16",
  megaphone: "M4 10v4h3l8 4V6l-8 4H4zm14-1.500a4 4 0 0 1 0 7M8 14.500 9 20h3l-1-4.500",
  speaker: "M4 9.500v5h3.500L12 19V5L7.500 9.500H4zm11-1a5 5 0 0 1 0 7m2.500-9.500a9 9 0 0 1 0 12",
  thread: "M5 4v9a3 3 0 0 0 3 3h11m-4-4 4 4-4 4M10 8h9",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  people: "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zm-6 9c0-3.500 2.500-6 6-6s6 2.500 6 6M16 4.500a3.500 3.500 0 0 1 0 6.500m1.500 3.300c2.200.8 3.500 3 3.500 5.700",
  menu: "M4 6h16M4 12h16M4 18h16",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  send: "M4 12 20 4l-5 16-3.500-6.500L4 12zm7.500 1.500L20 4",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  apps: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM17 14v6M14 17h6",
  chevron: "m9 5 7 7-7 7",
  next: "m9 5 7 7-7 7",
  previous: "m15 5-7 7 7 7",
  down: "m5 9 7 7 7-7",
  back: "M19 12H5m6-6-6 6 6 6",
  check: "m5 12.500 4.500 4.500L19 7.500",
  file: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9.500h.01",
  upload: "M12 15V4m-5 5 5-5 5 5M4 20h16",
  download: "M12 4v11m-5-5 5 5 5-5M4 20h16",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  warn: "M12 4 2.500 20h19L12 4zm0 6v4.500m0 3v.01",
  external: "M13 4h7v7M20 4l-9 9M17 14v6H4V7h6",
  direct: "M4 5h16v11H10l-5 4v-4H4z",
  reply: "M9 7 4 12l5 5M4 12h9a7 7 0 0 1 7 6",
  slash: "M5 4h14v16H5zM14.500 8l-5 8",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  flag: "M6 21V4h12l-2.500 4L18 12H6",
};

/** An icon, hidden from assistive technology: whatever it stands on carries the words. */
export function icon(name, size = 20) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = {
    viewBox: "0 0 24 24", width: size, height: size, fill: "none", stroke: "currentColor",
    "stroke-width": name === "dots" ? 3 : 1.9, "stroke-linecap": "round", "stroke-linejoin": "round",
    "aria-hidden": "true", class: "icon",
  };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, String(value));
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name] ?? "");
  svg.append(path);
  return svg;
}

/** What stands on a button while its work is being done. */
export function waitingDots() {
  return h("span", { class: "waiting-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
}

const HUES = [222, 340, 28, 160, 268, 196, 95, 8];

/** A person's round picture: the application's own mark, or initials on a colour that follows from the id. */
export function avatar(user, size = 40, dot = undefined) {
  const name = user?.global_name || user?.username || "?";
  const holder = h("span", { class: "avatar", "aria-hidden": "true", style: { "--size": `${size}px` } });
  if (user?.bot) {
    holder.append(h("img", { src: "/static/icon.svg", alt: "", width: size, height: size }));
  } else {
    const number = [...String(user?.id ?? name)].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
    const hue = HUES[number % HUES.length];
    holder.append(h("span", { class: "initial", style: { "--hue": String(hue) } }, [...name][0]?.toUpperCase() ?? "?"));
  }
  if (dot) holder.append(h("span", { class: `dot ${dot}` }));
  return holder;
}

/** Let a text area be as high as its text, where the style sheet alone cannot. */
export function grow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

/** Bytes as people read them. */
export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(2)} MB`;
}
