// The widget of a step's own questions: their words, the kind of answer, the answers. Registered with telepath as flows.QuestionList.
// A key is minted once and kept: conditions name the answer by it, whatever its words become.
import { button, h, select } from "./dom.js";

const KINDS = [["bool", "是 / 否"], ["enum", "选一个"], ["number", "填一个整数"]];
const USUAL = { title: "", kind: "bool", options: [], low: 0, high: 999, unit: "" };

class BoundQuestions {
  constructor(node, most, mostOptions, state) {
    Object.assign(this, { node, most, mostOptions });
    this.idForLabel = "";
    this.setState(state);
  }

  setState(state) {
    this.questions = (Array.isArray(state) ? state : []).map((each) => ({ ...USUAL, ...each }));
    this.draw();
  }

  draw() {
    const add = button("加一个问题", () => this.add(), { class: "yc-link" });
    add.disabled = this.questions.length >= this.most;
    this.node.replaceChildren(...this.questions.map((each, at) => this.row(each, at)), add);
  }

  row(question, at) {
    const words = this.text(question, "title", { maxlength: 60, placeholder: "问题，例如：最近发热吗", "aria-label": `第 ${at + 1} 个问题` });
    const kind = select(KINDS, question.kind, (chosen) => { question.kind = chosen; this.draw(); this.tell(); }, { "aria-label": "怎么回答" });
    const away = button("删除", () => { this.questions.splice(at, 1); this.draw(); this.tell(); }, { class: "yc-link", "aria-label": `删除第 ${at + 1} 个问题` });
    return h("div", { class: "yc-question", role: "group", "aria-label": `第 ${at + 1} 个问题` }, words, h("div", { class: "yc-question__kind" }, kind, away), this.answers(question));
  }

  answers(question) {
    if (question.kind === "enum") return this.options(question);
    if (question.kind !== "number") return null;
    const bounds = [["low", "最小"], ["high", "最大"]].map(([name, label]) => h("label", {}, label, this.number(question, name, label)));
    return h("div", { class: "yc-question__range" }, bounds, h("label", {}, "单位", this.text(question, "unit", { maxlength: 10 })));
  }

  options(question) {
    const box = h("textarea", { rows: Math.max(3, question.options.length + 1), placeholder: "一行一个选项", "aria-label": "选项，一行一个" });
    box.value = question.options.join("\n");
    box.addEventListener("input", () => { question.options = box.value.split("\n").map((each) => each.trim()).filter(Boolean).slice(0, this.mostOptions); });
    return h("div", {}, box, h("p", { class: "yc-f__hint" }, "改了选项的字，用到它的条件要重新选。"));
  }

  text(question, name, attributes) {
    const input = h("input", { type: "text", value: question[name], ...attributes });
    input.addEventListener("input", () => { question[name] = input.value; });
    return input;
  }

  number(question, name, label) {
    const input = h("input", { type: "number", step: 1, value: question[name], "aria-label": label });
    input.addEventListener("input", () => { question[name] = Math.round(Number(input.value) || 0); });
    return input;
  }

  add() {
    this.questions.push({ ...USUAL, options: [], key: this.mint() });
    this.draw();
    this.tell();
    [...this.node.querySelectorAll(".yc-question input")].at(-1)?.focus();
  }

  mint() {
    const taken = new Set(this.questions.map((each) => each.key));
    let n = this.questions.length + 1;
    while (taken.has(`q${n}`)) n += 1;
    return `q${n}`;
  }

  tell() {
    this.node.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** Only what the kind of answer needs, so that the tree says no more than is meant. */
  getValue() {
    return this.questions.map(({ key, title, kind, options, low, high, unit }) => ({
      key, title, kind, ...(kind === "enum" ? { options: [...options] } : {}), ...(kind === "number" ? { low, high, unit } : {}),
    }));
  }

  getState() {
    return this.getValue();
  }

  getTextLabel() {
    return this.questions.map((each) => each.title).join("、");
  }

  setInvalid(wrong) {
    this.node.classList.toggle("is-wrong", Boolean(wrong));
  }

  focus() {
    this.node.querySelector("input, button")?.focus();
  }
}

class QuestionList {
  constructor(most, mostOptions) {
    Object.assign(this, { most, mostOptions });
  }

  render(place, _name, id, state) {
    const node = h("div", { class: "yc-questions", id });
    (place.jquery ? place[0] : place).replaceWith(node);
    return new BoundQuestions(node, this.most, this.mostOptions, state);
  }
}

export function registerQuestions() {
  window.telepath.register("flows.QuestionList", QuestionList);
}
