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
  ballot_box_with_check: ["☑️", [tile("#2f6fbf"), stroke("m5.5 10.5 3 3 6-7")]],
  crescent_moon: ["🌙", [["path", { d: "M13.5 2.6a8 8 0 1 0 4 11.4A7 7 0 0 1 13.5 2.6z", fill: "#eab308" }]]],
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
  stopwatch: ["⏱️", [["circle", { cx: 10, cy: 11.5, r: 6.8, fill: "#f2f4f6", stroke: "#59636e", "stroke-width": 1.8 }], stroke("M10 11.5V7.8M8 2.2h4M10 2.2v2", "#59636e")]],
  black_square_for_stop: ["⏹️", [tile("#2f6fbf"), ["rect", { x: 6, y: 6, width: 8, height: 8, rx: 1, fill: "#fff" }]]],
  recycle: ["♻️", [tile("#1f9d55"), stroke("M14.5 10a4.5 4.5 0 1 1-1.5-3.4M13.4 3.8v3h-3")]],
  repeat: ["🔁", [tile("#2f6fbf"), stroke("M4.8 9V8a2 2 0 0 1 2-2h8m-2-2 2 2-2 2M15.2 11v1a2 2 0 0 1-2 2h-8m2 2-2-2 2-2")]],
  pencil2: ["✏️", [["path", { d: "m4 12.6 8.6-8.6 3.4 3.4L7.4 16 3 17z", fill: "#eab308" }], ["path", { d: "m4 12.6 3.4 3.4L3 17z", fill: "#f0d9b5" }], stroke("m12.6 4 1-1a1.4 1.4 0 0 1 2 0l1.4 1.4a1.4 1.4 0 0 1 0 2l-1 1", "#d95f6b")]],
  grey_question: ["❔", [stroke("M6.8 7a3.2 3.2 0 1 1 4.6 2.9c-.9.4-1.4 1.1-1.4 2.2M10 16h.01", "#8a939d")]],
  checkered_flag: ["🏁", [stroke("M4 2.5v15.5", "#59636e"), ["path", { d: "M5 3h12v9H5z", fill: "#fff", stroke: "#59636e", "stroke-width": 0.8 }], ["path", { d: "M5 3h3v3H5zM11 3h3v3h-3zM8 6h3v3H8zM14 6h3v3h-3zM5 9h3v3H5zM11 9h3v3h-3z", fill: "#262c33" }]]],
  raising_hand: ["🙋", [["circle", { cx: 9, cy: 8, r: 3.6, fill: "#f0b429" }], ["path", { d: "M2.5 18a6.5 6 0 0 1 13 0z", fill: "#7a4fb5" }], stroke("m14.2 14 2.6-4.5V3.5", "#f0b429")]],
  test_tube: ["🧪", [["path", { d: "m12.2 2.5 5.3 5.3-8.7 8.7a3.7 3.7 0 0 1-5.3-5.3z", fill: "#e4e9ef", stroke: "#59636e", "stroke-width": 1.2 }], ["path", { d: "M6.2 8.6h8.5l-6 6a2.6 2.6 0 0 1-3.7 0l-.6-.6a2.6 2.6 0 0 1 0-3.7z", fill: "#1f9d55" }]]],
  information_source: ["ℹ️", [tile("#2f6fbf"), stroke("M10 9.5v5M10 5.7h.01")]],
  sunrise: ["🌅", [["path", { d: "M4 14a6 6 0 0 1 12 0z", fill: "#f5a623" }], stroke("M10 3v2.5M3.7 6.2l1.6 1.6M16.3 6.2l-1.6 1.6", "#f5a623"), stroke("M2 16.8h16", "#2f6fbf")]],
};

const PLAIN = {
  arrow_up: "↑", arrow_down: "↓", arrow_right: "→", arrow_upper_right: "↗", arrow_lower_right: "↘", wave: "👋", tada: "🎉", calendar: "📅", clock9: "🕘",
  exclamation: "❗", speech_balloon: "💬", mute: "🔇", lock: "🔒", gear: "⚙️",
  wrench: "🔧", fire: "🔥", robot_face: "🤖", memo: "📝", link: "🔗", thumbsup: "👍", "+1": "👍", heavy_minus_sign: "➖",
  double_vertical_bar: "⏸️", snowflake: "❄️", fast_forward: "⏩", raised_hand: "✋", zzz: "💤", moon: "🌔", sunny: "☀️", sos: "🆘",
};
const ALIASES = { arrows_counterclockwise: "repeat", octagonal_sign: "no_entry", pencil: "pencil2", question: "grey_question", green_circle: "large_green_circle", yellow_circle: "large_yellow_circle", orange_circle: "large_orange_circle", hourglass: "hourglass_flowing_sand", large_red_circle: "red_circle" };

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
