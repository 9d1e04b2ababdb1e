// The widget of settings that name steps of this tree: 为哪几步收费, 金额来自哪个账单步骤. Registered with telepath as flows.StepPicker.
import { h } from "./dom.js";

/** Set by the canvas: (wants) → [{key, title}] over the tree as it is now. */
export const steps = { offered: () => [], title: (key) => key };

class BoundPicker {
  constructor(node, name, many, wants, state) {
    Object.assign(this, { node, name, many, wants });
    this.idForLabel = "";
    this.setState(state);
  }

  setState(state) {
    this.chosen = (Array.isArray(state) ? state : [state]).filter(Boolean);
    const offered = steps.offered(this.wants);
    const lost = this.chosen.filter((key) => !offered.some((each) => each.key === key)).map((key) => ({ key, title: `${steps.title(key)}（不能选或已删除）` }));
    const options = [...offered, ...lost].map((each) => this.option(each));
    const none = { delivers: "流程里还没有可收费的服务，例如就诊、取药。", takes: "流程里还没有缴费。", amount: "流程里还没有账单，请先加一步“账单”。" }[this.wants];
    this.node.replaceChildren(...(options.length ? options : [h("p", { class: "yc-f__hint" }, none)]));
  }

  option({ key, title }) {
    const box = h("input", { type: this.many ? "checkbox" : "radio", name: `${this.name}-pick`, value: key });
    box.checked = this.chosen.includes(key);
    box.addEventListener("change", () => {
      const rest = this.chosen.filter((each) => each !== key);
      this.chosen = this.many ? (box.checked ? [...rest, key] : rest) : [key];
    });
    return h("label", { class: "yc-check" }, box, h("span", {}, title));
  }

  getValue() {
    return this.many ? this.chosen : this.chosen[0] ?? "";
  }

  getState() {
    return this.getValue();
  }

  getTextLabel() {
    return this.chosen.map((key) => steps.title(key)).join("、");
  }

  setInvalid(wrong) {
    this.node.classList.toggle("is-wrong", Boolean(wrong));
  }

  focus() {
    this.node.querySelector("input")?.focus();
  }
}

class StepPicker {
  constructor(many, wants) {
    Object.assign(this, { many, wants });
  }

  render(place, name, id, state) {
    const node = h("div", { class: "yc-picker", role: this.many ? "group" : "radiogroup", id });
    (place.jquery ? place[0] : place).replaceWith(node);
    return new BoundPicker(node, name, this.many, this.wants, state);
  }
}

export function registerPicker() {
  window.telepath.register("flows.StepPicker", StepPicker);
}
