// The command box: completion of commands and their words, history, sending.
import { byId, h } from "./dom.js";

const KEPT = 50;

/** Wire the box. `words(text)` offers completions for what is typed, `send(text)` sends it. */
export function composer({ words, send }) {
  const box = byId("command");
  const list = byId("completions");
  const history = { lines: [], at: 0, draft: "" };
  let offers = [];
  let active = -1;

  function offer() {
    offers = box.value.startsWith("/") ? words(box.value) : [];
    active = -1;
    list.replaceChildren(...offers.map((one, index) => h("li", {
      id: `completion-${index}`, role: "option", "aria-selected": "false",
      onpointerdown: (event) => {
        event.preventDefault();
        accept(index);
      },
    }, h("b", null, one.word), h("span", null, one.what))));
    list.scrollTop = 0;
    show(offers.length > 0);
  }
  function show(visible) {
    list.hidden = !visible;
    box.setAttribute("aria-expanded", String(visible));
    if (!visible) mark(-1);
  }
  function mark(index) {
    active = index;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    list.children[index]?.scrollIntoView({ block: "nearest" });
    if (index < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", `completion-${index}`);
  }
  function accept(index) {
    const start = box.value.search(/\S*$/);
    box.value = `${box.value.slice(0, start)}${offers[index].word} `;
    box.setSelectionRange(box.value.length, box.value.length);
    offer();
  }
  function recall(step) {
    const at = history.at + step;
    if (at < 0 || at > history.lines.length) return;
    if (history.at === history.lines.length) history.draft = box.value;
    history.at = at;
    box.value = history.lines[at] ?? history.draft;
    show(false);
  }
  function submit() {
    const text = box.value.trim();
    if (!text) return;
    if (history.lines.at(-1) !== text) history.lines.push(text);
    history.lines.splice(0, history.lines.length - KEPT);
    history.at = history.lines.length;
    box.value = "";
    show(false);
    send(text);
  }
  function enter() {
    if (!list.hidden && active >= 0) return accept(active);
    const unfinished = !list.hidden && !box.value.includes(" ") && offers.every(({ word }) => word !== box.value);
    return unfinished ? accept(0) : submit();
  }
  const KEYS = {
    Tab: () => !list.hidden && (accept(Math.max(0, active)), true),
    Enter: () => (enter(), true),
    Escape: () => !list.hidden && (show(false), true),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
  };
  function move(step) {
    const browsing = history.at < history.lines.length;
    if (list.hidden || (browsing && step < 0)) recall(step);
    else mark((active + step + offers.length + (active < 0 && step < 0 ? 1 : 0)) % offers.length);
    return true;
  }

  box.addEventListener("input", () => {
    history.at = history.lines.length;
    offer();
  });
  box.addEventListener("blur", () => show(false));
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    if (KEYS[event.key]?.()) event.preventDefault();
  });
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    box.focus();
  });
  return {
    type(text) {
      box.value = text;
      box.focus();
      offer();
    },
  };
}

const DAYS = {
  today: "since midnight, still counting",
  yesterday: "the last whole day",
  before_yesterday: "the day before yesterday",
  all: "the last seven days",
};
const OPTIONS = { own: "only the instances of the bot's own user", share: "show the answer to everybody here" };

const DIGEST = { post: "posts it in its channel", help: "shows all options" };

/** What may follow: commands first, then the command's words not yet used. */
export function completions(text, { commands, workspaces }) {
  const typed = text.split(/\s+/);
  const last = typed.at(-1).toLowerCase();
  if (typed.length === 1) return commands.map(({ command, description }) => ({ word: command, what: description })).filter(({ word }) => word.startsWith(last));
  const used = typed.slice(1, -1).map((word) => word.toLowerCase());
  const offer = (words) => words.filter(([word]) => word.startsWith(last) && word !== last && !used.includes(word)).map(([word, what]) => ({ word, what }));
  if (typed[0] === "/dlf-digest") return offer(Object.entries(DIGEST));
  if (typed[0] !== "/dlf-status" || used.includes("help")) return [];
  const dayKnown = used.some((word) => word in DAYS);
  return offer([
    ...(dayKnown ? [] : Object.entries(DAYS)),
    ...workspaces.map((name) => [name, "one workspace"]),
    ...Object.entries(OPTIONS),
    ...(used.length ? [] : [["help", "shows all options"]]),
  ]);
}
