// What a person opened or closed, for as long as the page's tab lives.

/** Whether a part of the page is to be shown: as the person left it, or else as it is at first. */
export function isShown(part, atFirst) {
  try {
    return (sessionStorage.getItem(part) ?? (atFirst ? "shown" : "hidden")) === "shown";
  } catch {
    return atFirst; // a browser without storage forgets it
  }
}

/** Keeps whether a part of the page is to be shown. */
export function remember(part, shown) {
  try {
    sessionStorage.setItem(part, shown ? "shown" : "hidden");
  } catch { /* a browser without storage forgets it */ }
}
