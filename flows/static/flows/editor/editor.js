// The state of one canvas and everything that changes it. Views listen to "change", "select", "checked" and draw themselves.
import { clipOf, forPasting, fromText, missing, toText } from "./copying.js";
import { History } from "./history.js";
import { makeConstruct, makeStep } from "./making.js";
import { answer, FLOW, insert, listAt, locate, move, remove, shift, unanswer, update, walk } from "./tree.js";
import { placeWords, titleOf } from "./words.js";
import { rest } from "./dom.js";

export class Editor extends EventTarget {
  constructor({ tree, palette, events, server, store }) {
    super();
    this.history = new History(tree);
    Object.assign(this, { palette, events, server, store });
    this.selected = null;
    this.collapsed = new Set();
    this.moving = null;
    this.clip = null;
    this.found = { faults: [], sentences: {}, fields: {}, failed: "" };
    this.checkSoon = rest(() => this.check(), 400);
  }

  get tree() {
    return this.history.present;
  }

  get faults() {
    const byKey = new Map();
    for (const fault of this.found.faults) for (const key of fault.keys.slice(0, 1)) byKey.set(key, [...(byKey.get(key) ?? []), fault]);
    return byKey;
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // Edits

  change(tree, { tag = "", said = "", quiet = false } = {}) {
    if (tree === this.tree) return;
    this.history.push(tree, tag);
    this.settled(said, quiet);
  }

  settled(said = "", quiet = false) {
    if (this.selected && !this.alive(this.selected)) this.selected = null;
    this.store(this.tree);
    this.tell("change", { said, quiet });
    this.checkSoon();
  }

  alive(key) {
    return key === FLOW || Boolean(locate(this.tree, key));
  }

  undo() {
    if (this.history.undo()) this.settled("已撤销");
  }

  redo() {
    if (this.history.redo()) this.settled("已重做");
  }

  addType(place, type) {
    this.put(place, [makeStep(this.tree, type, this.palette)]);
  }

  addConstruct(place, kind) {
    const owner = place.sequence.split("/")[0];
    const around = owner === FLOW ? [] : [...locate(this.tree, owner).parents, locate(this.tree, owner).block];
    const scopes = around.filter((each) => each.kind === "scope").map((each) => each.key).reverse();
    this.put(place, [makeConstruct(this.tree, kind, { scopes })]);
  }

  put(place, blocks, said = "") {
    const words = placeWords(this.tree, place, this.palette);
    const next = insert(this.tree, place, blocks);
    this.selected = blocks[0].key;
    this.change(next, { said: said || `已加到${words}：${titleOf(blocks[0], this.palette)}` });
    this.select(blocks[0].key, { focus: true });
  }

  remove(key) {
    const found = locate(this.tree, key);
    if (!found) return;
    const beside = listAt(this.tree, found.address)[found.index - 1] ?? listAt(this.tree, found.address)[found.index + 1] ?? found.parents.at(-1);
    this.selected = null;
    this.change(remove(this.tree, key), { said: `已删除“${titleOf(found.block, this.palette)}”，可以撤销` });
    this.tell("removed", { title: titleOf(found.block, this.palette) });
    this.select(beside?.key ?? null, { focus: true });
  }

  shift(key, by) {
    this.change(shift(this.tree, key, by), { said: by < 0 ? "已上移" : "已下移" });
    this.select(key, { focus: true });
  }

  moveTo(key, place) {
    const words = placeWords(this.tree, place, this.palette);
    this.moving = null;
    this.change(move(this.tree, key, place), { said: `已移到${words}` });
    this.tell("change", {});
    this.select(key, { focus: true });
  }

  update(key, deed, options = {}) {
    this.change(update(this.tree, key, deed), options);
  }

  answer(address) {
    this.change(answer(this.tree, address), { said: "已设为照常往下" });
  }

  unanswer(address) {
    this.change(unanswer(this.tree, address), { said: "已清空，可以撤销" });
  }

  // Copy and paste

  copy(key) {
    this.clip = clipOf(this.tree, key);
    if (!this.clip) return;
    navigator.clipboard?.writeText(toText(this.clip)).catch(() => {});
    this.tell("said", { said: `已复制“${titleOf(this.clip.blocks[0], this.palette)}”` });
  }

  cut(key) {
    this.copy(key);
    this.remove(key);
  }

  /** Paste at a place; a text from another flow comes first. References this flow lacks are told, never dropped silently. */
  paste(place, text = "") {
    const clip = fromText(text) ?? this.clip;
    if (!clip) return this.tell("said", { said: "剪贴板里没有流程步骤" });
    const lacking = missing(this.tree, clip.blocks);
    const blocks = forPasting(this.tree, clip.blocks);
    this.put(place, blocks, `已粘贴“${titleOf(blocks[0], this.palette)}”`);
    if (lacking.length) this.tell("lacking", { lacking });
    return undefined;
  }

  duplicate(key) {
    const found = locate(this.tree, key);
    if (found) this.put({ sequence: found.address, index: found.index + 1 }, forPasting(this.tree, [found.block]));
  }

  // Looking

  select(key, { focus = false, drawer = true } = {}) {
    this.selected = key;
    this.tell("select", { key, focus, drawer });
  }

  fold(key) {
    if (this.collapsed.has(key)) this.collapsed.delete(key);
    else this.collapsed.add(key);
    this.tell("change", { quiet: true });
  }

  /** Open everything round a key, so that its card can be seen. */
  reveal(key) {
    for (const each of locate(this.tree, key)?.parents ?? []) this.collapsed.delete(each.key);
  }

  pick(key) {
    this.moving = key;
    this.tell("change", { quiet: true, said: key ? "移动：选一个 + 放下，Esc 放回" : "" });
  }

  async check() {
    const asked = this.tree;
    this.controller?.abort();
    this.controller = new AbortController();
    try {
      const found = await this.server.check(asked, this.controller.signal);
      if (asked !== this.tree) return;
      this.found = { failed: "", ...found };
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.found = { ...this.found, failed: problem.message };
    }
    this.tell("checked");
  }

  order() {
    return walk(this.tree).map(({ block }) => block.key);
  }
}
