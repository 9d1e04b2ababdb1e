// Starts the canvas of a form: the hidden field keeps the tree, the workspace stands below the form, outside of it.
import { Canvas } from "./canvas.js";
import { Conditions } from "./conditions.js";
import { button, h } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Editor } from "./editor.js";
import { KEYS } from "./keyboard.js";
import { icon } from "./icons.js";
import { Menu } from "./menu.js";
import { Palette } from "./palette.js";
import { Phone } from "./phone.js";
import { Problems } from "./problems.js";
import { registerQuestions } from "./question_list.js";
import { registerPicker, steps } from "./step_picker.js";
import { Server } from "./server.js";
import { emptyTree } from "./tree.js";
import { candidates, named, titleOf } from "./words.js";

const NARROW = 1100; // on a tablet the phone lies over the drawer and begins folded

export function start(field) {
  const config = JSON.parse(document.getElementById(`${field.id}-config`).textContent);
  const palette = Object.fromEntries(config.palette.map((each) => [each.type, each]));
  const editor = new Editor({ tree: treeOf(field), palette, events: config.events, server: new Server(config.urls), store: keeper(field) });
  steps.offered = (wants) => candidates(editor.tree, wants, palette).map((block) => ({ key: block.key, title: titleOf(block, palette) }));
  steps.title = (key) => named(key, editor.tree, palette);
  registerPicker();
  registerQuestions();
  const parts = workspace(editor, config);
  const form = field.form;
  (field.closest(".nice-padding") ?? form ?? field).after(parts.node);
  field.closest("section")?.classList.add("yc-held");
  fill(parts.node);
  if (form) guard(form, editor, parts);
  parts.canvas.draw();
  parts.canvas.centre();
  editor.check();
  parts.phone.draw();
  return { editor, ...parts };
}

/** The workspace takes the rest of the window, and never less than is needed to work. */
function fill(node) {
  const size = () => { node.style.height = `${Math.max(480, innerHeight - node.offsetTop - (node.offsetParent?.getBoundingClientRect().top ?? 0))}px`; };
  size();
  addEventListener("resize", size);
  new ResizeObserver(size).observe(document.querySelector("#w-editor-form") ?? document.body);
}

/** Writes the tree into the field. Wagtail looks for changes only after its first two seconds: an edit before that is announced. */
function keeper(field) {
  let watched = !field.form;
  field.form?.addEventListener("w-unsaved:watch-edits", () => { watched = true; }, { once: true });
  return (tree) => {
    field.value = JSON.stringify(tree);
    if (!watched) field.form.setAttribute("data-w-unsaved-force-value", "true");
  };
}

function treeOf(field) {
  try {
    const tree = JSON.parse(field.value);
    return tree && Array.isArray(tree.body) ? tree : emptyTree();
  } catch {
    return emptyTree();
  }
}

function workspace(editor, config) {
  const list = new Palette(editor);
  const menu = new Menu(editor);
  const conditions = new Conditions(editor);
  const drawer = new Drawer(editor, { palette: list, conditions });
  const canvas = new Canvas(editor, { palette: list, menu, patterns: config.patterns, drawer });
  const phone = new Phone(editor);
  const problems = new Problems(editor);
  const said = h("div", { class: "yc-said", role: "status", "aria-live": "polite" });
  const toggle = button("手机", () => show(node.classList.contains("no-phone")), { class: "yc-verdict", "aria-pressed": "true" });
  const show = (on) => {
    node.classList.toggle("no-phone", !on);
    toggle.setAttribute("aria-pressed", String(on));
  };
  const moving = h("div", { class: "yc-moving", hidden: true }, h("span", {}, "正在移动：点任意一个 + 放下"), button("取消移动", () => editor.pick(null), { class: "yc-link" }));
  canvas.node.append(h("div", { class: "yc-corner" }, problems.chip, toggle), problems.node, moving);
  const node = h("div", { class: "yc-work" }, canvas.node, drawer.node, phone.node, list.node, menu.node, conditions.node, said);
  tellers(editor, { said, moving });
  phone.node.querySelector("header").append(h("button", { type: "button", class: "yc-tool", "aria-label": "收起手机", title: "收起手机", onclick: () => show(false), html: icon("close", 16) }));
  show(innerWidth > NARROW);
  return { node, canvas, drawer, phone, problems, palette: list };
}

function tellers(editor, { said, moving }) {
  let timer = 0;
  const say = (text, extra = []) => {
    if (!text) return;
    clearTimeout(timer);
    said.replaceChildren(h("span", {}, text), ...extra);
    timer = setTimeout(() => said.replaceChildren(), 10000);
  };
  editor.addEventListener("change", (event) => {
    moving.hidden = !editor.moving;
    say(event.detail.said);
  });
  editor.addEventListener("said", (event) => say(event.detail.said));
  editor.addEventListener("removed", (event) => say(`已删除“${event.detail.title}”`, [button("撤销", () => editor.undo(), { class: "yc-link" })]));
  editor.addEventListener("lacking", (event) => say(`粘贴的步骤用到这里没有的：${event.detail.lacking.map((each) => `“${each.from}”要的 ${each.to}`).join("、")}。已标为问题，请重新选。`));
  editor.addEventListener("keys", () => {
    const close = button("关上", () => box.close(), { class: "button" });
    const box = h("dialog", { class: "yc-keys", "aria-label": "按键" }, h("h2", {}, "画布的按键"), h("dl", {}, KEYS.map(([keys, words]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, words)])), close);
    document.body.append(box);
    box.addEventListener("close", () => box.remove());
    box.showModal();
  });
}

/** Sending waits for the verdict: with musts left, the first card at fault is shown instead. The word follows the draft. */
function guard(form, editor, { problems }) {
  const send = form.querySelector("[data-flow-send]");
  editor.addEventListener("checked", () => {
    const label = send?.querySelector("em");
    if (label && editor.found.takes_money !== undefined) label.textContent = editor.found.takes_money ? "送审" : "发布";
  });
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-flow-send]") || !problems.hard.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    problems.toggle(true);
    problems.node.querySelector(".yc-problem")?.click();
  }, true);
  if (location.hash === "#problems") editor.addEventListener("checked", () => problems.toggle(true), { once: true });
}

for (const field of document.querySelectorAll("input[data-flow-tree]")) field.yc = start(field);
