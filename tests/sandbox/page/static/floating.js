// Where something that floats stands: beside what it belongs to, and always whole on the screen.

const GAP = 4;

/** Puts a popover that is showing below its anchor, or above it where there is more room. */
export function placeBeside(floating, anchor, { wide = false } = {}) {
  const around = anchor.getBoundingClientRect();
  const below = window.innerHeight - around.bottom - 2 * GAP;
  const above = around.top - 2 * GAP;
  if (wide) floating.style.width = `${around.width}px`;
  floating.style.maxHeight = `${Math.max(below, above, 80)}px`;
  const { width, height } = floating.getBoundingClientRect();
  const under = height <= below || below >= above;
  const left = Math.min(around.left, window.innerWidth - width - GAP);
  floating.style.left = `${Math.max(GAP, left)}px`;
  floating.style.top = `${under ? around.bottom + GAP : Math.max(GAP, around.top - GAP - height)}px`;
}
