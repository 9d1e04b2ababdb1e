// Drag a card to a +. Six pixels begin a drag; every + where it may land shows; Esc puts it back.
import { isInside } from "./tree.js";
import { titleOf } from "./words.js";
import { locate } from "./tree.js";
import { h } from "./dom.js";

const BEGINS = 6;
const NEAR = 90;
const EDGE = 48;

export function startDragging(canvas) {
  canvas.paper.addEventListener("pointerdown", (event) => {
    const card = event.target.closest("[data-key]");
    if (!card || event.button !== 0 || event.target.closest("[data-act]") || event.pointerType === "touch") return;
    follow(canvas, card.dataset.key, event);
  });
}

function follow(canvas, key, begun) {
  const { editor, paper } = canvas;
  let drag = null;
  const moved = (event) => {
    if (!drag && Math.hypot(event.clientX - begun.clientX, event.clientY - begun.clientY) < BEGINS) return;
    drag ??= begin(canvas, key);
    event.preventDefault();
    hover(canvas, drag, event);
  };
  const end = (event) => {
    stop();
    if (!drag) return;
    const place = event.type === "pointerup" ? drag.place : null;
    finish(canvas, drag);
    if (place) editor.moveTo(key, place);
    paper.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => paper.removeEventListener("click", swallow, { capture: true }), 0);
  };
  const escape = (event) => event.key === "Escape" && end(event);
  const stop = () => {
    window.removeEventListener("pointermove", moved);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
    window.removeEventListener("keydown", escape, true);
  };
  window.addEventListener("pointermove", moved);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
  window.addEventListener("keydown", escape, true);
}

function swallow(event) {
  event.stopPropagation();
}

function begin(canvas, key) {
  const { editor, paper } = canvas;
  const ghost = h("div", { class: "yc-ghost" }, titleOf(locate(editor.tree, key).block, editor.palette));
  document.body.append(ghost);
  paper.classList.add("is-dragging");
  canvas.card(key)?.classList.add("is-moving");
  const spots = [...paper.querySelectorAll("[data-sequence]")].filter((each) => !isInside(editor.tree, key, each.dataset.sequence));
  for (const spot of spots) spot.classList.add("is-spot");
  return { key, ghost, spots, place: null };
}

function hover(canvas, drag, event) {
  drag.ghost.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 12}px)`;
  const near = drag.spots
    .map((spot) => ({ spot, box: spot.getBoundingClientRect() }))
    .map(({ spot, box }) => ({ spot, far: Math.hypot(event.clientX - (box.left + box.width / 2), event.clientY - (box.top + box.height / 2)) }))
    .sort((a, b) => a.far - b.far)[0];
  for (const spot of drag.spots) spot.classList.toggle("is-near", near?.spot === spot && near.far < NEAR);
  drag.place = near && near.far < NEAR ? canvas.placeOf(near.spot) : null;
  scrollAtEdge(canvas.scroll, event);
}

function scrollAtEdge(scroll, event) {
  const box = scroll.getBoundingClientRect();
  if (event.clientY < box.top + EDGE) scroll.scrollTop -= 14;
  if (event.clientY > box.bottom - EDGE) scroll.scrollTop += 14;
  if (event.clientX < box.left + EDGE) scroll.scrollLeft -= 14;
  if (event.clientX > box.right - EDGE) scroll.scrollLeft += 14;
}

function finish(canvas, drag) {
  drag.ghost.remove();
  canvas.paper.classList.remove("is-dragging");
  for (const each of canvas.paper.querySelectorAll(".is-spot, .is-near, .is-moving")) each.classList.remove("is-spot", "is-near", "is-moving");
}
