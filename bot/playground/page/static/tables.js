// The `table` and `data_table` blocks: aligned cells, and for data tables sorting and pages.
import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { richText } from "./richtext.js";

/** A table block: the first row is the header, columns align as their settings say. */
export function table(block) {
  const [head, ...body] = block.rows;
  const align = alignments(block, body);
  return scrolling("Table", h("table", { class: "table" },
    h("thead", null, h("tr", null, head.map((cell, index) => h("th", { scope: "col", "data-align": align[index] }, content(cell))))),
    h("tbody", null, body.map((row) => tableRow(row, align, block, 0)))));
}

/** A data_table block: caption, header buttons that sort, pages of `page_size` rows. */
export function dataTable(block) {
  const [head, ...rows] = block.rows;
  const align = alignments(block, rows);
  const size = block.page_size ?? 5;
  const view = { rows, page: 0, column: -1, direction: 1 };
  const body = h("tbody");
  const headers = head.map((cell, index) => {
    const button = h("button", { type: "button", class: "sort", onclick: () => sort(index) }, content(cell), h("span", { class: "sort-mark", "aria-hidden": "true" }));
    return h("th", { scope: "col", "data-align": align[index] }, button);
  });
  const where = h("span", { class: "quiet", role: "status" });
  const back = h("button", { type: "button", class: "button small", onclick: () => turn(-1) }, "Back");
  const next = h("button", { type: "button", class: "button small", onclick: () => turn(1) }, "Next");
  const pager = h("div", { class: "pager", hidden: rows.length <= size }, where, back, next);

  function sort(column) {
    view.direction = view.column === column ? -view.direction : 1;
    view.column = column;
    view.rows = rows.toSorted((a, b) => view.direction * compare(a[column], b[column]));
    view.page = 0;
    draw();
  }
  function turn(step) {
    view.page += step;
    draw();
  }
  function draw() {
    const start = view.page * size;
    const shown = view.rows.slice(start, start + size);
    body.replaceChildren(...shown.map((row) => tableRow(row, align, block, block.row_header_column_index ?? -1)), ...padding(size - shown.length, start, head.length));
    headers.forEach((header, index) => header.setAttribute("aria-sort", index !== view.column ? "none" : view.direction > 0 ? "ascending" : "descending"));
    where.textContent = `${start + 1}–${start + shown.length} of ${rows.length}`;
    back.disabled = view.page === 0;
    next.disabled = start + size >= rows.length;
  }
  draw();
  const element = h("table", { class: "table" }, h("caption", null, withEmoji(block.caption ?? "")), h("thead", null, h("tr", null, headers)), body);
  return h("div", { class: "data-table" }, scrolling(block.caption ?? "Data table", element), pager);
}

/** Empty rows on a last, shorter page, so that the pager stays where the pointer is. */
const padding = (count, start, columns) => (start ? Array.from({ length: count }, () => h("tr", { class: "padding", "aria-hidden": "true" }, h("td", { colspan: columns }, "\u00a0"))) : []);

const tableRow = (row, align, block, header) => h("tr", null, row.map((cell, index) =>
  h(index === header ? "th" : "td", { scope: index === header ? "row" : null, "data-align": align[index], "data-wrap": block.column_settings?.[index]?.is_wrapped || null }, content(cell))));

function alignments(block, body) {
  const columns = Math.max(0, ...block.rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, index) => {
    const said = block.column_settings?.[index]?.align;
    return said ?? (body.some((row) => row[index]?.type === "raw_number") ? "right" : "left");
  });
}

function content(cell) {
  if (cell.type === "rich_text") return richText(cell);
  return withEmoji(cell.text ?? (cell.value === undefined ? "" : String(cell.value)));
}

function compare(a, b) {
  if (a.type === "raw_number" && b.type === "raw_number") return a.value - b.value;
  return words(a).localeCompare(words(b), "en", { numeric: true });
}

const words = (cell) => (cell.type === "rich_text" ? h("div", null, richText(cell)).textContent : cell.text ?? String(cell.value ?? ""));

const scrolling = (name, element) => h("div", { class: "table-scroll", role: "region", tabindex: "0", "aria-label": name }, element);
