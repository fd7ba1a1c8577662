// The `rich_text` block: sections, lists, quotes and code, with their styled elements.
import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { broadcast, channel, date, group, link, user } from "./mrkdwn.js";

/** A rich_text block or cell as nodes. */
export function richText(block) {
  return (block.elements ?? []).map(part);
}

function part(element) {
  const inner = () => (element.elements ?? []).map(leaf);
  switch (element.type) {
    case "rich_text_list":
      return list(element);
    case "rich_text_quote":
      return h("blockquote", null, inner());
    case "rich_text_preformatted":
      return h("pre", { class: "code-block" }, inner());
    default:
      return h("div", { class: "rich-section" }, inner());
  }
}

function list(element) {
  const ordered = element.style === "ordered";
  return h(ordered ? "ol" : "ul", { class: "bullets", "data-indent": element.indent || null, start: ordered && element.offset ? element.offset + 1 : null },
    element.elements.map((item) => h("li", null, (item.elements ?? []).map(leaf))));
}

function leaf(element) {
  switch (element.type) {
    case "text":
      return styled(broken(element.text), element.style);
    case "link":
      return styled([link(element.url, element.text ? withEmoji(element.text) : null)], element.style);
    case "emoji":
      return emoji(element.name) ?? `:${element.name}:`;
    case "user":
      return user(element.user_id);
    case "usergroup":
      return group(element.usergroup_id);
    case "channel":
      return channel(element.channel_id);
    case "broadcast":
      return broadcast(element.range);
    case "date":
      return date([String(element.timestamp), element.format, element.url], element.fallback);
    case "color":
      return h("code", null, element.value);
    default:
      return element.text ?? "";
  }
}

const STYLES = [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]];

function styled(nodes, style) {
  return STYLES.reduce((inner, [name, tag]) => (style?.[name] ? [h(tag, null, inner)] : inner), nodes);
}

const broken = (text) => text.split("\n").flatMap((line, index) => (index ? [h("br"), ...withEmoji(line)] : withEmoji(line)));
