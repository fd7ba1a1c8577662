// Emoji: names to characters, and our own drawings of those a status message leans on (they look alike everywhere).
import { h, svg } from "./dom.js";

const disc = (colour) => [["circle", { cx: 10, cy: 10, r: 8, fill: colour }]];
const stroke = (d, colour = "#fff") => ["path", { d, fill: "none", stroke: colour, "stroke-width": 2.2, "stroke-linecap": "round", "stroke-linejoin": "round" }];
const tile = (colour) => ["rect", { x: 1.5, y: 1.5, width: 17, height: 17, rx: 4, fill: colour }];

const DRAWINGS = {
  red_circle: ["🔴", disc("#d92d20")],
  large_orange_circle: ["🟠", disc("#ee7d12")],
  large_yellow_circle: ["🟡", disc("#eab308")],
  large_green_circle: ["🟢", disc("#1f9d55")],
  large_blue_circle: ["🔵", disc("#2f6fbf")],
  large_purple_circle: ["🟣", disc("#7a4fb5")],
  white_circle: ["⚪", [["circle", { cx: 10, cy: 10, r: 7.2, fill: "#e9ecf0", stroke: "#9aa3ad", "stroke-width": 1.6 }]]],
  black_circle: ["⚫", [["circle", { cx: 10, cy: 10, r: 7.2, fill: "#343b44", stroke: "#8a939d", "stroke-width": 1.6 }]]],
  white_check_mark: ["✅", [tile("#1f9d55"), stroke("m5.5 10.5 3 3 6-7")]],
  heavy_check_mark: ["✔️", [stroke("m4 10.5 4 4 8-9", "currentColor")]],
  x: ["❌", [stroke("m4.5 4.5 11 11M15.5 4.5l-11 11", "#d92d20")]],
  no_entry: ["⛔", [...disc("#d92d20"), stroke("M6 10h8")]],
  warning: ["⚠️", [["path", { d: "M10 2.2 18.6 17.3a.7.7 0 0 1-.6 1H2a.7.7 0 0 1-.6-1z", fill: "#f5b301" }], stroke("M10 8v4.2M10 15.2h.01", "#3b2f00")]],
  rotating_light: ["🚨", [["path", { d: "M5.5 14V10a4.5 4.5 0 0 1 9 0v4z", fill: "#e5342b" }], ["rect", { x: 3.5, y: 14, width: 13, height: 3.5, rx: 1.2, fill: "#59636e" }], stroke("M10 1.5v1.6M3.2 4.2l1.2 1.2M16.8 4.2l-1.2 1.2", "#e5342b")]],
  bell: ["🔔", [["path", { d: "M10 2.5a5 5 0 0 0-5 5v3.2L3.3 14h13.4L15 10.7V7.5a5 5 0 0 0-5-5zM8 15.5a2 2 0 0 0 4 0z", fill: "#eab308" }]]],
  no_bell: ["🔕", [["path", { d: "M10 2.5a5 5 0 0 0-5 5v3.2L3.3 14h13.4L15 10.7V7.5a5 5 0 0 0-5-5zM8 15.5a2 2 0 0 0 4 0z", fill: "#b9a046" }], stroke("m3 3 14 14", "#d92d20")]],
  hourglass_flowing_sand: ["⏳", [["path", { d: "M5 2.5h10v2L11.5 10l3.5 5.5v2H5v-2L8.5 10 5 4.5z", fill: "#c98a2b" }]]],
  eyes: ["👀", [["ellipse", { cx: 6, cy: 10, rx: 3.6, ry: 5, fill: "#fff", stroke: "#59636e" }], ["ellipse", { cx: 14, cy: 10, rx: 3.6, ry: 5, fill: "#fff", stroke: "#59636e" }], ["circle", { cx: 7, cy: 11, r: 1.8, fill: "#262c33" }], ["circle", { cx: 15, cy: 11, r: 1.8, fill: "#262c33" }]]],
  chart_with_upwards_trend: ["📈", [tile("#e4e9ef"), stroke("m4.5 13.5 4-4 2.5 2.5 4.5-6", "#d92d20")]],
  chart_with_downwards_trend: ["📉", [tile("#e4e9ef"), stroke("m4.5 6 4 4 2.5-2.5 4.5 6", "#2f6fbf")]],
  bar_chart: ["📊", [tile("#e4e9ef"), stroke("M6 14.5V10M10 14.5V5.5M14 14.5V8.5", "#2f6fbf")]],
};

const PLAIN = {
  arrow_up: "↑", arrow_down: "↓", arrow_right: "→", arrow_upper_right: "↗", arrow_lower_right: "↘", wave: "👋", tada: "🎉", calendar: "📅", clock9: "🕘",
  sunrise: "🌅", information_source: "ℹ️", question: "❓", exclamation: "❗", speech_balloon: "💬", mute: "🔇", repeat: "🔁", lock: "🔒", gear: "⚙️",
  wrench: "🔧", fire: "🔥", robot_face: "🤖", memo: "📝", link: "🔗", thumbsup: "👍", "+1": "👍", heavy_minus_sign: "➖", black_square_for_stop: "⏹️",
  double_vertical_bar: "⏸️", snowflake: "❄️", fast_forward: "⏩", raised_hand: "✋", zzz: "💤", moon: "🌔", sunny: "☀️", sos: "🆘", stopwatch: "⏱️",
};
const ALIASES = { green_circle: "large_green_circle", yellow_circle: "large_yellow_circle", orange_circle: "large_orange_circle", hourglass: "hourglass_flowing_sand", large_red_circle: "red_circle" };

const BY_CHARACTER = new Map(Object.entries(DRAWINGS).map(([name, [character]]) => [character.replace("\uFE0F", ""), name]));
const PICTURES = /(\p{Extended_Pictographic}\uFE0F?)/u;

/** The emoji of a shortcode's name, or null where we know none. */
export function emoji(name) {
  const known = ALIASES[name] ?? name;
  if (known in DRAWINGS) return drawn(known);
  return known in PLAIN ? h("span", { class: "emoji-character", role: "img", "aria-label": spoken(known) }, PLAIN[known]) : null;
}

/** Text with the emoji characters we have drawings for replaced by them. */
export function withEmoji(text) {
  return text.split(PICTURES).filter(Boolean).map((part) => {
    const name = BY_CHARACTER.get(part.replace("\uFE0F", ""));
    return name ? drawn(name) : part;
  });
}

function drawn(name) {
  const [character, shapes] = DRAWINGS[name];
  const picture = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, shapes.map(([tag, attributes]) => svg(tag, attributes)));
  return h("span", { class: "emoji", role: "img", "aria-label": spoken(name), title: `:${name}:`, "data-emoji": character }, picture);
}

const spoken = (name) => name.replace(/^large_/, "").replaceAll("_", " ");
