// Line icons of the canvas, 24 × 24, one set for every place.
const PATHS = {
  checkin: "M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11z M12 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  waiting: "M7 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4z M17 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4z M12 11a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z M3.5 17v-2.5A2.5 2.5 0 0 1 6 12h1.5 M20.5 17v-2.5A2.5 2.5 0 0 0 18 12h-1.5 M8 19v-2a3 3 0 0 1 3-3h2a3 3 0 0 1 3 3v2",
  consultation: "M5 4v5a5 5 0 0 0 10 0V4 M5 4h1.5 M15 4h-1.5 M10 14v2a4 4 0 0 0 8 0v-2 M18 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  bill: "M6 3h12v18l-2.4-1.6L13.2 21 12 20l-1.2 1-2.4-1.6L6 21z M9 8h6 M9 12h6 M9 16h3",
  payment: "M4 7h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V7z M4 7l0-.5A1.5 1.5 0 0 1 5.5 5H16 M16.5 13h.01",
  pharmacy: "M9.5 4.8a4 4 0 0 1 5.7 0l4 4a4 4 0 0 1-5.7 5.7l-4-4a4 4 0 0 1 0-5.7z M4.6 12.4l7 7 M10.5 13.5l-5.3 5.3",
  guide: "M7 3h7l4 4v14H7z M14 3v4h4 M10 12h5 M10 16h5",
  message: "M6 17h12l-1.5-2V11a4.5 4.5 0 0 0-9 0v4L6 17z M10.5 20h3",
  refund: "M9 7l-4 4 4 4 M5 11h9a4 4 0 0 1 0 8h-3 M15 4h4v4",
  desk: "M4 20h16 M6 20V10h12v10 M4 10l8-6 8 6 M10 14h4",
  form: "M6 3h12v18H6z M9 8h6 M9 12h6 M9 16h2.5",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1 M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  wait: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z M12 8v4.5l3 2",
  task: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M3 20a6 6 0 0 1 10.5-4 M14.5 18l2.2 2.2L21 15.8",
  branch: "M12 4v5 M12 9H7v4 M12 9h5v4 M7 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4z M17 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4z M7 13v3 M17 13v3",
  parallel: "M4 5h16 M4 19h16 M9 5v14 M15 5v14",
  repeat: "M5 12a7 7 0 0 1 12-4.9L19 9 M19 5v4h-4 M19 12a7 7 0 0 1-12 4.9L5 15 M5 19v-4h4",
  scope: "M4 8V5a1 1 0 0 1 1-1h3 M16 4h3a1 1 0 0 1 1 1v3 M20 16v3a1 1 0 0 1-1 1h-3 M8 20H5a1 1 0 0 1-1-1v-3 M9 12h6",
  leave: "M6 21V4 M6 5h11l-2.5 3.5L17 12H6",
  interrupt: "M13 3L5 14h6l-1 7 8-11h-6z",
  step: "M5 5h14v14H5z",
  plus: "M12 6v12 M6 12h12",
  undo: "M9 7l-4 4 4 4 M5 11h9a5 5 0 0 1 0 10h-3",
  redo: "M15 7l4 4-4 4 M19 11h-9a5 5 0 0 0 0 10h3",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z M15.5 15.5L20 20",
  fit: "M4 9V4h5 M20 9V4h-5 M4 15v5h5 M20 15v5h-5",
  minus: "M6 12h12",
  close: "M6 6l12 12 M18 6L6 18",
  more: "M6 12h.01 M12 12h.01 M18 12h.01",
  phone: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z M11 18h2",
  help: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z M9.8 10a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5 M12 16h.01",
  up: "M12 19V5 M6 11l6-6 6 6",
  down: "M12 5v14 M6 13l6 6 6-6",
  left: "M19 12H5 M11 6l-6 6 6 6",
  right: "M5 12h14 M13 6l6 6-6 6",
  fold: "M6 9l6 6 6-6",
  bin: "M5 7h14 M10 7V5h4v2 M7 7l1 13h8l1-13",
  tree: "M12 3v6 M5 21v-5h14v5 M12 9v7",
};

export function icon(name, size = 18) {
  const paths = (PATHS[name] ?? PATHS.step).split(/ (?=M)/).map((d) => `<path d="${d}"/>`).join("");
  return `<svg class="yc-i" viewBox="0 0 24 24" width="${size}" height="${size}" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;
}

export function iconOf(block) {
  return block.kind === "step" ? block.type.split("@")[0] : block.kind;
}
