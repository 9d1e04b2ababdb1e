// The list of what is wrong: musts first, advice after; a tap jumps to the card.
import { button, h } from "./dom.js";
import { holder } from "./tree.js";

export class Problems {
  constructor(editor) {
    this.editor = editor;
    this.node = h("section", { class: "yc-problems", "aria-label": "问题" });
    this.chip = button("", () => this.toggle(), { class: "yc-verdict", "aria-expanded": "false" });
    this.node.hidden = true;
    editor.addEventListener("checked", () => this.draw());
  }

  get hard() {
    return this.editor.found.faults.filter((each) => each.severity === "E");
  }

  toggle(open = this.node.hidden) {
    this.node.hidden = !open;
    this.chip.setAttribute("aria-expanded", String(open));
    if (open) this.node.querySelector("button")?.focus({ preventScroll: true });
  }

  draw() {
    const { faults, failed } = this.editor.found;
    const hard = this.hard.length;
    const soft = faults.length - hard;
    this.chip.className = `yc-verdict ${failed ? "is-unknown" : hard ? "is-wrong" : soft ? "is-soft" : "is-good"}`;
    this.chip.textContent = failed ? "还没查成" : hard ? `${hard} 处问题，暂不能发布` : soft ? `可以发布，${soft} 条建议` : "可以发布";
    const rows = [...this.hard, ...faults.filter((each) => each.severity === "W")].map((each) => this.row(each));
    this.node.replaceChildren(
      h("header", { class: "yc-problems__head" }, h("h2", {}, "问题"), h("span", {}, failed || `${hard} 个必须改 · ${soft} 条建议`), button("收起", () => this.toggle(false), { class: "yc-link" })),
      rows.length ? h("ol", {}, rows) : h("p", { class: "yc-f__hint" }, failed ? "改动还在，可以先保存草稿。" : "查过了结构、出口、条件、时限和收费用途，没有问题。"),
    );
  }

  row(fault) {
    const go = () => {
      const block = fault.keys.map((key) => holder(this.editor.tree, key)).find(Boolean);
      if (block) this.editor.select(block.key, { focus: true });
    };
    return h("li", {}, h("button", { type: "button", class: `yc-problem${fault.severity === "E" ? " is-wrong" : ""}`, "data-code": fault.code, onclick: go }, h("span", { class: "yc-problem__kind" }, fault.severity === "E" ? "必须改" : "建议"), h("span", {}, fault.text)));
  }
}
