// Forms of the constructs: branch, parallel, repeat, scope, leave, and the interrupts of scopes and of the flow.
import { button, check, field, h, select } from "./dom.js";
import { icon } from "./icons.js";
import { blankCondition, makeCase, makeInterrupt, makeLane } from "./making.js";
import { FLOW, locate, stepsIn } from "./tree.js";
import { named } from "./words.js";

export function constructForm(drawer, block) {
  return { branch, parallel, repeat, scope, leave }[block.kind](drawer, block);
}

const steps = (blocks) => `${blocks.reduce((sum, each) => sum + stepsIn(each), 0)} 步`;

function small(name, label, deed, off = false) {
  return h("button", { type: "button", class: "yc-tool", "aria-label": label, title: label, disabled: off, onclick: deed, html: icon(name, 16) });
}

function swap(list, at, by) {
  [list[at], list[at + by]] = [list[at + by], list[at]];
}

/** One row of several (way, lane): title, deeds, what else. */
function row(drawer, block, list, at, { noun, least, rest, attribute }) {
  const each = block[list][at];
  const input = h("input", { type: "text", value: each.title, maxlength: 40, "aria-label": `${noun}的名称` });
  input.addEventListener("input", () => drawer.edit(block.key, (one) => { one[list][at].title = input.value; }, `${list}${at}`));
  const change = (deed) => drawer.editor.update(block.key, deed);
  return h(
    "div",
    { class: "yc-row-box", [attribute]: each.key },
    h(
      "div",
      { class: "yc-row-box__head" },
      h("span", { class: "yc-nth" }, String(at + 1)),
      input,
      small("left", `往左移${noun}`, () => change((one) => swap(one[list], at, -1)), at === 0),
      small("right", `往右移${noun}`, () => change((one) => swap(one[list], at, 1)), at === block[list].length - 1),
      small("bin", `删除${noun}（里面有 ${steps(each.body)}）`, () => change((one) => one[list].splice(at, 1)), block[list].length <= least),
    ),
    rest,
  );
}

function branch(drawer, block) {
  const { editor } = drawer;
  return [
    h("p", { class: "yc-drawer__lead" }, "从左到右看，走第一条符合的路。"),
    block.cases.map((each, at) =>
      row(drawer, block, "cases", at, {
        noun: "这条路", least: 1, attribute: "data-case",
        rest: sentence(drawer, { title: `什么时候走“${each.title || "这条路"}”`, note: `条件分支“${block.title}” · 第 ${at + 1} 条路`, condition: each.when, at: block.key, words: editor.found.sentences[each.key], save: (when) => editor.update(block.key, (one) => { one.cases[at].when = when; }) }),
      }),
    ),
    button("加一条路", () => editor.update(block.key, (one, tree) => one.cases.push(makeCase(tree, one.cases.length + 1))), { class: "yc-link", disabled: block.cases.length >= 12 }),
    check("其余情况有去处", Boolean(block.otherwise), (on) => (on ? editor.answer(`${block.key}/otherwise`) : editor.unanswer(`${block.key}/otherwise`))),
  ];
}

function sentence(drawer, { title, note, condition, at, words, save }) {
  return h(
    "div",
    { class: "yc-sentence" },
    h("p", {}, words || "还没有写条件"),
    button("改条件…", () => drawer.conditions.open({ title, note, condition, at, save }), { class: "yc-link" }),
  );
}

function parallel(drawer, block) {
  const { editor } = drawer;
  const needs = [["all", "全部完成"], ...block.lanes.slice(1).map((_, n) => [String(n + 1), n ? `任意 ${n + 1} 条完成` : "任意 1 条完成，先到先得"])];
  return [
    block.lanes.map((_, at) => row(drawer, block, "lanes", at, { noun: "这条线", least: 2, attribute: "data-lane", rest: null })),
    button("加一条线", () => editor.update(block.key, (one, tree) => one.lanes.push(makeLane(tree, one.lanes.length + 1))), { class: "yc-link", disabled: block.lanes.length >= 8 }),
    field("什么时候往下走", select(needs, String(block.need), (need) => editor.update(block.key, (one) => { one.need = need === "all" ? "all" : Number(need); }))),
    block.need === "all" ? null : field("没等到的线，已办的怎么办", select([["undo", "退回已办的（例如退款）"], ["keep", "保留"]], block.losers, (losers) => editor.update(block.key, (one) => { one.losers = losers; }))),
  ];
}

function repeat(drawer, block) {
  const { editor } = drawer;
  const most = h("input", { type: "number", min: 1, max: 20, value: block.at_most ?? "" });
  most.addEventListener("input", () => drawer.edit(block.key, (one) => { one.at_most = most.value ? Number(most.value) : null; }, "at_most"));
  return [
    h("section", { class: "yc-part" }, h("h3", {}, "直到"), sentence(drawer, { title: "重复到什么时候", note: `重复“${block.title}”`, condition: block.until ?? blankCondition(), at: block.key, words: editor.found.sentences[block.key], save: (until) => editor.update(block.key, (one) => { one.until = until; }) })),
    field("最多几次", most, "1 到 20 次"),
    check("次数用完有去处", Boolean(block.exhausted), (on) => (on ? editor.answer(`${block.key}/exhausted`) : editor.unanswer(`${block.key}/exhausted`))),
  ];
}

function scope(drawer, block) {
  return [h("p", { class: "yc-drawer__lead" }, "在这段里，发生下面的事就不再往下走，转去办对应的步骤。"), interruptList(drawer, block.key, block.interrupts)];
}

function leave(drawer, block) {
  const { editor } = drawer;
  const around = locate(editor.tree, block.key).parents.filter((each) => each.kind === "scope").reverse();
  const targets = [...around.map((each) => [each.key, `“${each.title || "范围"}”这一段`]), [FLOW, "整个流程"]];
  if (!targets.some(([key]) => key === block.of)) targets.push([block.of, `${named(block.of, editor.tree, editor.palette)}（不在它的外层）`]);
  return [
    field("结束", select(targets, block.of, (of) => editor.update(block.key, (one) => { one.of = of; }))),
    check("退回已办的步骤（例如退款、退号）", block.undo, (on) => editor.update(block.key, (one) => { one.undo = on; })),
  ];
}

/** What may strike while one is inside a scope, or anywhere in the flow. */
export function interruptList(drawer, owner, list) {
  const { editor } = drawer;
  const free = Object.keys(editor.events).find((event) => !list.some((each) => each.on === event)) ?? null;
  const add = () => editor.update(owner, (one, tree) => { one.interrupts = [...(one.interrupts ?? []), makeInterrupt(tree, { on: free, after: free ? null : 60, title: free ? editor.events[free] : "超时" })]; });
  return h(
    "section",
    { class: "yc-part" },
    h("h3", {}, owner === FLOW ? "就诊期间随时可能发生" : "期间可能发生"),
    list.map((each, at) => interrupt(drawer, owner, each, at)),
    button("加一种情况", add, { class: "yc-link" }),
  );
}

function interrupt(drawer, owner, each, at) {
  const { editor } = drawer;
  const change = (deed) => editor.update(owner, (one) => deed(one.interrupts[at]));
  const title = h("input", { type: "text", value: each.title, maxlength: 40, "aria-label": "名称" });
  title.addEventListener("input", () => drawer.edit(owner, (one) => { one.interrupts[at].title = title.value; }, `interrupt${at}`));
  const events = { ...editor.events, ...(each.on && !editor.events[each.on] ? { [each.on]: each.on } : {}) };
  const when = select([...Object.entries(events), ["", "在里面超过一段时间"]], each.on ?? "", (on) => change((one) => { one.on = on || null; one.after = on ? null : 60; }), { "aria-label": "什么时候" });
  const minutes = h("input", { type: "number", min: 1, max: 525600, value: each.after ?? "", "aria-label": "多少分钟" });
  minutes.addEventListener("input", () => drawer.edit(owner, (one) => { one.interrupts[at].after = minutes.value ? Number(minutes.value) : null; }, `after${at}`));
  return h(
    "div",
    { class: "yc-row-box", "data-interrupt": each.key },
    h("div", { class: "yc-row-box__head" }, title, small("bin", `删除这种情况（里面有 ${steps(each.body)}）`, () => editor.update(owner, (one) => one.interrupts.splice(at, 1)))),
    when,
    each.on ? null : h("label", { class: "yc-inline" }, minutes, h("span", {}, "分钟")),
    check("退回已办的步骤", each.undo, (on) => change((one) => { one.undo = on; })),
    h("p", { class: "yc-f__hint" }, `之后办 ${steps(each.body)}，在画布上加。`),
  );
}
