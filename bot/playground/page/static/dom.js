// Small tools every room of the page uses: elements, the server's interface, the screen reader's line.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: `on…` are listeners, `data-…`/`aria-…` attributes, null and false leave an attribute out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name === "className" ? "class" : name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** A line icon from one path on a 20 × 20 field. */
export function icon(path) {
  return svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: "icon" }, svg("path", { d: path }));
}

export const ICONS = {
  close: "m5 5 10 10M15 5 5 15",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5zM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  hash: "M7.5 3 6 17M14 3l-1.5 14M3.5 7.5h13.5M3 12.5h13.5",
  home: "M3 9.5 10 3.5l7 6M5 8.5V16.5h10V8.5",
  chevron: "m6 8 4 4 4-4",
};

/** Remember an element of a message; the result finds it again, or its likeness after the message was redrawn. */
export function remember(element) {
  const owner = element?.closest(".message");
  const action = element?.closest("[data-action-id]")?.dataset.actionId;
  return () => {
    if (element?.isConnected) return element;
    const fresh = owner && document.querySelector(`.message[data-ts="${owner.dataset.ts}"]`);
    return (fresh && [...fresh.querySelectorAll("[data-action-id]")].find((one) => one.dataset.actionId === action)) ?? fresh;
  };
}

/** Ask the server; a refusal becomes an Error with the server's own sentence. */
export async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const result = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(result.problem ?? `The playground answered ${answer.status}.`);
  return result;
}

/** Run `work`; what goes wrong is said in the corner, never swallowed. */
export async function trying(work) {
  try {
    return await work();
  } catch (problem) {
    const gone = problem instanceof TypeError;
    toast(gone ? "The playground does not respond. Is it still running?" : problem.message);
    return undefined;
  }
}

let hiding;
export function toast(sentence) {
  const box = byId("toast");
  box.textContent = sentence;
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (box.hidden = true), 6000);
}

/** Say something to a screen reader without moving the focus. */
export function announce(sentence) {
  byId("announcer").textContent = sentence;
}
