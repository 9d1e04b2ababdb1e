// What may be done with a card: the ⋯ and the right button open the same menu.
import { button, h } from "./dom.js";
import { locate } from "./tree.js";

export class Menu {
  constructor(editor) {
    this.editor = editor;
    this.node = h("div", { class: "yc-menu", role: "menu", hidden: true });
    this.node.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("pointerdown", (event) => !this.node.contains(event.target) && this.close());
  }

  open(key, near, event) {
    const { editor } = this;
    const block = locate(editor.tree, key).block;
    const folds = block.kind !== "step" && block.kind !== "leave";
    const item = (label, hint, deed) => button([h("span", {}, label), h("kbd", {}, hint)], () => { this.close(); deed(); }, { role: "menuitem" });
    this.node.replaceChildren(
      item("改设置", "Enter", () => editor.select(key)),
      item("移动…", "M", () => { editor.pick(key); editor.select(key, { focus: true, drawer: false }); }),
      item("上移", "Alt+↑", () => editor.shift(key, -1)),
      item("下移", "Alt+↓", () => editor.shift(key, 1)),
      item("复制", "Ctrl+C", () => editor.copy(key)),
      item("剪切", "Ctrl+X", () => editor.cut(key)),
      item("再来一个", "Ctrl+D", () => editor.duplicate(key)),
      editor.clip ? item("粘贴到后面", "Ctrl+V", () => { const found = locate(editor.tree, key); editor.paste({ sequence: found.address, index: found.index + 1 }); }) : "",
      folds ? item(editor.collapsed.has(key) ? "展开" : "收起", "Space", () => editor.fold(key)) : "",
      item("删除", "Delete", () => editor.remove(key)),
    );
    this.node.hidden = false;
    const box = near.getBoundingClientRect();
    const at = event?.type === "contextmenu" ? { x: event.clientX, y: event.clientY } : { x: box.right, y: box.bottom };
    this.node.style.left = `${Math.min(at.x, innerWidth - this.node.offsetWidth - 8)}px`;
    this.node.style.top = `${Math.min(at.y, innerHeight - this.node.offsetHeight - 8)}px`;
    this.node.querySelector("button").focus();
  }

  close() {
    this.node.hidden = true;
  }

  key(event) {
    const items = [...this.node.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length].focus();
    else if (event.key === "Escape") { this.close(); document.querySelector(".yc-paper")?.focus({ preventScroll: true }); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
