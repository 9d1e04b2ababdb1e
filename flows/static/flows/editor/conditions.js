// The condition dialog: fact, operator, value, in groups of all or any; it reads back as one sentence (the server's own).
import { button, h, rest, select } from "./dom.js";
import { icon } from "./icons.js";
import { blankCondition } from "./making.js";
import { valueField } from "./values.js";

const DEEPEST = 3;

export class Conditions {
  constructor(editor) {
    this.editor = editor;
    this.words = h("p", { class: "yc-cond__words", "aria-live": "polite" });
    this.wrong = h("ul", { class: "yc-cond__wrong" });
    this.body = h("div", { class: "yc-cond__body" });
    this.heading = h("h2", {});
    this.note = h("p", { class: "yc-f__hint" });
    this.saveButton = button("用这个条件", () => this.save(), { class: "button" });
    this.node = h(
      "dialog",
      { class: "yc-cond", "aria-label": "条件" },
      h("header", {}, h("div", {}, this.heading, this.note), h("button", { type: "button", class: "yc-tool", "aria-label": "不改了，关上", onclick: () => this.node.close(), html: icon("close") })),
      h("div", { class: "yc-cond__reads" }, h("small", {}, "读作"), this.words),
      this.body,
      this.wrong,
      h("p", { class: "yc-cond__hint" }, "还不知道的事不算符合，也不算不符合：请用“还没有结果”另写一条路，或先把那一步排在前面。"),
      h("footer", {}, button("取消", () => this.node.close(), { class: "button button-secondary" }), this.saveButton),
    );
    this.readSoon = rest(() => this.read(), 200);
  }

  async open({ title, note, condition, at, save }) {
    Object.assign(this, { at, onSave: save, facts: [], operators: [] });
    this.root = asGroup(structuredClone(condition));
    this.heading.textContent = title;
    this.note.textContent = note;
    this.body.replaceChildren();
    this.wrong.replaceChildren();
    this.words.textContent = "…";
    this.node.showModal();
    await this.read();
    this.draw();
  }

  save() {
    this.onSave(simple(this.root));
    this.node.close();
  }

  changed(redraw = true) {
    if (redraw) this.draw();
    this.readSoon();
  }

  async read() {
    try {
      const answer = await this.editor.server.read(this.editor.tree, simple(this.root), this.at);
      this.facts = answer.facts;
      this.operators = answer.operators;
      this.words.textContent = answer.sentence;
      this.wrong.replaceChildren(...answer.findings.map((each) => h("li", {}, each)));
      this.saveButton.textContent = answer.findings.length ? `先存草稿（还缺 ${answer.findings.length} 处）` : "用这个条件";
    } catch (problem) {
      this.words.textContent = problem.message;
    }
  }

  draw() {
    this.body.replaceChildren(this.group(this.root, null, 1));
  }

  group(group, parent, depth) {
    const kind = group.any ? "any" : "all";
    const members = group[kind];
    const turn = (to) => {
      if (to === kind) return;
      group[to] = members;
      delete group[kind];
      this.changed();
    };
    const toggle = ["all", "any"].map((each) => button(each === "all" ? "全部满足" : "任一满足", () => turn(each), { class: "yc-seg", "aria-pressed": String(each === kind) }));
    return h(
      "div",
      { class: `yc-group yc-group--${kind}`, role: "group", "aria-label": kind === "all" ? "下面都要成立" : "下面有一条成立" },
      h("div", { class: "yc-group__head" }, h("span", { class: "yc-segs" }, toggle), h("small", {}, kind === "all" ? `下面 ${members.length} 条都要成立` : "下面有一条成立就行"), parent ? this.drop(parent, group, "删除这一组") : null),
      members.map((each) => (each.fact !== undefined ? this.line(each, members) : each.not ? this.not(each, members, depth) : this.group(each, members, depth + 1))),
      h("div", { class: "yc-group__foot" }, button("+ 加一条", () => { members.push(blankCondition()); this.changed(); }, { class: "yc-link" }), depth < DEEPEST ? button("+ 加一组", () => { members.push({ [kind === "all" ? "any" : "all"]: [blankCondition(), blankCondition()] }); this.changed(); }, { class: "yc-link" }) : null),
    );
  }

  not(node, members, depth) {
    const inner = asGroup(node.not);
    node.not = inner;
    return h("div", { class: "yc-group yc-group--not" }, h("div", { class: "yc-group__head" }, h("strong", {}, "不符合下面这些"), this.drop(members, node, "删除“不符合”")), this.group(inner, null, depth + 1));
  }

  drop(members, each, label) {
    return h("button", { type: "button", class: "yc-tool", "aria-label": label, title: label, html: icon("close", 16), onclick: () => { members.splice(members.indexOf(each), 1); this.changed(); } });
  }

  line(each, members) {
    const fact = this.facts.find((one) => one.name === each.fact);
    const facts = [["", "选一项…"], ...this.facts.map((one) => [one.name, one.title]), ...(each.fact && !fact ? [[each.fact, `${each.fact}（这里还不知道）`]] : [])];
    const operators = this.operators.filter((one) => !fact || one.kinds.includes(fact.type.kind));
    const operator = this.operators.find((one) => one.name === each.op);
    const choose = (name) => {
      const chosen = this.facts.find((one) => one.name === name);
      const fits = this.operators.filter((one) => chosen && one.kinds.includes(chosen.type.kind));
      each.fact = name;
      each.value = null;
      if (chosen && !fits.some((one) => one.name === each.op)) each.op = fits[0].name;
      this.changed();
    };
    const turn = (op) => {
      const takes = this.operators.find((one) => one.name === op)?.takes;
      if (takes !== operator?.takes) each.value = takes === "many" && typeof each.value === "string" ? [each.value] : null;
      each.op = op;
      this.changed();
    };
    return h(
      "div",
      { class: "yc-line" },
      select(facts, each.fact, choose, { "aria-label": "看哪一项" }),
      select(operators.map((one) => [one.name, one.words]), each.op, turn, { "aria-label": "怎么比" }),
      fact && operator ? valueField(fact, operator, each.value, (value) => { each.value = value; this.changed(false); }) : h("span", {}),
      members.length > 1 || members !== this.root.all ? this.drop(members, each, "删除这一条") : h("span", {}),
    );
  }
}

/** A condition as a group, so that lines can always be added. */
function asGroup(condition) {
  return condition.all || condition.any ? condition : { all: [condition] };
}

/** Groups of one are that one. */
function simple(condition) {
  if (condition.fact !== undefined) {
    const { fact, op, value } = condition;
    return value === null || value === undefined ? { fact, op } : { fact, op, value };
  }
  if (condition.not) return { not: simple(condition.not) };
  const kind = condition.all ? "all" : "any";
  const members = condition[kind].map(simple);
  return members.length === 1 ? members[0] : { [kind]: members };
}
