// A file in a message: a small card with its name, its size, a link that saves it, and the first lines of a CSV.

import { el } from "./dom.js";

/** The cards of a message's files. */
export function renderFiles(files) {
  return (files ?? []).map(card);
}

function card(file) {
  return el("section", { class: "file", aria: { label: `File ${file.name}` } },
    el("p", { class: "file-head" },
      el("strong", {}, file.name),
      el("span", { class: "file-size" }, size(file.size)),
      el("a", { class: "file-save", href: file.address, download: file.name, aria: { label: `Download ${file.name}` } }, "Download")),
    file.first_lines.length > 0 && el("pre", { class: "file-lines", tabindex: "0", aria: { label: `First lines of ${file.name}` } }, file.first_lines.join("\n")),
    file.more_lines > 0 && el("p", { class: "file-more" }, `${file.more_lines.toLocaleString()} more ${file.more_lines === 1 ? "line" : "lines"}`));
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
