// Giving the focus back when a dialog closes, also where what had it was drawn anew meanwhile.

import { focusIn, refocus } from "./fields.js";

const PLACES = ["#modal-blocks", "#home", "#messages article"];

/** Where the focus is now; calling the result gives it back, unless somebody has put it elsewhere meanwhile. */
export function wayBack() {
  const element = document.activeElement;
  const place = PLACES.map((selector) => element?.closest(selector)).find(Boolean);
  const inner = place && focusIn(place);
  const stamp = place?.dataset.ts;
  return () => {
    if (document.activeElement !== document.body && document.activeElement?.isConnected && document.activeElement === element) return;
    if (element?.isConnected && element !== document.body) return element.focus({ preventScroll: true });
    const now = stamp ? document.querySelector(`#messages article[data-ts="${CSS.escape(stamp)}"]`) : place?.isConnected ? place : null;
    if (inner && now && refocus(now, inner)) return undefined;
    return (document.body.classList.contains("at-home") ? document.getElementById("scroll") : document.getElementById("composer-text")).focus({ preventScroll: true });
  };
}
