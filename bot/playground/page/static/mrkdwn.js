// Slack's mrkdwn as elements: built node by node, never by HTML text.
import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { fullTime, slackDate } from "./times.js";

let people = { users: [], groups: [], channels: [], me: "" };

/** Who the ids stand for: users, groups and channels by name, and who is looking. */
export function setPeople(known) {
  people = known;
}

const around = (mark) => `(?<![\\p{L}\\p{N}${mark}])[${mark}](?! )([^\\n]+?)(?<! )[${mark}](?![\\p{L}\\p{N}${mark}])`;
const INLINE = new RegExp(
  `\`([^\`\\n]+)\`|<([^<>\\n]+)>|:([a-z0-9_+-]+):|${around("*")}|${around("_")}|${around("~")}|(https?://[^\\s<>|]+[^\\s<>|.,;:!?)])`,
  "gu",
);

/** mrkdwn text as nodes: fences, quotes, line breaks and everything inside a line. `verbatim` leaves plain addresses words. */
export function mrkdwn(text, verbatim = false) {
  return String(text ?? "").split(/```\n?([\s\S]+?)\n?```/).flatMap((part, index) => {
    if (index % 2) return h("pre", { class: "code-block" }, plainCode(part));
    const trimmed = index ? part.replace(/^\n/, "") : part;
    return trimmed ? lines(trimmed, verbatim) : [];
  });
}

/** plain_text: shortcodes become emoji (unless switched off), nothing else. */
export function plain(text, shortcodes = true) {
  if (!shortcodes) return [String(text ?? "")];
  return broken(String(text ?? "").split(/:([a-z0-9_+-]+):/).flatMap((part, index, all) => {
    if (index % 2) return emoji(part) ?? (all.length ? `:${part}:` : part);
    return withEmoji(part);
  }));
}

/** A text object of either kind. */
export function textObject(object) {
  if (!object) return [];
  if (typeof object === "string") return plain(object);
  return object.type === "mrkdwn" ? mrkdwn(object.text, object.verbatim) : plain(object.text, object.emoji !== false);
}

function lines(text, verbatim) {
  const nodes = [];
  let quote = null;
  text.split("\n").forEach((line, index) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(h("br"));
      else nodes.push((quote = h("blockquote")));
      quote.append(...inline(quoted[1], verbatim));
      return;
    }
    if (index && !quote) nodes.push(h("br"));
    quote = null;
    nodes.push(...inline(line, verbatim));
  });
  return nodes;
}

function inline(text, verbatim) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(...withEmoji(unescaped(text.slice(end, found.index))));
    nodes.push(token(found, verbatim));
    end = found.index + found[0].length;
  }
  nodes.push(...withEmoji(unescaped(text.slice(end))));
  return nodes;
}

function token([whole, code, angle, shortcode, bold, italic, strike, address], verbatim) {
  if (code) return h("code", null, plainCode(code));
  if (angle) return reference(angle);
  if (shortcode) return emoji(shortcode) ?? whole;
  if (bold) return h("strong", null, inline(bold, verbatim));
  if (italic) return h("em", null, inline(italic, verbatim));
  if (strike) return h("s", null, inline(strike, verbatim));
  return verbatim ? unescaped(address) : link(unescaped(address));
}

function reference(inner) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescaped(inner.slice(bar + 1));
  if (target.startsWith("!date^")) return date(target.slice(6).split("^"), label);
  if (target.startsWith("!subteam^")) return group(target.slice(9), label);
  if (target.startsWith("!")) return broadcast(target.slice(1));
  if (target.startsWith("@")) return user(target.slice(1), label);
  if (target.startsWith("#")) return channel(target.slice(1), label);
  return link(unescaped(target), label);
}

export function date([seconds, pattern, address], fallback) {
  if (!/^\d+$/.test(seconds)) return fallback ?? "";
  const time = new Date(Number(seconds) * 1000);
  const element = h("time", { datetime: time.toISOString(), title: fullTime(time), "data-fallback": fallback }, slackDate(Number(seconds), pattern ?? "{date_num}"));
  return address ? link(unescaped(address), [element]) : element;
}

export function user(id, label) {
  const known = people.users.find((one) => one.id === id);
  return mention(`@${known?.real_name ?? known?.name ?? label ?? id}`, id === people.me);
}

export const group = (id, label) => mention(label ?? `@${people.groups.find((one) => one.id === id)?.handle ?? id}`, true);
export const broadcast = (name) => mention(`@${name.split("^")[0]}`, true);
export const channel = (id, label) => mention(`#${people.channels.find((one) => one.id === id)?.name ?? label ?? id}`, false);

const mention = (text, loud) => h("span", { class: loud ? "mention mention-me" : "mention" }, text);

/** A link the reader may follow in a new tab; anything but web and mail stays text. */
export function link(address, label) {
  if (!/^(https?:|mailto:)/i.test(address)) return label ? h("span", null, label) : `<${address}>`;
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label ?? address);
}

/** Slack escapes three characters and no others. */
export const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const plainCode = (text) => unescaped(text.replace(/<(https?:[^|>]+)(?:\|([^>]+))?>/g, (_, address, label) => label ?? address));

const broken = (nodes) => nodes.flatMap((node) => {
  if (typeof node !== "string") return node;
  return node.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
});
