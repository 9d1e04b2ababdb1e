// The canvas is one stop of the Tab key; inside, arrows walk. The table stands in KEYS and is shown by "?".
import { isInside, listAt, locate, sequences, walk } from "./tree.js";
import { placeWords } from "./words.js";

export const KEYS = [
  ["↑ ↓", "上一步、下一步"], ["→ ←", "进到块里、退到块"], ["Alt+→ ←", "换一条路"], ["Home End", "这一路的头、尾"],
  ["+ 或 Insert", "在后面加一步"], ["Enter", "打开设置"], ["F2", "改名"], ["Delete", "删除（可撤销）"], ["Alt+↑ ↓", "上移、下移，到头就跨进跨出块"],
  ["Ctrl+C X V D", "复制、剪切、粘贴、再来一个"], ["M", "移动：方向键选 +，Enter 放下，Esc 取消"], ["Space", "收起、展开"],
  ["Ctrl+Z / Ctrl+Shift+Z", "撤销、重做"], ["F8 / Shift+F8", "下一处、上一处问题"], ["/ 或 F", "找步骤"], ["0 / 1", "看全图 / 100%"], ["Ctrl+S", "保存草稿"], ["?", "这张表"],
];

export function onKey(event, canvas) {
  if (event.target !== canvas.paper) return;
  const { editor } = canvas;
  const deed = (event.ctrlKey || event.metaKey ? withControl : event.altKey ? withAlt : editor.moving ? whileMoving : plain)(event, canvas);
  if (deed) {
    event.preventDefault();
    event.stopPropagation();
    deed();
  }
}

function after(editor) {
  const found = editor.selected && locate(editor.tree, editor.selected);
  return found ? { sequence: found.address, index: found.index + 1 } : { sequence: "$flow/body", index: editor.tree.body.length };
}

function withControl(event, { editor }) {
  const key = editor.selected;
  switch (event.key.toLowerCase()) {
    case "z":
      return () => (event.shiftKey ? editor.redo() : editor.undo());
    case "y":
      return () => editor.redo();
    case "c":
      return key && (() => editor.copy(key));
    case "x":
      return key && (() => editor.cut(key));
    case "d":
      return key && (() => editor.duplicate(key));
    case "v":
      return async () => editor.paste(after(editor), await navigator.clipboard?.readText?.().catch(() => "") ?? "");
    default:
      return null;
  }
}

function withAlt(event, { editor }) {
  const key = editor.selected;
  if (!key) return null;
  if (event.key === "ArrowUp") return () => editor.shift(key, -1);
  if (event.key === "ArrowDown") return () => editor.shift(key, 1);
  if (event.key === "ArrowLeft") return () => otherWay(editor, -1);
  if (event.key === "ArrowRight") return () => otherWay(editor, 1);
  return null;
}

function otherWay(editor, by) {
  const found = locate(editor.tree, editor.selected);
  const parent = found?.parents.at(-1) ?? editor.tree;
  const ways = sequences(parent).filter((each) => each.body.length);
  const at = ways.findIndex((each) => each.address === found.address);
  const next = ways[at + by];
  if (next) editor.select(next.body[0].key);
}

function whileMoving(event, canvas) {
  const { editor } = canvas;
  const spots = [...canvas.paper.querySelectorAll("[data-sequence]")].filter((each) => !isInside(editor.tree, editor.moving, each.dataset.sequence));
  const at = spots.findIndex((each) => each.classList.contains("is-near"));
  const go = (to) => () => {
    for (const each of spots) each.classList.remove("is-near");
    const spot = spots[Math.min(spots.length - 1, Math.max(0, to))];
    spot.classList.add("is-near");
    spot.scrollIntoView({ block: "nearest", inline: "nearest" });
    editor.tell("said", { said: placeWords(editor.tree, canvas.placeOf(spot), editor.palette) });
  };
  if (event.key === "ArrowDown" || event.key === "ArrowRight") return go(at + 1);
  if (event.key === "ArrowUp" || event.key === "ArrowLeft") return go(at - 1);
  if (event.key === "Enter" && at >= 0) return () => editor.moveTo(editor.moving, canvas.placeOf(spots[at]));
  if (event.key === "Escape") return () => editor.pick(null);
  return null;
}

function plain(event, canvas) {
  const { editor } = canvas;
  const key = editor.selected;
  const found = key && locate(editor.tree, key);
  const siblings = found ? listAt(editor.tree, found.address) : editor.tree.body;
  const choose = (block) => block && (() => editor.select(block.key, { drawer: canvas.drawer.isOpen }));
  switch (event.key) {
    case "ArrowDown":
      return choose(found ? siblings[found.index + 1] ?? found.parents.at(-1) : siblings[0]) || (() => {});
    case "ArrowUp":
      return choose(found ? siblings[found.index - 1] ?? found.parents.at(-1) : siblings.at(-1)) || (() => {});
    case "ArrowRight":
      return found && (() => (editor.collapsed.has(key) ? editor.fold(key) : choose(sequences(found.block).find((each) => each.body.length)?.body[0])?.()));
    case "ArrowLeft":
      return found && choose(found.parents.at(-1));
    case "Home":
      return choose(siblings[0]);
    case "End":
      return choose(siblings.at(-1));
    case "Enter":
      return key && (() => canvas.drawer.show("first"));
    case "F2":
      return key && (() => canvas.rename());
    case "+":
    case "Insert":
      return () => canvas.palette.open(after(editor), canvas.card(key ?? "") ?? canvas.paper);
    case "Delete":
    case "Backspace":
      return key && (() => editor.remove(key));
    case " ":
      return found && !["step", "leave"].includes(found.block.kind) && (() => editor.fold(key));
    case "m":
    case "M":
      return key && (() => editor.pick(key));
    case "/":
    case "f":
      return () => canvas.find.focus();
    case "0":
      return () => canvas.fit();
    case "1":
      return () => canvas.setZoom(1);
    case "F8":
      return () => nextFault(editor, event.shiftKey ? -1 : 1);
    case "?":
      return () => editor.tell("keys");
    case "Escape":
      return () => editor.select(null, { focus: true });
    default:
      return null;
  }
}

/** The next card with a problem, in the order drawn. */
export function nextFault(editor, by) {
  const order = walk(editor.tree).map(({ block }) => block.key).filter((key) => editor.faults.has(key));
  if (!order.length) return editor.tell("said", { said: "没有问题" });
  const at = order.indexOf(editor.selected);
  return editor.select(order[(at + by + order.length) % order.length], { focus: true });
}
