// Block Kit as elements: one small function per block type.
import { dataVisualization } from "./chart.js";
import { h } from "./dom.js";
import { element } from "./elements.js";
import { markdown } from "./markdown.js";
import { link, plain, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./tables.js";

/** All blocks of a message, modal or Home. `context` has `act(action, source)` and `people`. */
export function blocks(list, context) {
  return list.map((block) => {
    const make = BLOCKS[block.type] ?? unknown;
    const made = make(block, context);
    made.classList.add("block", `block-${block.type}`);
    made.dataset.block = block.type;
    return made;
  });
}

/** Secondary content with its colour bar. */
export function attachments(list, context) {
  return list.map((one) => {
    const body = one.blocks ? blocks(one.blocks, context) : legacy(one);
    const made = h("div", { class: "attachment" }, one.pretext ? h("div", { class: "pretext" }, textObject({ type: "mrkdwn", text: one.pretext })) : null, h("div", { class: "attachment-body" }, body));
    const named = { good: "#1f9d55", warning: "#eab308", danger: "#d92d20" };
    made.style.setProperty("--bar", named[one.color] ?? (/^#?[0-9a-f]{6}$/i.test(one.color ?? "") ? `#${one.color.replace("#", "")}` : ""));
    return made;
  });
}

function legacy(one) {
  const fields = (one.fields ?? []).map((field) => h("div", { class: "field" }, h("strong", null, field.title), h("br"), textObject({ type: "mrkdwn", text: field.value })));
  const title = one.title && h("div", { class: "attachment-title" }, one.title_link ? link(one.title_link, one.title) : h("strong", null, one.title));
  const text = one.text ?? (one.title || fields.length ? "" : one.fallback ?? "");
  return [title, text && h("div", null, textObject({ type: "mrkdwn", text })), fields.length ? h("div", { class: "fields" }, fields) : null, one.footer && h("small", { class: "quiet" }, one.footer)].filter(Boolean);
}

function section(block, context) {
  const accessory = block.accessory && (block.accessory.type === "image" ? picture(block.accessory, "thumbnail") : element(block, block.accessory, context));
  return h("div", null,
    h("div", { class: "section-body" },
      block.text ? h("div", { class: "text" }, textObject(block.text)) : null,
      block.fields ? h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "field" }, textObject(field)))) : null),
    accessory ? h("div", { class: "accessory" }, accessory) : null);
}

const contextBlock = (block) => h("div", null, block.elements.map((one) => (one.type === "image" ? picture(one, "tiny") : h("span", null, textObject(one)))));

const actions = (block, context) => h("div", { role: "group", "aria-label": "Actions" }, block.elements.map((spec) => element(block, spec, context) ?? unknown(spec)));

function input(block, context) {
  const control = element(block, block.element, context) ?? unknown(block.element);
  const id = `input-${block.block_id ?? ""}-${block.element.action_id ?? ""}`;
  const grouped = control.classList.contains("choices");
  control.id = id;
  if (!grouped) control.removeAttribute("aria-label");
  if (grouped) control.setAttribute("aria-label", block.label.text);
  const problem = h("p", { class: "problem", id: `${id}-problem`, hidden: true });
  control.setAttribute("aria-describedby", problem.id);
  const label = [textObject(block.label), block.optional ? h("span", { class: "quiet" }, " (optional)") : null];
  return h("div", { "data-input": block.block_id ?? "" }, grouped ? h("div", { class: "label" }, label) : h("label", { class: "label", for: id }, label), control,
    block.hint ? h("p", { class: "hint" }, textObject(block.hint)) : null, problem);
}

/** Pictures from elsewhere are named, not fetched: this page asks no other machine for anything. */
function picture(image, size) {
  const address = image.image_url ?? "";
  const ours = address.startsWith("data:image/") || address.startsWith(`${location.origin}/`);
  if (ours) return h("img", { class: size, src: address, alt: image.alt_text });
  if (size !== "wide") return h("span", { class: `stand-in ${size}`, role: "img", "aria-label": image.alt_text, title: image.alt_text }, "▦");
  return h("div", { class: "stand-in wide" }, h("span", { "aria-hidden": "true" }, "▦"), h("span", null, image.alt_text), address ? h("small", null, link(address)) : null);
}

const image = (block) => h("figure", null, block.title ? h("figcaption", null, textObject(block.title)) : null, picture(block, "wide"));

const LEVELS = { info: "Note", warning: "Warning", error: "Error", success: "Done", default: "Note" };
const alert = (block) => h("div", { role: "note", "data-level": block.level ?? "default" }, h("strong", null, `${LEVELS[block.level] ?? "Note"}: `), h("span", null, textObject(block.text)));

const card = (block, context) => h("div", null,
  block.hero_image ? picture(block.hero_image, "wide") : null,
  block.title ? h("div", { class: "card-title" }, textObject(block.title)) : null,
  block.subtitle ? h("div", { class: "quiet" }, textObject(block.subtitle)) : null,
  block.body ? h("div", { class: "text" }, textObject(block.body)) : null,
  block.actions ? h("div", { class: "block-actions" }, block.actions.map((spec) => element(block, spec, context))) : null);

function container(block, context) {
  const inner = blocks(block.child_blocks ?? [], context);
  const title = block.rich_text_title ? richText(block.rich_text_title) : textObject(block.title);
  const subtitle = block.subtitle ? h("small", { class: "quiet" }, " ", textObject(block.subtitle)) : null;
  if (!block.is_collapsible) return h("div", null, h("div", { class: "card-title" }, title, subtitle), inner);
  return h("details", { open: !block.default_collapsed }, h("summary", null, title, subtitle), inner);
}

const video = (block) => h("div", null, h("div", { class: "card-title" }, block.title_url ? link(block.title_url, plain(block.title.text)) : textObject(block.title)), h("div", { class: "stand-in wide" }, h("span", { "aria-hidden": "true" }, "▶"), block.alt_text));

const unknown = (block) => h("div", { class: "unknown quiet" }, `This page cannot show blocks of type “${block.type}”.`);

const BLOCKS = {
  header: (block) => h("div", { role: "heading", "aria-level": block.level ? 2 + block.level : 3 }, textObject(block.text)),
  divider: () => h("hr"),
  section, context: contextBlock, actions, context_actions: actions, input, image, alert, card, container, table, video,
  carousel: (block, context) => h("div", { role: "group", tabindex: "0", "aria-label": "Cards" }, blocks(block.elements, context)),
  data_table: dataTable,
  data_visualization: dataVisualization,
  markdown: (block) => h("div", null, markdown(block.text)),
  rich_text: (block) => h("div", null, richText(block)),
};
