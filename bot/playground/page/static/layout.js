// Where things are on the screen: the list of rooms, drawers on narrow screens, a list that stays at its end.
import { byId, h, icon, ICONS } from "./dom.js";

export const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60;

/** Who reads the newest message keeps it in sight when the list or the window changes its size. */
export function pin(box, content) {
  let pinned = true;
  box.addEventListener("scroll", () => (pinned = atEnd(box)));
  const keep = new ResizeObserver(() => pinned && (box.scrollTop = box.scrollHeight));
  keep.observe(box);
  keep.observe(content);
}

/** Open one of the drawers of a narrow screen, or (null) close them. */
export function drawer(which) {
  const before = ["sidebar", "panel"].find((name) => byId("app").classList.contains(`show-${name}`));
  for (const name of ["sidebar", "panel"]) {
    byId("app").classList.toggle(`show-${name}`, which === name);
    byId(`open-${name}`).setAttribute("aria-expanded", String(which === name));
  }
  byId("shade").hidden = which === null;
  if (which) byId(which).querySelector("button:not([disabled]), summary")?.focus({ preventScroll: true });
  else if (before && byId(before).contains(document.activeElement)) byId(`open-${before}`).focus();
}

/** Rooms with what is unread in them, and who is looking. */
export function drawSidebar(state, known, enter) {
  const focused = document.activeElement?.dataset?.channel;
  const room = (id, name, glyph) => {
    const unread = known.unread.get(id) ?? 0;
    const current = id === known.room;
    return h("li", null, h("button", { type: "button", class: `room${unread ? " unread" : ""}`, "data-channel": id, "aria-current": current ? "page" : null, onclick: () => enter(id) },
      icon(glyph), h("span", null, name), unread ? h("b", { class: "badge", "aria-label": `${unread} unread` }, String(unread)) : null));
  };
  byId("channels").replaceChildren(...state.channels.map(({ id, name }) => room(id, name, ICONS.hash)));
  byId("apps").replaceChildren(room("home", state.bot.name, ICONS.home));
  if (focused) document.querySelector(`[data-channel="${focused}"]`)?.focus();
  byId("me").replaceChildren(...state.users.map(({ id, real_name, is_admin }) => h("option", { value: id, selected: id === known.me }, `${real_name}${is_admin ? " (admin)" : ""}`)));
}
