// The playground's clock as the page shows it, and dates written the way Slack writes them.

let base = { server: 0, local: 0, speed: 1 };
let zone = "UTC";

/** Take the server's reading; between two readings the page counts on by itself. */
export function setClock(clock) {
  base = { server: Date.parse(clock.now), local: performance.now(), speed: clock.speed };
  zone = clock.zone;
}

export const now = () => new Date(base.server + (performance.now() - base.local) * base.speed);
export const zoneName = () => zone;

const formats = new Map();
function format(options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return formats.get(key);
}

function parts(date) {
  const fields = { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  return Object.fromEntries(format(fields).formatToParts(date).map(({ type, value }) => [type, value]));
}

export const clockTime = (date) => format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);
export const clockSeconds = (date) => format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(date);
export const offsetName = (date) => format({ timeZoneName: "shortOffset" }).formatToParts(date).find((part) => part.type === "timeZoneName").value;
export const isoDay = (date) => format({ year: "numeric", month: "2-digit", day: "2-digit" }).format(date).split("/").reverse().join("-");
export const longDay = (date) => format({ weekday: "long", day: "numeric", month: "long" }).format(date);
export const shortDay = (date) => format({ weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(date);
export const fullTime = (date) => `${longDay(date)} at ${clockSeconds(date)} (${zone})`;

/** "Today", "Yesterday", or null when the day has no such name. */
export function dayWord(date) {
  const names = { [-1]: "Yesterday", 0: "Today", 1: "Tomorrow" };
  const days = Math.round((Date.parse(isoDay(date)) - Date.parse(isoDay(now()))) / 86400000);
  return names[days] ?? null;
}

const ordinal = (day) => `${day}${day % 100 > 10 && day % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][day % 10] ?? "th"}`;

const TOKENS = {
  date_num: (date) => isoDay(date),
  date: (date, p) => `${p.month} ${ordinal(Number(p.day))}, ${p.year}`,
  date_short: (date, p) => `${p.month.slice(0, 3)} ${p.day}, ${p.year}`,
  date_long: (date, p) => `${p.weekday}, ${p.month} ${ordinal(Number(p.day))}, ${p.year}`,
  date_slash: (date) => isoDay(date).replaceAll("-", "/"),
  time: (date) => clockTime(date),
  time_secs: (date) => clockSeconds(date),
  ago: (date) => ago(date),
};

/** Slack's date format: `{date_short_pretty} {time}` and the like; a token it does not know stays as it is. */
export function slackDate(seconds, pattern) {
  const date = new Date(seconds * 1000);
  const fields = parts(date);
  return pattern.replace(/\{(\w+?)(_pretty)?\}/g, (whole, token, pretty) => {
    if (!(token in TOKENS)) return whole;
    const word = pretty ? dayWord(date)?.toLowerCase() : null;
    return word ?? TOKENS[token](date, fields);
  });
}

const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export function ago(date) {
  const seconds = Math.round((now() - date) / 1000);
  const [unit, length] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-Math.trunc(seconds / length), unit);
}

/** Seconds as the value of a date-and-time field in the playground's zone, and back. */
export const inZone = (seconds) => new Date(seconds * 1000 + offset(seconds * 1000)).toISOString().slice(0, 16);

export function fromZone(text) {
  const guess = Date.parse(`${text}Z`);
  return (guess - offset(guess - offset(guess))) / 1000;
}

function offset(milliseconds) {
  const p = parts(new Date(milliseconds));
  return Date.parse(`${isoDay(new Date(milliseconds))}T${p.hour}:${p.minute}:${p.second}Z`) - Math.floor(milliseconds / 1000) * 1000;
}
