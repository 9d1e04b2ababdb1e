// The patient's screen of the draft, beside the canvas: at the selected step, in a chosen state, normal or elder.
import { h, rest, select } from "./dom.js";
import { locate, walk } from "./tree.js";

const STATES = [["now", "轮到这一步"], ["future", "还没到"], ["waiting", "等医院办理"], ["done", "已完成"], ["skipped", "已免除"], ["trouble", "工作人员处理中"]];

export class Phone {
  constructor(editor) {
    this.editor = editor;
    this.state = "now";
    this.elder = false;
    this.glass = h("div", { class: "yc-phone__glass", "aria-live": "off" });
    this.mode = h("button", { type: "button", class: "yc-seg", "aria-pressed": "false", onclick: () => this.turn() }, "长辈版");
    this.node = h(
      "section",
      { class: "yc-phone", "aria-label": "患者看到的" },
      h("header", {}, h("h2", {}, "患者看到的"), this.mode),
      select(STATES, this.state, (state) => { this.state = state; this.draw(); }, { "aria-label": "看哪种状态" }),
      h("div", { class: "yc-phone__frame" }, this.glass),
      h("p", { class: "yc-f__hint" }, "改动约 1 秒后刷新。号码、金额是例子。"),
    );
    this.soon = rest(() => this.draw(), 500);
    editor.addEventListener("change", (event) => !event.detail.quiet && this.soon());
    editor.addEventListener("select", () => this.soon());
  }

  turn() {
    this.elder = !this.elder;
    this.mode.setAttribute("aria-pressed", String(this.elder));
    this.draw();
  }

  /** The selected step, or the first step inside what is selected, or the first of all. */
  get at() {
    const { tree, selected } = this.editor;
    const chosen = selected && locate(tree, selected)?.block;
    if (chosen?.kind === "step") return chosen.key;
    const inside = chosen ? walk({ body: [chosen] }) : walk(tree);
    return inside.find(({ block }) => block.kind === "step")?.block.key ?? null;
  }

  async draw() {
    this.controller?.abort();
    this.controller = new AbortController();
    try {
      this.glass.innerHTML = await this.editor.server.preview(this.editor.tree, this.at, this.state, this.elder, this.controller.signal);
      this.glass.classList.toggle("is-elder", this.elder);
    } catch (problem) {
      if (problem.name !== "AbortError") this.glass.replaceChildren(h("p", { class: "yc-say is-wrong" }, problem.message));
    }
  }
}
