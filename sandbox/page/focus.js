/* Where the focus was, so that it can go back when a menu or a form closes. The message may have been drawn
 * again meanwhile, so a control is found by its name there, then the message itself, then the message box. */

const MESSAGE = ".message[data-testid]";

/** Note what has the focus now (or `node`); the returned function gives it back. */
export function remember(node = document.activeElement) {
  const message = node?.closest?.(MESSAGE)?.dataset.testid;
  const control = { testid: node?.dataset?.testid, label: node?.getAttribute?.("aria-label") };
  return function giveBack() {
    const known = node?.isConnected && node !== document.body ? node : null;
    const target = known ?? again(message, control) ?? document.getElementById("composer");
    // The actions of a message cannot take the focus before it is in use.
    const holder = target?.closest(MESSAGE);
    holder?.classList.add("active");
    target?.focus({ preventScroll: true });
    holder?.classList.remove("active");
  };
}

function again(message, { testid, label }) {
  const holder = message ? byTestid(document, message) : null;
  if (!holder) return testid ? byTestid(document, testid) : null;
  return byTestid(holder, testid) ?? (label ? holder.querySelector(`[aria-label="${CSS.escape(label)}"]`) : null) ?? holder;
}

function byTestid(holder, testid) {
  return testid ? holder.querySelector(`[data-testid="${CSS.escape(testid)}"]`) : null;
}
