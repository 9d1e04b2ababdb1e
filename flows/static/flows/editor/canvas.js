// The drawn tree: keeps the picture in step with the editor, and turns taps into edits.
import { drawing, join } from "./draw.js";
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { locate } from "./tree.js";
import { startDragging } from "./dragging.js";
import { onKey } from "./keyboard.js";

const LEAST = 0.4;
const MOST = 1.5;

export class Canvas {
  constructor(editor, { palette, menu, patterns, drawer }) {
    Object.assign(this, { editor, palette, menu, patterns, drawer });
    this.zoom = 1;
    this.paper = h("div", { class: "yc-paper", role: "tree", tabindex: "0", "aria-label": "流程，用方向键走动，按问号看按键" });
    this.scroll = h("div", { class: "yc-scroll" }, this.paper);
    this.tools = this.toolbar();
    this.node = h("div", { class: "yc-canvas" }, this.tools, this.scroll);
    this.paper.addEventListener("click", (event) => this.tap(event));
    this.paper.addEventListener("dblclick", (event) => event.target.closest("[data-key]") && this.rename());
    this.paper.addEventListener("contextmenu", (event) => this.context(event));
    this.paper.addEventListener("keydown", (event) => onKey(event, this));
    this.scroll.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.scroll.addEventListener("pointerdown", (event) => this.pan(event));
    startDragging(this);
    editor.addEventListener("change", () => this.draw());
    editor.addEventListener("checked", () => this.draw());
    editor.addEventListener("select", (event) => this.mark(event.detail));
  }

  toolbar() {
    const tool = (name, label, deed) => h("button", { type: "button", class: "yc-tool", "aria-label": label, title: label, onclick: deed, html: icon(name) });
    this.undoTool = tool("undo", "撤销（Ctrl+Z）", () => this.editor.undo());
    this.redoTool = tool("redo", "重做（Ctrl+Shift+Z）", () => this.editor.redo());
    this.percent = button("100%", () => this.setZoom(1), { class: "yc-tool yc-tool--text", title: "回到 100%", "aria-label": "缩放 100%，点一下回到 100%" });
    this.find = h("input", { type: "search", class: "yc-find", placeholder: "找步骤", "aria-label": "找步骤", oninput: () => this.search(), onkeydown: (event) => event.key === "Enter" && (event.preventDefault(), this.search(true)) });
    return h(
      "div",
      { class: "yc-tools", role: "toolbar", "aria-label": "画布工具" },
      this.undoTool, this.redoTool,
      tool("minus", "缩小", () => this.setZoom(this.zoom - 0.1)), this.percent, tool("plus", "放大", () => this.setZoom(this.zoom + 0.1)),
      tool("fit", "看全图（0）", () => this.fit()),
      h("span", { class: "yc-tools__find" }, h("span", { html: icon("search", 16) }), this.find),
    );
  }

  draw() {
    const { editor } = this;
    const { scrollTop, scrollLeft } = this.scroll;
    const focused = document.activeElement === this.paper;
    this.paper.replaceChildren(...drawing({ tree: editor.tree, palette: editor.palette, events: editor.events, selected: editor.selected, collapsed: editor.collapsed, faults: editor.faults, sentences: editor.found.sentences, moving: editor.moving }).flat().filter(Boolean));
    this.paper.classList.toggle("is-choosing", Boolean(editor.moving));
    this.undoTool.disabled = !editor.history.past.length;
    this.redoTool.disabled = !editor.history.future.length;
    for (const spot of this.paper.querySelectorAll("[data-patterns]")) spot.append(...this.patterns.map((each) => button(each.title, () => this.usePattern(each), { class: "yc-way", title: each.note })));
    join(this.paper);
    this.scroll.scrollTop = scrollTop;
    this.scroll.scrollLeft = scrollLeft;
    if (focused) this.paper.focus({ preventScroll: true });
    this.active();
  }

  usePattern(pattern) {
    const { tree } = this.editor;
    this.editor.change({ ...structuredClone(pattern.tree), code: tree.code, title: tree.title || pattern.tree.title }, { said: `已用样板“${pattern.title}”开始` });
    this.fit();
  }

  active() {
    const { selected } = this.editor;
    if (selected && this.card(selected)) this.paper.setAttribute("aria-activedescendant", `yc-node-${selected}`);
    else this.paper.removeAttribute("aria-activedescendant");
  }

  card(key) {
    return this.paper.querySelector(`#yc-node-${CSS.escape(key)}`);
  }

  mark({ key, focus }) {
    for (const each of this.paper.querySelectorAll(".is-selected")) {
      each.classList.remove("is-selected");
      each.setAttribute("aria-selected", "false");
    }
    let card = key && this.card(key);
    if (key && !card && locate(this.editor.tree, key)) {
      this.editor.reveal(key);
      this.draw();
      card = this.card(key);
    }
    if (card) {
      card.classList.add("is-selected");
      card.setAttribute("aria-selected", "true");
      card.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.active();
    if (focus) this.paper.focus({ preventScroll: true });
  }

  // Taps

  tap(event) {
    const act = event.target.closest("[data-act]");
    const card = event.target.closest("[data-key]");
    if (act) return this.act(act, event);
    if (card) return this.editor.select(card.dataset.key, { focus: true });
    if (this.editor.moving) this.editor.pick(null);
    return this.editor.select(null);
  }

  act(node, event) {
    const { editor } = this;
    const { act, of, case: part } = node.dataset;
    const place = this.placeOf(node);
    if (editor.moving && place) return editor.moveTo(editor.moving, place);
    if (act === "add") return this.palette.open(place, node);
    if (act === "menu") {
      editor.select(node.closest("[data-key]").dataset.key, { drawer: false });
      return this.menu.open(editor.selected, node, event);
    }
    if (act === "otherwise" || act === "exhausted") return editor.answer(`${of}/${act}`);
    editor.select(of, { focus: false });
    return this.drawer.show(act, part ?? node.dataset.port);
  }

  placeOf(node) {
    const spot = node.closest("[data-sequence]");
    return spot ? { sequence: spot.dataset.sequence, index: Number(spot.dataset.index) } : null;
  }

  context(event) {
    const card = event.target.closest("[data-key]");
    if (!card) return;
    event.preventDefault();
    this.editor.select(card.dataset.key, { drawer: false });
    this.menu.open(card.dataset.key, card, event);
  }

  rename() {
    this.drawer.show("title");
  }

  // Looking round

  setZoom(to) {
    this.zoom = Math.min(MOST, Math.max(LEAST, Math.round(to * 20) / 20));
    this.paper.style.zoom = String(this.zoom);
    this.percent.textContent = `${Math.round(this.zoom * 100)}%`;
    this.percent.setAttribute("aria-label", `缩放 ${this.percent.textContent}，点一下回到 100%`);
  }

  fit() {
    this.setZoom(1);
    const wide = this.scroll.clientWidth / this.paper.scrollWidth;
    const tall = this.scroll.clientHeight / this.paper.scrollHeight;
    this.setZoom(Math.floor(Math.min(1, wide, tall) * 20) / 20);
  }

  centre() {
    this.scroll.scrollLeft = (this.scroll.scrollWidth - this.scroll.clientWidth) / 2;
  }

  wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.setZoom(this.zoom - Math.sign(event.deltaY) * 0.1);
  }

  /** Hold empty ground to move the picture. */
  pan(event) {
    if (event.button !== 0 || event.pointerType === "touch" || event.target.closest("button, [data-key], input")) return;
    const from = { x: event.clientX, y: event.clientY, left: this.scroll.scrollLeft, top: this.scroll.scrollTop };
    const glide = (move) => {
      this.scroll.scrollLeft = from.left - (move.clientX - from.x);
      this.scroll.scrollTop = from.top - (move.clientY - from.y);
    };
    const stop = () => {
      window.removeEventListener("pointermove", glide);
      window.removeEventListener("pointerup", stop);
    };
    window.addEventListener("pointermove", glide);
    window.addEventListener("pointerup", stop);
  }

  search(next = false) {
    const wanted = this.find.value.trim().toLowerCase();
    const hits = wanted ? [...this.paper.querySelectorAll("[data-key]")].filter((each) => each.textContent.toLowerCase().includes(wanted)) : [];
    if (!hits.length) return;
    const at = hits.findIndex((each) => each.dataset.key === this.editor.selected);
    this.editor.select(hits[next ? (at + 1) % hits.length : Math.max(at, 0)].dataset.key, { drawer: false });
  }
}
