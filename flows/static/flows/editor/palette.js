// What may be put at a +: constructs, then the node types by family; typing narrows, arrows choose.
import { CONSTRUCTS } from "./making.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

const FAMILIES = [["care", "就医"], ["money", "钱款"], ["talk", "互动"], ["system", "系统"]];

export class Palette {
  constructor(editor) {
    this.editor = editor;
    this.search = h("input", { type: "search", placeholder: "搜步骤：名称或用途", "aria-label": "搜步骤", oninput: () => this.narrow() });
    this.list = h("div", { class: "yc-palette__list" });
    this.node = h("div", { class: "yc-palette", role: "dialog", "aria-label": "加一步", hidden: true }, h("div", { class: "yc-palette__search" }, h("span", { html: icon("search", 18) }), this.search), this.list);
    this.node.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("pointerdown", (event) => !this.node.hidden && !this.node.contains(event.target) && !event.target.closest("[data-act=add]") && this.close());
  }

  open(place, near) {
    this.place = place;
    this.opener = near;
    this.search.value = "";
    this.fill();
    this.node.hidden = false;
    this.put(near.getBoundingClientRect());
    this.search.focus({ preventScroll: true });
  }

  put(box) {
    const { offsetWidth: wide, offsetHeight: tall } = this.node;
    const left = box.right + 20 + wide < innerWidth ? box.right + 20 : Math.max(8, box.left - wide - 20);
    this.node.style.left = `${left}px`;
    this.node.style.top = `${Math.min(Math.max(8, box.top - 90), Math.max(8, innerHeight - tall - 8))}px`;
  }

  close(back = false) {
    this.node.hidden = true;
    if (back) document.querySelector(".yc-paper")?.focus({ preventScroll: true });
  }

  fill() {
    const types = Object.values(this.editor.palette);
    const kinds = h("div", { class: "yc-palette__row" }, h("span", { class: "yc-palette__head" }, "结构"), CONSTRUCTS.map((each) => this.item({ ...each, name: each.kind, small: true }, () => this.editor.addConstruct(this.place, each.kind))));
    const groups = FAMILIES.map(([family, title]) => ({ title, types: types.filter((each) => each.family === family) })).filter((each) => each.types.length);
    this.list.replaceChildren(
      kinds,
      ...groups.map((group) => h("div", { class: "yc-palette__group" }, h("span", { class: "yc-palette__head" }, group.title), h("div", { class: "yc-palette__grid" }, group.types.map((each) => this.item({ ...each, name: each.type.split("@")[0] }, () => this.editor.addType(this.place, each.type)))))),
      h("p", { class: "yc-palette__none", hidden: true }, "没有这样的步骤。换个说法试试。"),
      this.editor.clip ? this.item({ title: "粘贴", summary: `“${this.editor.clip.blocks[0].title || "复制的步骤"}”`, name: "guide", small: true }, () => this.editor.paste(this.place)) : "",
    );
  }

  item(each, deed) {
    const words = `${each.title} ${each.summary ?? ""} ${each.search ?? ""} ${each.name}`.toLowerCase();
    return h(
      "button",
      { type: "button", class: each.small ? "yc-item yc-item--small" : "yc-item", "data-words": words, title: each.summary, onclick: () => { this.close(); deed(); } },
      h("span", { class: each.small ? "yc-pill__icon" : `yc-tile yc-tile--${each.family}`, html: icon(each.name, 16) }),
      h("span", {}, h("strong", {}, each.title), each.small ? null : h("small", {}, each.brief ?? each.summary)),
    );
  }

  items() {
    return [...this.list.querySelectorAll(".yc-item:not([hidden])")];
  }

  narrow() {
    const wanted = this.search.value.trim().toLowerCase();
    for (const each of this.list.querySelectorAll(".yc-item")) each.hidden = !each.dataset.words.includes(wanted);
    for (const group of this.list.querySelectorAll(".yc-palette__group, .yc-palette__row")) group.hidden = !group.querySelector(".yc-item:not([hidden])");
    this.list.querySelector(".yc-palette__none").hidden = this.items().length > 0;
  }

  key(event) {
    const items = this.items();
    const at = items.indexOf(document.activeElement);
    const go = (to) => { event.preventDefault(); items[(to + items.length) % items.length]?.focus(); };
    if (event.key === "Escape") { event.stopPropagation(); this.close(true); }
    else if (event.key === "ArrowDown" || event.key === "ArrowRight") { if (at >= 0 || event.key === "ArrowDown") go(at + 1); }
    else if (event.key === "ArrowUp" || event.key === "ArrowLeft") { if (at >= 0) go(at - 1); }
    else if (event.key === "Enter" && at < 0) { event.preventDefault(); items[0]?.click(); }
  }
}
