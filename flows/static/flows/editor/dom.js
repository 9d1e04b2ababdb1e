// A few words for making elements.

/** h("button", {class, onclick, "aria-label", …}, children…): text, nodes, lists, null. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else if (name === "html") node.innerHTML = value; // icons of our own only
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(9).filter((each) => each !== null && each !== undefined && each !== false));
  return node;
}

export function button(label, onclick, props = {}) {
  return h("button", { type: "button", onclick, ...props }, label);
}

/** A labelled field: the label, the control, a hint. */
export function field(label, control, hint = "") {
  control.id ||= `yc-${(field.count = (field.count ?? 0) + 1)}`;
  return h("div", { class: "yc-f" }, h("label", { for: control.id, class: "yc-f__label" }, label), control, hint && h("p", { class: "yc-f__hint" }, hint));
}

export function select(options, value, onchange, props = {}) {
  const node = h("select", { ...props, onchange: () => onchange(node.value) }, options.map(([key, title]) => h("option", { value: key }, title)));
  node.value = value;
  return node;
}

export function check(label, checked, onchange) {
  const box = h("input", { type: "checkbox", onchange: () => onchange(box.checked) });
  box.checked = checked;
  return h("label", { class: "yc-check" }, box, h("span", {}, label));
}

/** Wait until nothing more comes for `milliseconds`. */
export function rest(deed, milliseconds) {
  let timer = 0;
  return (...what) => {
    clearTimeout(timer);
    timer = setTimeout(() => deed(...what), milliseconds);
  };
}
