// The page: what it knows, the stream that keeps it fresh, and which part shows what.
import { announce, byId, h, post, toast, trying } from "./dom.js";
import { completions, composer } from "./composer.js";
import { atEnd, drawer, drawSidebar, pin } from "./layout.js";
import { drawMessages, spoken } from "./messages.js";
import { setPeople } from "./mrkdwn.js";
import { panel } from "./panel.js";
import { isoDay, now, setClock } from "./times.js";
import { showHome, showModal } from "./views.js";

const known = { me: localStorage.getItem("me") ?? "", room: location.hash.slice(1), thread: null, messages: new Map(), unread: new Map(), dismissed: new Set(), fresh: true };
let state = null;
let world = null;
let day = "";

// What the page asks of the server.

const ask = (path, body) => trying(() => post(path, { user: known.me, ...body }));

async function send(text) {
  const channel = known.room;
  byId("log").scrollTop = byId("log").scrollHeight;
  await waiting(text, ask("/api/command", { channel, text }));
}

/** While a command runs the page says so, from the second half-second on. */
async function waiting(text, work) {
  const line = byId("link");
  const timer = setTimeout(() => (line.textContent = `${text.slice(0, 40)} …`), 500);
  const result = await work;
  clearTimeout(timer);
  line.textContent = "";
  return result;
}

async function act(container, action, source) {
  const outcome = await ask("/api/action", { ...container, action });
  if (!outcome?.error) return;
  toast(`Slack: that didn’t work (${outcome.error}).`);
  source?.classList.add("failed");
}

const viewContext = () => ({
  people: people(),
  act: (view, action, source) => act({ view_id: view }, action, source),
  submit: async (id, values) => {
    const outcome = await ask("/api/view", { view_id: id, what: "submit", values });
    if (outcome?.error && !Object.keys(outcome.errors ?? {}).length) toast(`Slack: we had some trouble connecting (${outcome.error}). Try again?`);
  },
  close: (id, all) => ask("/api/view", { view_id: id, what: "close", all }),
});

const messageContext = (thread) => ({
  people: people(), me: known.me, thread, openThread,
  act: (message, action, source) => act({ channel: message.channel ?? known.room, ts: message.ts }, action, source),
  dismiss: (message) => {
    known.dismissed.add(message.ts);
    drawRoom();
    byId("command").focus();
  },
});

// What is shown.

const people = () => ({ ...state, me: known.me });
const inRoom = (room) => [...(known.messages.get(room)?.values() ?? [])].sort((a, b) => Number(a.ts) - Number(b.ts));
const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;
const shownIn = (message) => !known.dismissed.has(message.ts) && (!isReply(message) || message.subtype === "thread_broadcast");
const isHome = () => known.room === "home";

function drawRoom() {
  const log = byId("log");
  const stuck = atEnd(log);
  drawMessages(byId("messages"), inRoom(known.room).filter(shownIn), messageContext(false));
  if (stuck) log.scrollTop = log.scrollHeight;
  byId("newer").hidden = stuck || !known.unread.has("below");
  drawThread();
}

function drawThread() {
  const pane = byId("thread");
  pane.hidden = known.thread === null;
  byId("app").classList.toggle("with-thread", !pane.hidden);
  if (pane.hidden) return;
  const list = byId("replies");
  const stuck = atEnd(list);
  drawMessages(list, inRoom(known.room).filter((one) => one.ts === known.thread || one.thread_ts === known.thread), messageContext(true));
  if (stuck) list.scrollTop = list.scrollHeight;
}

let opener = null;
function openThread(ts, from) {
  known.thread = ts;
  opener = from;
  drawThread();
  byId("thread-where").textContent = `#${state.channels.find(({ id }) => id === known.room)?.name}`;
  byId("replies").scrollTop = byId("replies").scrollHeight;
  byId("close-thread").focus();
}

function closeThread() {
  known.thread = null;
  drawThread();
  (opener?.isConnected ? opener : byId("command")).focus();
}

function enter(room) {
  known.room = room;
  known.thread = null;
  known.unread.delete(room);
  known.unread.delete("below");
  history.replaceState(null, "", `#${room}`);
  const name = state.channels.find(({ id }) => id === room)?.name;
  byId("title").textContent = isHome() ? state.bot.name : `# ${name}`;
  document.title = `${isHome() ? state.bot.name : `#${name}`} · dlf-bot playground`;
  byId("command").placeholder = isHome() ? "" : `Ask in #${name}: /dlf-status yesterday`;
  for (const id of ["log", "composer"]) byId(id).hidden = isHome();
  byId("home").hidden = !isHome();
  drawSidebar(state, known, enter);
  drawRoom();
  byId("log").scrollTop = byId("log").scrollHeight;
  drawer(null);
  if (!isHome()) return;
  showHome(state.home, viewContext());
  ask("/api/home", {});
}

// What the server tells.

function take(message) {
  const list = known.messages.get(message.channel) ?? known.messages.set(message.channel, new Map()).get(message.channel);
  const isNew = !list.has(message.ts);
  list.set(message.ts, message);
  if (isNew && !known.fresh) arrived(message);
  if (message.channel === known.room && !known.fresh) drawRoom();
}

function arrived(message) {
  const here = message.channel === known.room;
  if (!here || document.hidden) announce(`New message in ${state.channels.find(({ id }) => id === message.channel)?.name ?? "a direct message"}`);
  else announce(spoken(message, { people: people() }));
  if (here && shownIn(message)) known.unread.set("below", 1);
  if (here || message.is_ephemeral) return;
  known.unread.set(message.channel, (known.unread.get(message.channel) ?? 0) + 1);
  drawSidebar(state, known, enter);
}

const EVENTS = {
  message: take,
  reload: async () => {
    await trying(load);
    if (!inRoom(known.room).some(({ ts }) => ts === known.thread)) known.thread = null;
    drawSidebar(state, known, enter);
    drawRoom();
  },
  modal: (view) => showModal(view, viewContext()),
  home: (view) => {
    state.home = view;
    if (isHome()) showHome(view, viewContext());
  },
  clock: (clock) => {
    state.clock = clock;
    setClock(clock);
    world.update(state);
  },
  dlf: (dlf) => {
    state.dlf = dlf;
    world.update(state);
  },
  faults: (faults) => {
    state.faults = faults;
    world.update(state);
  },
  bot_link: (link) => {
    byId("bot-link").dataset.connected = String(link.connected);
    byId("bot-link").textContent = link.connected ? "The bot is connected" : link.starting ? "The bot is starting …" : "The bot is not connected";
  },
  wire: (lines) => world.lines(lines),
};

async function load() {
  state = await (await fetch(`/api/state?user=${encodeURIComponent(known.me)}`)).json();
  known.me = state.me;
  setPeople(people());
  setClock(state.clock);
  day = isoDay(now());
  known.messages.clear();
  known.fresh = true;
  state.messages.forEach((message) => take(message));
  known.fresh = false;
  world.update(state);
  world.lines(state.wire);
  EVENTS.bot_link(state.bot_link);
  if (known.room !== "home" && !state.channels.some(({ id }) => id === known.room)) known.room = state.channels[0].id;
}

/** Follow the server's stream for ever: after each (re)connection the whole state is read anew. */
function follow() {
  const stream = new EventSource(`/api/events?user=${encodeURIComponent(known.me)}`);
  stream.addEventListener("hello", async () => {
    const first = state === null;
    if (!(await trying(async () => (await load(), true)))) return;
    byId("app").dataset.connected = "true";
    byId("link").textContent = "";
    if (first || isHome()) enter(known.room);
    else (drawSidebar(state, known, enter), drawRoom());
    EVENTS.modal(state.modal);
  });
  for (const [name, does] of Object.entries(EVENTS)) {
    stream.addEventListener(name, ({ data }) => state && does(JSON.parse(data)));
  }
  stream.onerror = () => {
    byId("app").dataset.connected = "false";
    byId("link").textContent = "Reconnecting …";
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => (stream.close(), (following = follow())), 1000);
  };
  return stream;
}

/** "Today" is another day now: everything that says so is drawn anew. */
function newDay() {
  for (const id of ["messages", "replies"]) byId(id).drawn = new Map();
  drawRoom();
}

// Everything wired once.

function hints(box) {
  const tries = ["/dlf-status yesterday", "/dlf-status all share", "/dlf-digest", "/dlf-status help"];
  byId("hints").replaceChildren(...tries.map((text) => h("button", { type: "button", class: "hint-chip", onclick: () => box.type(text) }, text)));
}

function wire() {
  world = panel({
    ask: (text) => (isHome() && enter(state.channels[0].id), send(text)),
    dlf: (what, workspace, n) => ask("/api/dlf", { do: what, workspace, n }),
    clock: (change) => ask("/api/clock", change),
    fault: async (where, name, on) => (state.faults = (await ask("/api/faults", { world: where, name, on: Boolean(on) })) ?? state.faults),
    toured: () => drawer(null),
  });
  const box = composer({ send, words: (text) => completions(text, state) });
  hints(box);
  byId("me").addEventListener("change", ({ target }) => {
    known.me = target.value;
    localStorage.setItem("me", known.me);
    known.thread = null;
    following.close();
    following = follow();
  });
  byId("close-thread").addEventListener("click", closeThread);
  byId("thread").addEventListener("keydown", ({ key }) => key === "Escape" && closeThread());
  for (const name of ["sidebar", "panel"]) byId(`open-${name}`).addEventListener("click", () => drawer(name));
  byId("close-panel").addEventListener("click", () => drawer(null));
  byId("shade").addEventListener("click", () => drawer(null));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && drawer(null));
  byId("newer").addEventListener("click", () => (byId("log").scrollTop = byId("log").scrollHeight));
  byId("log").addEventListener("scroll", ({ target }) => {
    if (!atEnd(target)) return;
    known.unread.delete("below");
    byId("newer").hidden = true;
  });
  setInterval(() => state && day !== (day = isoDay(now())) && newDay(), 1000);
}

wire();
pin(byId("log"), byId("messages"));
let following = follow();
