// The panel at the right: settings of what is selected. Steps by their StructBlock, constructs by forms of their own.
import { constructForm, interruptList } from "./constructs.js";
import { button, check, field, h, select } from "./dom.js";
import { icon, iconOf } from "./icons.js";
import { settingsForm } from "./settings.js";
import { FLOW, locate, stepsIn } from "./tree.js";
import { factsOf, mainOf, minutesIn, minutesWords, outcomesOf, titleOf, typeOf } from "./words.js";

const BEGINS = { care: "就医", money: "钱款", talk: "互动", system: "系统" };

export class Drawer {
  constructor(editor, { palette, conditions }) {
    Object.assign(this, { editor, palette, conditions });
    this.node = h("section", { class: "yc-drawer", "aria-label": "设置" });
    this.own = false;
    editor.addEventListener("select", (event) => event.detail.drawer && !this.isCurrent() && this.render());
    editor.addEventListener("change", () => !this.own && this.render());
    editor.addEventListener("checked", () => this.showMessages?.(editor.found.fields[editor.selected]));
    this.node.addEventListener("keydown", (event) => event.key === "Escape" && editor.select(editor.selected, { focus: true }));
    this.render();
  }

  get isOpen() {
    return !this.node.hidden;
  }

  isCurrent() {
    return this.drawn?.key === this.editor.selected && this.drawn.tree === this.editor.tree;
  }

  /** An edit that this drawer's own fields show already: the picture changes, the fields keep their focus. */
  quietly(deed) {
    this.own = true;
    deed();
    this.own = false;
  }

  edit(key, deed, tag) {
    this.quietly(() => this.editor.update(key, deed, { tag: `${tag}:${key}` }));
  }

  render() {
    const { editor } = this;
    const block = editor.selected && locate(editor.tree, editor.selected)?.block;
    this.showMessages = null;
    this.attached = null;
    this.drawn = { key: editor.selected, tree: editor.tree };
    this.node.replaceChildren(...(block ? [this.head(block), h("div", { class: "yc-drawer__body" }, block.kind === "step" ? this.step(block) : [this.title(block), constructForm(this, block)])] : [this.overview()]));
    this.attached?.();
    this.showMessages?.(editor.found.fields[editor.selected]);
  }

  head(block) {
    const { editor } = this;
    const family = block.kind === "step" ? editor.palette[block.type]?.family ?? "system" : "system";
    return h(
      "header",
      { class: "yc-drawer__head" },
      h("span", { class: `yc-tile yc-tile--${family}`, html: icon(iconOf(block), 20) }),
      h("div", {}, h("h2", {}, titleOf(block, editor.palette)), h("p", {}, [block.kind === "step" ? BEGINS[family] : "结构", typeOf(block, editor.palette)].join(" · "))),
      h("button", { type: "button", class: "yc-tool", "aria-label": "关上设置", title: "关上（Esc）", onclick: () => editor.select(null, { focus: true }), html: icon("close") }),
    );
  }

  title(block) {
    if (block.kind === "leave") return null;
    const input = h("input", { type: "text", value: block.title ?? "", maxlength: 40, "data-title": true });
    input.addEventListener("input", () => {
      this.edit(block.key, (each) => { each.title = input.value; }, "title");
      this.node.querySelector("h2").textContent = input.value || typeOf(block, this.editor.palette);
    });
    return field(block.kind === "step" ? "患者看到的名称" : "名称", input);
  }

  step(block) {
    const { editor } = this;
    const node = editor.palette[block.type];
    if (!node) return [h("p", { class: "yc-say is-wrong" }, "这里没有安装这种步骤，请删除，或请信息科安装。"), this.title(block)];
    const form = h("div", { class: "yc-settings" });
    this.attached = () => this.settings(form, block, node);
    return [h("p", { class: "yc-drawer__lead" }, node.summary), this.title(block), form, this.outcomes(block), this.more(block, node)];
  }

  /** Wagtail's folding panels look for their content in the page, so this comes when the form stands there. */
  settings(form, block, node) {
    try {
      this.showMessages = settingsForm(form, block, node, (settings) => this.edit(block.key, (each) => { each.settings = settings; }, "settings"));
    } catch (problem) {
      form.replaceChildren(h("p", { class: "yc-say is-wrong" }, "设置没有画出来，请刷新页面。已填的内容没有丢。"));
      console.error(problem);
    }
  }

  outcomes(block) {
    const { editor } = this;
    const others = outcomesOf(block, editor.palette);
    if (!others.length) return null;
    const open = others.filter((each) => !block.ports?.[each.key]).length;
    return h(
      "section",
      { class: "yc-part", "data-part": "port" },
      h("h3", {}, "出口去向", open ? h("small", { class: "is-wrong" }, `${open} 个没有去处`) : null),
      h("div", { class: "yc-exit" }, h("span", { class: "yc-out yc-out--main" }, mainOf(block, editor.palette)), h("span", {}, "继续下一步")),
      others.map((each) => this.exit(block, each)),
    );
  }

  exit(block, outcome) {
    const { editor } = this;
    const address = `${block.key}/port/${outcome.key}`;
    const body = block.ports?.[outcome.key];
    const place = { sequence: address, index: body?.length ?? 0 };
    const add = button("加一步", (event) => this.palette.open(place, event.currentTarget), { class: "yc-link", "data-act": "add" });
    const says = body === undefined ? h("span", { class: "is-wrong" }, "没有去处") : h("span", {}, body.length ? `${body.reduce((sum, each) => sum + stepsIn(each), 0)} 步后继续` : "照常往下");
    const deed = body === undefined ? button("照常往下", () => editor.answer(address), { class: "yc-link" }) : button(body.length ? "清空" : "撤掉", () => editor.unanswer(address), { class: "yc-link" });
    return h("div", { class: "yc-exit", "data-exit": outcome.key }, h("span", { class: `yc-out${body === undefined ? " is-wrong" : ""}` }, outcome.title), says, h("span", { class: "yc-exit__deeds" }, outcome.strange ? null : add, deed));
  }

  more(block, node) {
    const usual = node.after ? `不填就是 ${minutesWords(node.after)}` : "不填就一直等";
    const after = h("input", { type: "number", min: 1, max: 525600, value: block.timeout?.after ?? "", placeholder: node.after ?? "" });
    const ends = select([["", `通常：${node.outcomes.find((each) => each.key === node.late)?.title ?? "没有"}`], ...node.outcomes.map((each) => [each.key, each.title])], block.timeout?.outcome ?? "", () => keep());
    const keep = () => this.edit(block.key, (each) => { each.timeout = after.value ? { after: Number(after.value), outcome: ends.value || null } : null; }, "timeout");
    after.addEventListener("input", keep);
    const set = block.timeout || block.skippable || block.reminders?.length || block.match;
    return h(
      "details",
      { class: "yc-more", open: Boolean(set) },
      h("summary", {}, "更多", set ? h("small", {}, "改过") : null),
      field("最多等多少分钟", after, usual),
      field("到时算作", ends),
      this.reminders(block, node),
      this.match(block, node),
      check("工作人员可以免除这一步", block.skippable, (on) => this.edit(block.key, (each) => { each.skippable = on; }, "skippable")),
    );
  }

  /** Minutes after entry; the patient is told once more, or the role that works the step. */
  reminders(block, node) {
    const input = h("input", { type: "text", inputmode: "numeric", value: (block.reminders ?? []).join("、"), placeholder: "例如 30、60", "data-reminders": true });
    input.addEventListener("input", () => this.edit(block.key, (each) => { each.reminders = minutesIn(input.value); }, "reminders"));
    return field("过多少分钟提醒", input, node.actor === "staff" ? "提醒负责的岗位；可以填几个" : "提醒患者；可以填几个");
  }

  /** By whose number the events of HIS find this step; only where HIS tells of it. */
  match(block, node) {
    if (!node.match && !block.match) return null;
    const known = factsOf(this.editor.tree, this.editor.palette, block.key);
    const lost = block.match && !known.some(([name]) => name === block.match) ? [[block.match, `${block.match}（已不在流程里）`]] : [];
    const ways = select([["", "按这次就诊"], ...known, ...lost], block.match ?? "", (name) => this.edit(block.key, (each) => { each.match = name || null; }, "match"));
    return field("按哪个单号对应 HIS 的消息", ways, "一次就诊里有几张单子时才要选");
  }

  overview() {
    const { editor } = this;
    const count = editor.tree.body.reduce((sum, each) => sum + stepsIn(each), 0);
    return h(
      "div",
      { class: "yc-drawer__body" },
      h("h2", { class: "yc-drawer__plain" }, "整个流程"),
      h("p", { class: "yc-drawer__lead" }, count ? `${count} 步。点一张卡片看它的设置；按 ? 看按键。` : "还没有步骤。"),
      interruptList(this, FLOW, editor.tree.interrupts ?? []),
    );
  }

  /** Bring a part into view: "title", "first", "case", "port", "interrupt". */
  show(part, key = "") {
    this.editor.select(this.editor.selected);
    const spot = part === "title" ? this.node.querySelector("[data-title]") : part === "first" ? this.node.querySelector("input, textarea, select") : this.node.querySelector(`[data-${part === "port" ? "exit" : part}="${CSS.escape(key)}"]`);
    if (!spot) return;
    spot.scrollIntoView({ block: "center" });
    (spot.matches("input, textarea, select") ? spot : spot.querySelector("input, button"))?.focus({ preventScroll: true });
    if (part === "title") spot.select();
  }
}
