// The simulated DLF and Slack: a short tour, the clock, the jobs in DLF, the faults, the requests.
import { byId, h, svg } from "./dom.js";
import { clockSeconds, clockTime, now, offsetName, shortDay, zoneName } from "./times.js";

const SPEEDS = [[1, "1×"], [60, "60×"], [600, "600×"], [3600, "3600×"]];
const JUMPS = [["midnight", "to midnight"], ["09:00", "to 09:00"], ["10m", "+10 min"], ["1h", "+1 h"]];
const PARTS = [["fail_count", "failed"], ["running_exception_count", "stuck"], ["waiting_confirm_count", "to confirm"], ["running_count", "running"], ["waiting_count", "waiting"], ["success_count", "succeeded"]];
const LINES = 60;

/** Build the panel once. `does` has `clock`, `dlf`, `fault`, `ask`: what its buttons do. */
export function panel(does) {
  const parts = [tour(does), clock(does), jobs(does), faults(does), wire()];
  byId("panel-body").replaceChildren(...parts.map(({ element }) => element));
  const [, clockPart, jobsPart, faultsPart, wirePart] = parts;
  setInterval(clockPart.tick, 250);
  return {
    update(state) {
      clockPart.update(state.clock);
      jobsPart.update(state.dlf);
      faultsPart.update(state.faults);
    },
    tick: clockPart.tick,
    lines: wirePart.lines,
  };
}

const section = (id, title, ...children) => h("section", { class: "card", "aria-labelledby": `${id}-title` }, h("h3", { id: `${id}-title` }, title), children);

const button = (label, onclick, attributes) => h("button", { type: "button", class: "button small", onclick, ...attributes }, label);

function tour(does) {
  const steps = [
    ["ask", "Ask", "→ yesterday’s status", () => does.ask("/dlf-status yesterday")],
    ["fail", "Fail 7 instances", "→ an alert", () => does.dlf("fail", null, 7)],
    ["heal", "Fix them", "→ resolved", () => does.dlf("heal", null)],
    ["hang", "Get one stuck", "→ a critical alert", () => does.dlf("hang", null, 1)],
    ["midnight", "Skip to midnight", "→ stuck alerts go on", () => does.clock({ jump: "midnight" })],
    ["digest", "Skip to 09:00", "→ the digest", () => does.clock({ jump: "09:00" })],
  ];
  const items = steps.map(([id, label, what, act]) => {
    const item = h("li", null, h("button", { type: "button", class: "tour-step", "data-testid": `tour-${id}`, onclick: () => {
      item.classList.add("done");
      does.toured();
      act();
    } }, h("span", { class: "tour-mark", "aria-hidden": "true" }), h("span", null, h("b", null, label), " ", h("small", null, what))));
    return item;
  });
  return { element: h("details", { class: "card tour", open: true }, h("summary", null, "Tour: six clicks"), h("ol", null, items)) };
}

function clock(does) {
  const time = h("span", { class: "clock-time", "data-testid": "clock" });
  const date = h("span", { class: "clock-date" });
  const speeds = SPEEDS.map(([speed, label]) => button(label, () => does.clock({ speed }), { "data-speed": speed, "aria-pressed": "false" }));
  const jumps = JUMPS.map(([to, label]) => button(label, () => does.clock({ jump: to }), { "data-jump": to }));
  const element = section("clock", "Clock", h("div", { class: "clock-face" }, time, date), h("div", { class: "row", role: "group", "aria-label": "Speed" }, speeds), h("div", { class: "row", role: "group", "aria-label": "Jump" }, jumps));
  const tick = () => {
    const at = now();
    time.textContent = clockSeconds(at);
    date.textContent = `${shortDay(at)} · ${zoneName()} (${offsetName(at)})`;
    byId("mini-clock").textContent = clockTime(at);
  };
  return { element, tick, update({ speed }) {
    speeds.forEach((one) => one.setAttribute("aria-pressed", String(Number(one.dataset.speed) === speed)));
    tick();
  } };
}

function jobs(does) {
  const list = h("div", { class: "workspaces" });
  const date = h("small", { class: "quiet" });
  const known = new Map();
  const all = h("div", { class: "row" }, button("All of DLF fails", () => does.dlf("fail all", null, 7), { "data-act": "fail-all" }), button("Fix all", () => does.dlf("heal", null), { "data-act": "heal-all" }));
  return { element: section("jobs", ["Jobs in DLF ", date], all, list), update(dlf) {
    date.textContent = `${dlf.date}`;
    for (const workspace of dlf.workspaces) {
      if (!known.has(workspace.id)) {
        const made = jobsOf(workspace, does);
        known.set(workspace.id, made);
        list.append(made.element);
      }
      known.get(workspace.id).update(workspace);
    }
  } };
}

function jobsOf({ id, name }, does) {
  const bar = svg("svg", { class: "share", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" });
  const figures = PARTS.map(([key, label]) => ({ key, label, number: h("b", null, "0") }));
  const rows = figures.map(({ key, label, number }) => h("li", { "data-count": key }, number, h("span", null, label)));
  const total = h("span", { class: "quiet" });
  const past = h("span", { class: "quiet" });
  const rerun = button("Rerun yesterday’s failures", () => does.dlf("rerun", id), { "data-act": "rerun" });
  const act = (what, label, n) => button(label, () => does.dlf(what, id, n), { "data-act": what, "aria-label": `${name}: ${label}` });
  const element = h("div", { class: "workspace", "data-workspace": id }, h("h4", null, name, total), bar, h("ul", { class: "figures" }, rows),
    h("div", { class: "row" }, act("fail", "Fail 7", 7), act("hang", "One stuck", 1), act("heal", "Fix")), h("div", { class: "row past" }, past, rerun));
  rerun.setAttribute("aria-label", `${name}: rerun yesterday's failures`);
  return { element, update({ today, yesterday }) {
    figures.forEach(({ key, number }, index) => {
      number.textContent = String(today[key]);
      rows[index].classList.toggle("zero", today[key] === 0);
    });
    total.textContent = ` ${today.total_count} today`;
    past.textContent = `Yesterday ${yesterday.fail_count} failed, ${yesterday.running_exception_count} stuck`;
    rerun.disabled = yesterday.fail_count + yesterday.running_exception_count === 0;
    let x = 0;
    bar.replaceChildren(...PARTS.map(([key]) => {
      const width = today.total_count ? (100 * today[key]) / today.total_count : 0;
      return svg("rect", { "data-part": key, x: (x += width) - width, y: 0, width, height: 6 });
    }));
  } };
}

/** The switches show what the server said last; one that was just flipped stays so until its own answer is there. */
function faults(does) {
  const boxes = new Map();
  const asking = new Set();
  const worlds = ["slack", "dlf", "jobs"];
  const each = (make) => Object.fromEntries(worlds.map((world) => [world, make()]));
  const groups = each(() => h("div", { class: "switches" }));
  const said = each(() => h("small"));
  const group = (world, title) => h("details", { class: "faults", "data-world": world }, h("summary", null, title, " ", said[world]), groups[world]);
  const mend = button("Clear all", async () => update(await does.fault(null)), { "data-testid": "mend" });
  const flip = async (input, world, name) => {
    asking.add(input);
    const all = await does.fault(world, name, input.checked);
    asking.delete(input);
    update(all);
  };
  const update = (all) => {
    for (const world of worlds) {
      for (const { name, label, on } of all[world]) {
        const key = `${world}/${name}`;
        if (!boxes.has(key)) {
          const input = h("input", { type: "checkbox", role: "switch", "data-fault": key, onchange: () => flip(input, world, name) });
          boxes.set(key, input);
          groups[world].append(h("label", { class: "switch" }, input, h("span", null, label)));
        }
        if (!asking.has(boxes.get(key))) boxes.get(key).checked = on;
      }
      const broken = all[world].filter(({ on }) => on).length;
      said[world].textContent = broken ? `${broken} on` : "OK";
      said[world].className = broken ? "pill bad" : "pill good";
    }
    mend.disabled = [...boxes.values()].every((box) => !box.checked);
  };
  return { element: section("faults", "Faults", group("slack", "Slack faults"), group("dlf", "DLF faults"), group("jobs", "Odd job lists from DLF"), h("div", { class: "row" }, mend)), update };
}

function wire() {
  const list = h("ol", { class: "wire", tabindex: "0", role: "log", "aria-live": "off", "aria-label": "Requests seen by DLF and Slack" });
  const line = ({ at, world, what, result, ok }) => {
    list.prepend(h("li", { "data-world": world }, h("time", null, at), h("b", null, world), h("span", null, what), h("em", { class: ok ? "" : "bad" }, result)));
    while (list.children.length > LINES) list.lastElementChild.remove();
  };
  let last = 0;
  const lines = (all) => {
    all.filter(({ number }) => number > last).forEach(line);
    last = all.at(-1)?.number ?? last;
  };
  return { element: section("wire", "Requests", list), lines };
}
