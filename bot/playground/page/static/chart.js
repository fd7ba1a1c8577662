// The `data_visualization` block as SVG: drawn to the width it has, readable by keyboard and screen reader.
import { h, svg } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { bars, lines, pie } from "./marks.js";

const HEIGHT = 220;
const number = (value) => value.toLocaleString("en", { maximumFractionDigits: 2 });

/** A titled figure with its chart, a legend and a value line that follows pointer and focus. */
export function dataVisualization(block) {
  const chart = block.chart;
  const stage = h("div", { class: "chart-stage" });
  const value = h("div", { class: "chart-value", hidden: true });
  const names = chart.type === "pie" ? chart.segments.map(({ label }) => label) : chart.series.map(({ name }) => name);
  const figure = h("figure", { class: "chart", "data-chart": chart.type }, h("figcaption", null, withEmoji(block.title)), h("div", { class: "chart-frame" }, stage, value), legend(names, chart));
  const draw = (width) => {
    const picture = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "group", "aria-label": `${chart.type} chart: ${block.title}` });
    picture.append(...(chart.type === "pie" ? pieMarks(chart, width) : plotMarks(chart, width)));
    follow(picture, value);
    stage.replaceChildren(picture);
  };
  let drawn = 0;
  new ResizeObserver(([{ contentRect }]) => {
    const width = Math.max(220, Math.floor(contentRect.width));
    if (width !== drawn) draw((drawn = width));
  }).observe(stage);
  return figure;
}

function legend(names, chart) {
  const total = chart.segments?.reduce((sum, segment) => sum + segment.value, 0);
  return h("ul", { class: "legend" }, names.map((name, index) => {
    const share = total ? ` ${number(chart.segments[index].value)}` : null;
    return h("li", null, h("span", { class: "swatch", "data-series": index % 6, "data-shape": chart.type }), name, share && h("b", null, share));
  }));
}

function plotMarks(chart, width) {
  const { categories, x_label: xLabel, y_label: yLabel } = chart.axis_config;
  const series = chart.series.map(({ name, data }) => ({ name, values: categories.map((label) => data.find((point) => point.label === label)?.value ?? 0) }));
  const ticks = scale(series.flatMap(({ values }) => values));
  const labels = ticks.map(number);
  const left = 14 + 7 * Math.max(...labels.map((label) => label.length)) + (yLabel ? 18 : 0);
  const area = { left, right: width - 10, top: 12, bottom: HEIGHT - (xLabel ? 44 : 28), step: (width - 10 - left) / categories.length };
  area.x = (index) => area.left + area.step * (index + 0.5);
  area.y = (value) => area.bottom - ((value - ticks[0]) / (ticks.at(-1) - ticks[0])) * (area.bottom - area.top);
  area.zero = area.y(Math.max(0, ticks[0]));
  const marks = chart.type === "bar" ? bars(series, area) : lines(series, area, chart.type === "area");
  return [...grid(ticks, labels, area), ...axis(categories, area), ...titles(xLabel, yLabel, area), ...marks, ...columns(categories, series, area)];
}

/** About five round steps that hold all values and zero. */
function scale(values) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values) || 1;
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const whole = values.every(Number.isInteger);
  const step = Math.max(whole ? 1 : 0, [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough && !(whole && size % 1)) ?? 10 * power);
  const first = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step) - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

const grid = (ticks, labels, area) => ticks.flatMap((tick, index) => [
  svg("line", { class: tick === 0 ? "axis-line" : "grid-line", x1: area.left, x2: area.right, y1: area.y(tick), y2: area.y(tick) }),
  svg("text", { class: "tick", x: area.left - 6, y: area.y(tick) + 4, "text-anchor": "end", "aria-hidden": "true" }, labels[index]),
]);

function axis(categories, area) {
  const widest = 6.4 * Math.max(...categories.map((label) => label.length)) + 10;
  const every = Math.max(1, Math.ceil(widest / area.step));
  const last = categories.length - 1;
  return categories.map((label, index) => (last - index) % every === 0
    && svg("text", { class: "tick", x: area.x(index), y: area.bottom + 17, "text-anchor": "middle", "aria-hidden": "true" }, label)).filter(Boolean);
}

function titles(xLabel, yLabel, area) {
  const middle = (area.top + area.bottom) / 2;
  return [
    xLabel && svg("text", { class: "axis-title", x: (area.left + area.right) / 2, y: area.bottom + 37, "text-anchor": "middle" }, xLabel),
    yLabel && svg("text", { class: "axis-title", x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` }, yLabel),
  ].filter(Boolean);
}

/** One invisible column per category: the target of pointer and focus that speaks the values. */
function columns(categories, series, area) {
  return categories.map((label, index) => {
    const said = series.map(({ name, values }) => `${name} ${number(values[index])}`).join(", ");
    return svg("g", { class: "hit", role: "img", tabindex: index === categories.length - 1 ? 0 : -1, "aria-label": `${label}: ${said}`, "data-x": area.x(index), "data-y": area.top },
      svg("rect", { x: area.left + area.step * index, y: area.top, width: area.step, height: area.bottom - area.top }),
      svg("line", { class: "hair", x1: area.x(index), x2: area.x(index), y1: area.top, y2: area.bottom }));
  });
}

function pieMarks(chart, width) {
  const total = chart.segments.reduce((sum, { value }) => sum + value, 0);
  const spoken = ({ label, value }) => `${label}: ${number(value)} (${number((100 * value) / total)}%)`;
  return pie(chart.segments.map((segment) => ({ share: segment.value / total, spoken: spoken(segment) })), width / 2, HEIGHT / 2, HEIGHT / 2 - 10);
}

/** Show what the target under pointer or focus says; arrows move between targets. */
function follow(picture, value) {
  const targets = [...picture.querySelectorAll(".hit")];
  const show = (target) => {
    const width = picture.viewBox.baseVal.width;
    value.textContent = target.getAttribute("aria-label");
    value.hidden = false;
    const half = value.offsetWidth / 2;
    value.style.left = `${Math.min(width - half, Math.max(half, Number(target.dataset.x)))}px`;
    value.style.top = `${Number(target.dataset.y)}px`;
  };
  const hide = () => (value.hidden = true);
  targets.forEach((target, index) => {
    target.addEventListener("pointerenter", () => show(target));
    target.addEventListener("pointerleave", hide);
    target.addEventListener("focus", () => show(target));
    target.addEventListener("blur", hide);
    target.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = step && targets[index + step];
      if (!next) return;
      event.preventDefault();
      target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  });
}
