// A channel's messages and a thread's replies: who, when, what, and how they change in place.
import { attachments, blocks } from "./blocks.js";
import { h, icon, ICONS, remember, svg } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { emoji } from "./emoji.js";
import { ago, clockTime, dayWord, fullTime, isoDay, longDay, now } from "./times.js";

const GROUPED = 5 * 60;
/** Only plain lines are set close together; a message with blocks stands by itself. */
const isShort = (message) => !message.blocks?.length && !message.attachments?.length;
const time = (ts) => new Date(Number(ts) * 1000);

/** Draw `list` into the element `into`, reusing what has not changed; `context` says who is who and what a click does. */
export function drawMessages(into, list, context) {
  const cache = (into.drawn ??= new Map());
  const focused = holdFocus(into);
  const nodes = [];
  let before = null;
  for (const message of list) {
    if (!context.thread && (!before || isoDay(time(before.ts)) !== isoDay(time(message.ts)))) nodes.push(divider(message.ts, cache));
    const grouped = Boolean(before) && !message.is_ephemeral && !before.is_ephemeral && before.user === message.user && !before.reply_count && isShort(before) && isShort(message)
      && Number(message.ts) - Number(before.ts) < GROUPED && isoDay(time(before.ts)) === isoDay(time(message.ts));
    const element = drawn(message, cache, context);
    element.classList.toggle("grouped", grouped);
    nodes.push(element);
    before = message;
  }
  const keep = new Set(nodes);
  for (const [key, { element }] of cache) if (!keep.has(element)) cache.delete(key);
  reconcile(into, nodes, keep);
  focused();
}

function drawn(message, cache, context) {
  const said = JSON.stringify(message) + context.me;
  const known = cache.get(message.ts);
  if (known?.said === said) return known.element;
  const element = draw(message, context);
  if (known) element.classList.add("changed");
  cache.set(message.ts, { said, element });
  return element;
}

function divider(ts, cache) {
  const day = isoDay(time(ts));
  const words = dayWord(time(ts)) ?? longDay(time(ts));
  const known = cache.get(day);
  if (known) {
    known.element.firstElementChild.textContent = words;
    return known.element;
  }
  const element = h("li", { class: "day", "data-day": day }, h("span", null, words));
  cache.set(day, { element });
  return element;
}

/** Touch only what moved, so that focus and scroll stay where they are. */
function reconcile(into, nodes, keep) {
  for (const child of [...into.children]) if (!keep.has(child)) child.remove();
  let cursor = into.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else into.insertBefore(node, cursor);
  }
}

/** Remember which button of which message has the focus; the result puts it back after a redraw. */
function holdFocus(into) {
  const active = document.activeElement;
  if (!into.contains(active)) return () => {};
  const again = remember(active);
  return () => active.isConnected || again()?.focus({ preventScroll: true });
}

function draw(message, context) {
  const author = authorOf(message, context);
  const inside = { ...context, act: (action, source) => context.act(message, action, source) };
  const gone = message.subtype === "tombstone";
  const content = h("div", { class: "message-body" },
    message.is_ephemeral ? h("div", { class: "only-you" }, icon(ICONS.eye), "Only visible to you") : null,
    h("div", { class: "message-head" }, h("span", { class: "author" }, author.name), author.app ? h("span", { class: "app-tag" }, "APP") : null, stamp(message.ts), edited(message)),
    gone ? h("div", { class: "text quiet" }, h("em", null, "This message was deleted.")) : body(message, inside),
    reactions(message),
    context.thread ? null : threadLink(message, context),
    message.is_ephemeral && context.dismiss ? h("button", { type: "button", class: "dismiss", onclick: () => context.dismiss(message) }, "Dismiss") : null);
  return h("li", { class: `message${message.is_ephemeral ? " ephemeral" : ""}`, tabindex: "-1", "data-ts": message.ts, "data-user": message.user, "data-author": author.id, "aria-label": `${author.name}, ${clockTime(time(message.ts))}` },
    h("div", { class: "gutter" }, avatar(author), h("span", { class: "gutter-time", "aria-hidden": "true" }, clockTime(time(message.ts)))), content);
}

function body(message, context) {
  const hasBlocks = message.blocks?.length > 0;
  return h("div", { class: "content" },
    hasBlocks ? blocks(message.blocks, context) : message.text ? h("div", { class: "text block" }, mrkdwn(message.text)) : null,
    message.attachments?.length ? attachments(message.attachments, context) : null);
}

/** Beside the time, where it takes no line of its own. */
function edited(message) {
  return message.edited ? h("span", { class: "edited", title: fullTime(time(message.edited.ts)) }, "(edited)") : null;
}

function stamp(ts) {
  return h("time", { class: "stamp", datetime: time(ts).toISOString(), title: fullTime(time(ts)) }, clockTime(time(ts)));
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h("div", { class: "reactions" }, message.reactions.map(({ name, count }) => h("span", { class: "reaction", title: `:${name}:` }, emoji(name) ?? `:${name}:`, String(count))));
}

function threadLink(message, context) {
  if (!message.reply_count) return null;
  const last = time(message.latest_reply);
  const when = isoDay(last) === isoDay(now()) ? `today at ${clockTime(last)}` : `${ago(last)}`;
  return h("button", { type: "button", class: "thread-link", onclick: ({ currentTarget }) => context.openThread(message.ts, currentTarget) },
    h("strong", null, `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`), h("span", { class: "quiet" }, `Last reply ${when}`), icon("m8 6 4 4-4 4"));
}

/** Who wrote it: the bot, a person, or Slack itself. */
export function authorOf(message, { people }) {
  const id = message.author ?? message.user;
  if (message.bot_id || id === people.bot.id) return { id: people.bot.id, name: people.bot.name, app: true };
  if (id === "USLACKBOT") return { id, name: "Slackbot", app: false };
  const user = people.users.find((one) => one.id === id);
  return { id, name: user?.real_name ?? user?.name ?? id, app: false };
}

export function avatar(author) {
  if (author.app) return svg("svg", { class: "avatar", viewBox: "0 0 32 32", "aria-hidden": "true" }, svg("rect", { width: 32, height: 32, rx: 7 }), svg("path", { d: "M8 21v-6m5.3 6V9m5.4 12v-9m5.3 9v-4" }));
  const tone = [...author.id].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 4;
  return h("span", { class: "avatar person", "data-tone": tone, "aria-hidden": "true" }, author.name.replace(/^@/, "").slice(0, 1).toUpperCase());
}

/** A message in one spoken line. */
export function spoken(message, context) {
  const text = h("div", null, mrkdwn(message.text || "")).textContent.replaceAll("\n", " ");
  return `${authorOf(message, context).name}: ${text}`.slice(0, 300);
}
