// Questions in a dialog: the confirm object of a button, and the shell a modal view is shown in.
import { byId, h, icon, ICONS, remember } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** Ask; true when the person says yes. Escape and the backdrop mean no. */
export function confirmed(question) {
  return new Promise((resolve) => {
    const yes = h("button", { type: "button", class: `button ${question.style === "danger" ? "danger" : "primary"}`, onclick: () => done(true) }, textObject(question.confirm ?? "Yes"));
    const no = h("button", { type: "button", class: "button", onclick: () => done(false) }, textObject(question.deny ?? "Cancel"));
    const { dialog, close } = shell(textObject(question.title ?? "Are you sure?"), [h("div", { class: "dialog-text" }, textObject(question.text))], [no, yes], () => done(false));
    dialog.classList.add("confirm");
    let answered = false;
    function done(answer) {
      if (answered) return;
      answered = true;
      close();
      resolve(answer);
    }
    yes.focus();
  });
}

/** A dialog with title, body and foot; `dismissed` runs on Escape, on × and on a click beside it. */
export function shell(title, body, foot, dismissed) {
  const heading = h("h2", { id: `dialog-${Math.random().toString(36).slice(2)}` }, title);
  const shut = h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => dismissed() }, icon(ICONS.close));
  const content = h("div", { class: "dialog-body" }, body);
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": heading.id }, h("header", null, heading, shut), content, h("footer", null, foot));
  const before = remember(document.activeElement);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dismissed();
  });
  dialog.addEventListener("pointerdown", ({ target }) => target === dialog && dismissed());
  byId("modal-root").append(dialog);
  dialog.showModal();
  const close = () => {
    dialog.close();
    dialog.remove();
    before()?.focus();
  };
  return { dialog, heading, content, close };
}
