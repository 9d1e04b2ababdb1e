// New blocks, as the palette makes them. Keys are minted here; staff only see titles.
import { keysOf, mint } from "./tree.js";

export const CONSTRUCTS = [
  { kind: "branch", title: "条件分支", summary: "按条件走不同的路" },
  { kind: "parallel", title: "并行", summary: "几件事同时办" },
  { kind: "repeat", title: "重复", summary: "不满足就再来一次" },
  { kind: "scope", title: "范围", summary: "期间可取消或到时中断" },
  { kind: "leave", title: "离开", summary: "结束一段或整个流程" },
];
export const KIND_TITLES = Object.fromEntries(CONSTRUCTS.map((each) => [each.kind, each.title]));

/** A condition that says nothing yet; the check asks to fill it in. */
export function blankCondition() {
  return { fact: "", op: "is", value: null };
}

export function makeStep(tree, type, palette) {
  const node = palette[type];
  return { kind: "step", key: mint(keysOf(tree), type.split("@")[0]), title: node.title, type, settings: {}, ports: {}, skippable: false };
}

export function makeConstruct(tree, kind, { scopes = [] } = {}) {
  const taken = keysOf(tree);
  const key = mint(taken, kind);
  const title = KIND_TITLES[kind];
  switch (kind) {
    case "branch":
      return { kind, key, title, cases: [1, 2].map((n) => ({ key: mint(taken, `${key}_case`), title: `第 ${n} 条路`, when: blankCondition(), body: [] })).slice(0, 1), otherwise: [] };
    case "parallel":
      return { kind, key, title, lanes: [1, 2].map((n) => ({ key: mint(taken, "lane"), title: `第 ${n} 条线`, body: [] })), need: "all", losers: "undo" };
    case "repeat":
      return { kind, key, title, body: [], until: blankCondition(), at_most: 3, exhausted: null };
    case "scope":
      return { kind, key, title, body: [], interrupts: [] };
    default:
      return { kind: "leave", key, of: scopes[0] ?? "$flow", undo: false };
  }
}

export function makeCase(tree, n) {
  return { key: mint(keysOf(tree), "case"), title: `第 ${n} 条路`, when: blankCondition(), body: [] };
}

export function makeLane(tree, n) {
  return { key: mint(keysOf(tree), "lane"), title: `第 ${n} 条线`, body: [] };
}

export function makeInterrupt(tree, { on = null, after = null, title }) {
  return { key: mint(keysOf(tree), on ? on.split(".").at(-1).replace(/[^a-z0-9_]/g, "") : "deadline"), title, on, after, undo: true, body: [] };
}
