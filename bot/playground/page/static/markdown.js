// The `markdown` block: the part of standard Markdown that Slack shows.
import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

const INLINE = /`([^`]+)`|!?\[([^\]]*)\]\((\S+?)\)|\*\*(.+?)\*\*|__(.+?)__|\*([^*\s][^*]*)\*|(?<!\w)_([^_]+)_(?!\w)|~~(.+?)~~|:([a-z0-9_+-]+):/g;

/** Markdown text as block elements. */
export function markdown(text) {
  const left = text.replaceAll("\r\n", "\n").split("\n");
  const nodes = [];
  while (left.length) nodes.push(...next(left));
  return nodes;
}

function next(left) {
  const line = left.shift();
  if (!line.trim()) return [];
  const heading = /^(#{1,6}) +(.*?)#*$/.exec(line);
  if (heading) return [h("p", { class: "md-heading", role: "heading", "aria-level": 3 + Math.min(heading[1].length, 3), "data-size": Math.min(heading[1].length, 3) }, inline(heading[2]))];
  if (/^(```|~~~)/.test(line)) return [fence(left, line.slice(0, 3))];
  if (/^([-*_]) *(\1 *){2,}$/.test(line)) return [h("hr")];
  if (/^>/.test(line)) return [h("blockquote", null, markdown([line, ...taken(left, /^>/)].map((one) => one.replace(/^> ?/, "")).join("\n")))];
  if (/^\s*\|.*\|\s*$/.test(line) && /^\s*\|?[\s:|-]+\|?\s*$/.test(left[0] ?? "")) return [table(line, left)];
  if (/^\s*([-*+]|\d+[.)]) /.test(line)) return [list([line, ...taken(left, /^\s*([-*+]|\d+[.)]) |^\s+\S/)])];
  return [h("p", null, [line, ...taken(left, /^(?!\s*$|#|>|```|\s*[-*+] |\s*\d+[.)] ).+/)].flatMap((one, index) => (index ? [h("br"), ...inline(one)] : inline(one))))];
}

function taken(left, pattern) {
  const found = [];
  while (left.length && pattern.test(left[0])) found.push(left.shift());
  return found;
}

function fence(left, mark) {
  const end = left.findIndex((line) => line.startsWith(mark));
  const body = left.splice(0, end < 0 ? left.length : end);
  left.shift();
  return h("pre", { class: "code-block" }, body.join("\n"));
}

function list(items) {
  const ordered = /^\s*\d/.test(items[0]);
  return h(ordered ? "ol" : "ul", { class: "bullets" }, items.map((item) => {
    const [, indent, box, rest] = /^(\s*)(?:[-*+]|\d+[.)])? ?(\[[ xX]\])? ?(.*)$/.exec(item);
    return h("li", { "data-indent": Math.min(3, indent.length >> 1) }, box ? (box === "[ ]" ? "☐ " : "☑ ") : null, inline(rest));
  }));
}

function table(head, left) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const aligned = cells(left.shift()).map((rule) => (/^-+:$/.test(rule) ? "right" : /^:-+:$/.test(rule) ? "center" : "left"));
  const row = (tag, line) => h("tr", null, cells(line).map((cell, index) => h(tag, { "data-align": aligned[index] }, inline(cell))));
  return h("div", { class: "table-scroll" }, h("table", { class: "table" }, h("thead", null, row("th", head)), h("tbody", null, taken(left, /\|/).map((line) => row("td", line)))));
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(...withEmoji(text.slice(end, found.index)), token(found));
    end = found.index + found[0].length;
  }
  return [...nodes, ...withEmoji(text.slice(end))];
}

function token([whole, code, label, address, bold, strong, italic, emphasis, strike, shortcode]) {
  if (code) return h("code", null, code);
  if (address) return link(address, inline(label || address));
  if (bold ?? strong) return h("strong", null, inline(bold ?? strong));
  if (italic ?? emphasis) return h("em", null, inline(italic ?? emphasis));
  if (strike) return h("s", null, inline(strike));
  return emoji(shortcode) ?? whole;
}
