// A step's settings: its Wagtail StructBlock, unpacked by telepath, so that fields, choosers and messages are Wagtail's.

const unpacked = new Map();

function definition(node) {
  if (!unpacked.has(node.type)) {
    const form = window.telepath.unpack(node.form);
    form.collapsible = false; // the drawer is its frame
    unpacked.set(node.type, form);
  }
  return unpacked.get(node.type);
}

/** Draw the form into `box`; `onchange(settings)` gets what differs from the type's own values. Returns a function that shows messages. */
export function settingsForm(box, step, node, onchange) {
  const place = document.createElement("div");
  box.append(place);
  const values = { ...structuredClone(node.defaults), ...step.settings };
  const bound = definition(node).render(place, `yc-${step.key}`, stateOf(values, node.shape));
  keepUnknownChoices(bound, values, node.shape);
  const tell = () => onchange(settingsOf(bound.getValue(), node));
  box.addEventListener("input", tell);
  box.addEventListener("change", tell);
  return (messages) => show(bound, messages ?? {});
}

/** The stored values as each widget wants its state. */
function stateOf(values, shape) {
  const state = {};
  for (const [name, kind] of Object.entries(shape)) {
    const value = values[name];
    if (typeof kind === "object") state[name] = stateOf(value ?? {}, kind);
    else if (kind === "choice") state[name] = [value ?? ""];
    else if (kind === "text") state[name] = value ?? "";
    else state[name] = value;
  }
  return state;
}

/** What differs from the type's own values, in the spelling of the tree. */
function settingsOf(values, node) {
  const kept = {};
  for (const [name, kind] of Object.entries(node.shape)) {
    const value = plain(values[name], kind);
    if (value !== null && JSON.stringify(value) !== JSON.stringify(node.defaults[name])) kept[name] = value;
  }
  return kept;
}

function plain(value, kind) {
  if (typeof kind === "object") return Object.fromEntries(Object.entries(kind).map(([name, inner]) => [name, plain(value?.[name], inner)]));
  if (kind === "number") return value === "" || value === null ? null : Number(value);
  return value;
}

/** A chosen page that is no longer offered stays visible, so that opening the drawer changes nothing. */
function keepUnknownChoices(bound, values, shape) {
  for (const [name, kind] of Object.entries(shape)) {
    const input = kind === "choice" ? bound.childBlocks[name]?.widget?.input : null;
    const value = values[name];
    if (!input || !value || [...input.options].some((each) => each.value === value)) continue;
    input.add(new Option(`${value}（没有发布）`, value));
    input.value = value;
  }
}

function show(bound, messages) {
  for (const [name, block] of Object.entries(bound.childBlocks)) {
    if (messages[name]) block.setError(block.childBlocks ? { messages: messages[name] } : { messages: messages[name] });
    else if (!block.childBlocks) block.setError(null);
  }
}
