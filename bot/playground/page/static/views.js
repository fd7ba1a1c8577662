// Modals (views.open, push, update) and the App Home tab, with the values their inputs hold.
import { blocks } from "./blocks.js";
import { announce, byId, h } from "./dom.js";
import { shell } from "./dialogs.js";
import { textObject } from "./mrkdwn.js";

let open = null;

/** Show the person's topmost modal, redraw it when it changed, close it when it is gone. */
export function showModal(view, context) {
  if (!view) {
    open?.close();
    open = null;
    return;
  }
  if (open?.id === view.id) return redraw(view, context);
  open?.close();
  const body = view.body;
  const shut = (all) => context.close(view.id, all);
  const foot = h("span");
  open = { id: view.id, view, ...shell("", [], [foot], () => shut(true)) };
  open.foot = foot.parentElement;
  open.dialog.classList.add("modal");
  open.dialog.dataset.viewId = view.id;
  redraw(view, context);
  announce(`Dialog: ${body.title?.text ?? ""}`);
  (open.content.querySelector("input, select, textarea") ?? open.dialog.querySelector("footer .primary"))?.focus();
}

function redraw(view, context) {
  const kept = new Map([...open.content.querySelectorAll("[data-input]")].map((box) => [box.dataset.input, box]));
  const { body } = view;
  open.heading.replaceChildren(...textObject(body.title));
  const unchanged = open.drawn === JSON.stringify(body);
  if (!unchanged) {
    open.drawn = JSON.stringify(body);
    const fresh = blocks(body.blocks ?? [], { ...context, act: (action, source) => context.act(view.id, action, source) });
    open.content.replaceChildren(...fresh.map((made) => (made.dataset.input && sameInput(kept.get(made.dataset.input), made) ? kept.get(made.dataset.input) : made)));
    open.foot.replaceChildren(...footer(view, context));
  }
  problems(view.errors ?? {});
}

/** What a person typed survives an update that leaves the input as it was. */
const sameInput = (old, made) => old && old.querySelector("[data-action-id]")?.dataset.actionId === made.querySelector("[data-action-id]")?.dataset.actionId;

function footer(view, context) {
  const { body } = view;
  const cancel = h("button", { type: "button", class: "button", onclick: () => context.close(view.id, false) }, textObject(body.close ?? "Close"));
  if (!body.submit) return [cancel];
  const submit = h("button", { type: "button", class: "button primary", onclick: () => send(submit, view, context) }, textObject(body.submit));
  open.content.onkeydown = (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=checkbox]):not([type=radio])")) submit.click();
  };
  return [cancel, submit];
}

async function send(submit, view, context) {
  const missing = empty(view.body.blocks ?? [], open.content);
  problems(missing);
  if (Object.keys(missing).length) return;
  submit.disabled = true;
  try {
    await context.submit(view.id, values(open.content));
  } finally {
    submit.disabled = false;
  }
}

function empty(list, content) {
  const given = values(content);
  const blank = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
  const missing = list.filter((block) => block.type === "input" && !block.optional
    && blank(given[block.block_id]?.[block.element.action_id]));
  return Object.fromEntries(missing.map((block) => [block.block_id, "Please fill in this field."]));
}

/** What was typed and chosen: block id → action id → value. */
function values(content) {
  const found = {};
  for (const control of content.querySelectorAll("[data-action-id]")) {
    if (control.slackValue) (found[control.dataset.blockId] ??= {})[control.dataset.actionId] = control.slackValue();
  }
  return found;
}

function problems(errors) {
  let first = null;
  for (const box of open.content.querySelectorAll("[data-input]")) {
    const line = box.querySelector(".problem");
    const sentence = errors[box.dataset.input];
    line.hidden = !sentence;
    line.textContent = sentence ?? "";
    const control = box.querySelector("[data-action-id]");
    control.toggleAttribute("aria-invalid", Boolean(sentence));
    if (sentence) first ??= control;
  }
  first?.focus();
}

/** The App Home tab of the person looking. */
export function showHome(view, context) {
  const box = byId("home");
  const drawn = view ? blocks(view.body.blocks ?? [], { ...context, act: (action, source) => context.act(view.id, action, source) }) : [
    h("div", { class: "empty" }, h("p", null, "The Home tab is empty until the bot fills it."), h("p", { class: "quiet" }, "Reopen the tab to ask again.")),
  ];
  box.replaceChildren(h("div", { class: "home-blocks" }, drawn));
}
