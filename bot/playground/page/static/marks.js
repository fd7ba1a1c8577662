// The shapes of the charts: bars, lines with marked points, areas, pie slices.
import { svg } from "./dom.js";

/** Grouped bars; a zero still shows a hair so that "none" and "missing" look different. */
export function bars(series, area) {
  const width = Math.min(34, (area.step * 0.72) / series.length);
  return series.flatMap(({ values }, which) => values.map((value, index) => {
    const x = area.x(index) + (which - series.length / 2) * width;
    const top = Math.min(area.y(value), area.zero);
    const height = Math.max(1.5, Math.abs(area.y(value) - area.zero));
    return svg("rect", { class: "bar-mark", "data-series": which % 6, x: x + 0.5, y: value < 0 ? area.zero : Math.min(top, area.zero - 1.5), width: Math.max(1.5, width - 1), height, rx: 2 });
  }));
}

/** A line per series with its own point shape and dash, filled down to zero for areas. */
export function lines(series, area, filled) {
  return series.flatMap(({ values }, which) => {
    const points = values.map((value, index) => [area.x(index), area.y(value)]);
    const path = points.map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`).join("");
    const floor = `L${points.at(-1)[0]} ${area.zero}L${points[0][0]} ${area.zero}z`;
    return [
      filled && svg("path", { class: "area-mark", "data-series": which % 6, d: path + floor }),
      svg("path", { class: "line-mark", "data-series": which % 6, d: path }),
      ...points.map(([x, y]) => svg("path", { class: "point-mark", "data-series": which % 6, d: SHAPES[which % SHAPES.length](x, y) })),
    ].filter(Boolean);
  });
}

const SHAPES = [
  (x, y) => `M${x - 3.5} ${y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z`,
  (x, y) => `M${x - 3.2} ${y - 3.2}h6.4v6.4h-6.4z`,
  (x, y) => `M${x} ${y - 4.4}l4.2 7.4h-8.4z`,
  (x, y) => `M${x} ${y - 4.6}l4.6 4.6l-4.6 4.6l-4.6-4.6z`,
  (x, y) => `M${x} ${y + 4.4}l4.2-7.4h-8.4z`,
  (x, y) => `M${x - 1.4} ${y - 4}h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6v-2.8h2.6z`,
];

/** Slices of a ring, each a target that says its label, value and share. */
export function pie(slices, x, y, radius) {
  let turn = -0.25;
  return slices.map(({ share, spoken }, index) => {
    const [from, to] = [turn, (turn += share)];
    const middle = at(x, y, radius * 0.78, (from + to) / 2);
    return svg("g", { class: "hit", role: "img", tabindex: index ? -1 : 0, "aria-label": spoken, "data-x": middle[0], "data-y": middle[1] },
      svg("path", { class: "slice-mark", "data-series": index % 6, d: ring(x, y, radius, radius * 0.56, from, Math.min(to, from + 0.99999)) }));
  });
}

const at = (x, y, radius, turn) => [x + radius * Math.cos(2 * Math.PI * turn), y + radius * Math.sin(2 * Math.PI * turn)];

function ring(x, y, outer, inner, from, to) {
  const large = to - from > 0.5 ? 1 : 0;
  const [a, b, c, d] = [at(x, y, outer, from), at(x, y, outer, to), at(x, y, inner, to), at(x, y, inner, from)];
  return `M${a}A${outer} ${outer} 0 ${large} 1 ${b}L${c}A${inner} ${inner} 0 ${large} 0 ${d}z`;
}
