// Block elements a person works with: buttons, menus, inputs. Each tells `act` what was done, as Slack would say it.
import { h, icon, ICONS } from "./dom.js";
import { plain, textObject } from "./mrkdwn.js";
import { confirmed } from "./dialogs.js";
import { fromZone, inZone } from "./times.js";

/** An interactive element, or null for a type this page does not know. Inputs carry `slackValue()`: what was chosen. */
export function element(block, spec, context) {
  const make = MAKERS[spec.type];
  if (!make) return null;
  const fire = async (value, source) => {
    if (block.type === "input" && !block.dispatch_action) return;
    if (spec.confirm && !(await confirmed(spec.confirm))) return;
    const action = { action_id: spec.action_id ?? "", value: value ?? null };
    source?.setAttribute("aria-busy", "true");
    try {
      await context.act(action, source);
    } finally {
      source?.removeAttribute("aria-busy");
    }
  };
  const made = make(spec, fire, context);
  made.dataset.actionId = spec.action_id ?? "";
  if (made.slackValue) made.dataset.blockId = block.block_id ?? "";
  return made;
}

const words = (object) => object?.text ?? "";

function button(spec, fire) {
  const kind = `button ${spec.style === "primary" || spec.style === "danger" ? spec.style : ""}`;
  const label = plain(spec.text.text);
  if (spec.url) {
    const safe = /^https?:/i.test(spec.url) ? spec.url : null;
    return h("a", { class: kind, href: safe, target: "_blank", rel: "noopener noreferrer", "aria-label": spec.accessibility_label, onclick: (event) => fire(spec.value, event.currentTarget) }, label);
  }
  return h("button", { type: "button", class: kind, "aria-label": spec.accessibility_label, onclick: ({ currentTarget }) => fire(spec.value, currentTarget) }, label);
}

function overflow(spec, fire) {
  const list = h("div", { class: "menu", role: "menu", hidden: true });
  const opener = h("button", { type: "button", class: "icon-button", "aria-label": "More actions", "aria-haspopup": "menu", "aria-expanded": "false" }, icon(ICONS.more));
  const box = h("div", { class: "overflow" }, opener, list);
  const close = () => {
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
  };
  list.append(...spec.options.map((option) => {
    const link = /^https?:/i.test(option.url ?? "") && { href: option.url, target: "_blank", rel: "noopener noreferrer" };
    return h(link ? "a" : "button", {
      ...(link || { type: "button" }), role: "menuitem", tabindex: "-1",
      onclick: () => {
        close();
        opener.focus();
        fire(option.value, opener);
      },
    }, textObject(option.text));
  }));
  opener.addEventListener("click", () => {
    list.hidden = !list.hidden;
    list.style.translate = "0";
    const edge = box.closest(".log, .home, .modal")?.getBoundingClientRect().right ?? innerWidth;
    list.style.translate = `${Math.min(0, edge - 8 - list.getBoundingClientRect().right)}px`;
    opener.setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) list.firstElementChild?.focus();
  });
  box.addEventListener("focusout", ({ relatedTarget }) => box.contains(relatedTarget) || close());
  box.addEventListener("keydown", (event) => walk(event, [...list.children], close, opener));
  return box;
}

function walk(event, items, close, opener) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape" && !items[0]?.parentElement.hidden) {
    event.stopPropagation();
    close();
    opener.focus();
  } else if (step && items.length) {
    event.preventDefault();
    const at = items.indexOf(document.activeElement);
    items[(at + step + items.length) % items.length].focus();
  }
}

/** A native select over given options; option groups keep their labels. */
function select(spec, fire) {
  const multiple = spec.type.startsWith("multi_");
  const groups = spec.option_groups ?? [{ options: spec.options ?? [] }];
  const chosen = new Set([spec.initial_option, ...(spec.initial_options ?? [])].filter(Boolean).map((option) => option.value));
  const all = groups.flatMap(({ options }) => options);
  const choice = (option) => h("option", { value: String(all.indexOf(option)), selected: chosen.has(option.value) }, words(option.text));
  const control = h("select", { class: "control", multiple, "aria-label": words(spec.placeholder) || "Choose", size: multiple ? Math.min(6, Math.max(2, all.length)) : null },
    multiple ? null : h("option", { value: "" }, words(spec.placeholder) || "Choose…"),
    groups.map((one) => (one.label ? h("optgroup", { label: words(one.label) }, one.options.map(choice)) : one.options.map(choice))));
  const picked = () => [...control.selectedOptions].filter(({ value }) => value !== "").map(({ value }) => all[Number(value)].value);
  return valued(control, () => (multiple ? picked() : picked()[0] ?? null), fire);
}

/** Users, channels or conversations: the same select over what the workspace has. */
const idSelect = (key, source) => (spec, fire, context) => {
  const multiple = spec.type.startsWith("multi_");
  const initial = [spec[`initial_${key}`], ...(spec[`initial_${key}s`] ?? [])];
  const control = h("select", { class: "control", multiple, "aria-label": words(spec.placeholder) || `Choose a ${key}` },
    multiple ? null : h("option", { value: "" }, words(spec.placeholder) || `Choose a ${key}`),
    source(context.people).map(({ id, label }) => h("option", { value: id, selected: initial.includes(id) }, label)));
  const ids = () => [...control.selectedOptions].map(({ value }) => value).filter(Boolean);
  return valued(control, () => (multiple ? ids() : ids()[0] ?? null), fire);
};

const users = (people) => people.users.map(({ id, real_name, name }) => ({ id, label: `@${real_name ?? name}` }));
const channels = (people) => people.channels.map(({ id, name }) => ({ id, label: `#${name}` }));

function textInput(spec, fire) {
  const attributes = { class: "control", placeholder: words(spec.placeholder) || null, minlength: spec.min_length, maxlength: spec.max_length };
  const control = spec.multiline ? h("textarea", { ...attributes, rows: 4 }) : h("input", { ...attributes, type: "text", autocomplete: "off" });
  control.value = spec.initial_value ?? "";
  return valued(control, () => control.value || null, fire);
}

const field = (type, initial) => (spec, fire) => {
  const control = h("input", { class: "control", type, placeholder: words(spec.placeholder) || null, min: spec.min_value, max: spec.max_value, step: type === "number" && spec.is_decimal_allowed ? "any" : null });
  control.value = spec[initial] ?? "";
  return valued(control, () => control.value || null, fire);
};

function dateTime(spec, fire) {
  const control = h("input", { class: "control", type: "datetime-local" });
  if (spec.initial_date_time) control.value = inZone(spec.initial_date_time);
  return valued(control, () => (control.value ? fromZone(control.value) : null), fire);
}

let names = 0;
const choices = (type) => (spec, fire) => {
  const name = `choice-${(names += 1)}`;
  const chosen = [spec.initial_option, ...(spec.initial_options ?? [])].filter(Boolean).map((option) => option.value);
  const box = h("div", { class: "choices", role: type === "radio" ? "radiogroup" : "group" }, spec.options.map((option, index) =>
    h("label", { class: "choice" }, h("input", { type, name, value: index, checked: chosen.includes(option.value) }),
      h("span", null, textObject(option.text), option.description ? h("small", null, textObject(option.description)) : null))));
  const picked = () => [...box.querySelectorAll("input:checked")].map(({ value }) => spec.options[Number(value)].value);
  return valued(box, () => (type === "radio" ? picked()[0] ?? null : picked()), fire);
};

function valued(control, value, fire) {
  control.slackValue = value;
  if (fire) control.addEventListener("change", () => fire(value(), control));
  return control;
}

const MAKERS = {
  button, overflow,
  workflow_button: button,
  static_select: select, multi_static_select: select,
  users_select: idSelect("user", users), multi_users_select: idSelect("user", users),
  channels_select: idSelect("channel", channels), multi_channels_select: idSelect("channel", channels),
  conversations_select: idSelect("conversation", channels), multi_conversations_select: idSelect("conversation", channels),
  plain_text_input: textInput,
  number_input: field("number", "initial_value"),
  email_text_input: field("email", "initial_value"),
  url_text_input: field("url", "initial_value"),
  datepicker: field("date", "initial_date"),
  timepicker: field("time", "initial_time"),
  datetimepicker: dateTime,
  checkboxes: choices("checkbox"), radio_buttons: choices("radio"),
};
