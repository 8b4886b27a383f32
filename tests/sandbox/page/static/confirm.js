// The confirm dialog of a button.

import { byId } from "./dom.js";
import { wayBack } from "./focus.js";
import { plain, textObject } from "./mrkdwn.js";

/** Shows a Block Kit confirm object; true when the person went ahead. */
export function confirmed(spec, people) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = plain(spec.title ?? "Are you sure?");
  byId("confirm-text").replaceChildren(...textObject(spec.text ?? "", people));
  byId("confirm-deny").textContent = plain(spec.deny ?? "Cancel");
  const go = byId("confirm-go");
  go.textContent = plain(spec.confirm ?? "Yes");
  go.className = `button ${spec.style === "danger" ? "danger" : "primary"}`;
  return answered(dialog, go);
}

function answered(dialog, go) {
  return new Promise((resolve) => {
    const back = wayBack();
    dialog.returnValue = "";
    go.onclick = () => dialog.close("go");
    byId("confirm-deny").onclick = () => dialog.close("");
    dialog.onclose = () => { back(); resolve(dialog.returnValue === "go"); };
    dialog.showModal();
    byId("confirm-deny").focus();
  });
}
