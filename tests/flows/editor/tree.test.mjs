// The pure half of the canvas. Run: node --test tests/flows/editor/
import assert from "node:assert/strict";
import { test } from "node:test";

const at = new URL("../../../flows/static/flows/editor/", import.meta.url);
const T = await import(new URL("tree.js", at));
const C = await import(new URL("copying.js", at));
const { History } = await import(new URL("history.js", at));
const M = await import(new URL("making.js", at));

const step = (key, extra = {}) => ({ kind: "step", key, title: key, type: "guide@1", settings: {}, ports: {}, ...extra });
const flow = (body) => ({ ...T.emptyTree("outpatient", "门诊"), body });
const order = (tree) => T.walk(tree).map(({ block }) => block.key).join(" ");

test("a block is put, moved and removed by its place", () => {
  const tree = flow([step("a"), step("b")]);
  const more = T.insert(tree, { sequence: "$flow/body", index: 1 }, [step("c")]);
  assert.equal(order(more), "a c b");
  assert.equal(order(tree), "a b", "the old tree is untouched");
  assert.equal(order(T.move(more, "a", { sequence: "$flow/body", index: 3 })), "c b a");
  assert.equal(order(T.move(more, "b", { sequence: "$flow/body", index: 0 })), "b a c");
  assert.equal(order(T.remove(more, "c")), "a b");
});

test("a block moves across parents, never into itself", () => {
  const tree = flow([step("a"), { kind: "scope", key: "s", title: "", body: [step("b")], interrupts: [{ key: "i", title: "", on: "visit.cancelled", after: null, undo: true, body: [] }] }]);
  const inside = T.move(tree, "a", { sequence: "s/interrupt/i", index: 0 });
  assert.deepEqual(T.locate(inside, "a").address, "s/interrupt/i");
  assert.equal(T.move(tree, "s", { sequence: "s/body", index: 0 }), tree);
});

test("an outcome is served by what is put there, or by carrying on", () => {
  const tree = flow([step("pay", { type: "payment@1" })]);
  assert.equal(T.listAt(tree, "pay/port/expired"), null);
  const put = T.insert(tree, { sequence: "pay/port/expired", index: 0 }, [step("tell")]);
  assert.equal(put.body[0].ports.expired[0].key, "tell");
  const on = T.answer(tree, "pay/port/failed");
  assert.deepEqual(on.body[0].ports, { failed: [] });
  assert.deepEqual(T.unanswer(on, "pay/port/failed").body[0].ports, {});
});

test("alt with an arrow crosses into and out of blocks", () => {
  const tree = flow([step("a"), { kind: "repeat", key: "r", title: "", body: [step("b")], until: M.blankCondition(), at_most: 3, exhausted: null }, step("c")]);
  const inward = T.shift(tree, "a", 1);
  assert.equal(T.locate(inward, "a").address, "r/body");
  assert.equal(T.locate(T.shift(inward, "a", -1), "a").address, "$flow/body");
  assert.equal(order(T.shift(tree, "c", -1)), "a r b c");
  assert.equal(T.locate(T.shift(tree, "c", -1), "c").address, "r/body");
});

test("keys are minted, and reserved names avoided", () => {
  const taken = new Set(["payment", "payment_2"]);
  assert.equal(T.mint(taken, "payment"), "payment_3");
  assert.equal(T.mint(taken, "payment_2"), "payment_4");
  assert.equal(T.mint(taken, "visit"), "visit_1");
  assert.equal(T.mint(new Set(), "9 坏"), "block");
});

test("a copy is re-keyed together with its inner references; outer ones stay", () => {
  const scope = {
    kind: "scope", key: "s", title: "", interrupts: [],
    body: [
      step("bill", { type: "bill@1" }),
      step("pay", { type: "payment@1", settings: { for: ["rx", "outer"], amount_of: "bill" }, ports: { failed: [{ kind: "leave", key: "out", of: "s", undo: true }] } }),
      { kind: "branch", key: "way", title: "", cases: [{ key: "c", title: "", when: { all: [{ fact: "pay.outcome", op: "is", value: "paid" }, { not: { fact: "visit.kind", op: "is", value: "first" } }] }, body: [step("rx")] }], otherwise: null },
      step("lab", { match: "bill.number" }),
    ],
  };
  const tree = flow([step("outer"), scope]);
  const [copy] = C.forPasting(tree, C.clipOf(tree, "s").blocks);
  assert.equal(copy.key, "s_2");
  assert.deepEqual(copy.body[1].settings, { for: ["rx_2", "outer"], amount_of: "bill_2" });
  assert.equal(copy.body[1].ports.failed[0].of, "s_2");
  assert.equal(copy.body[2].cases[0].when.all[0].fact, "pay_2.outcome");
  assert.equal(copy.body[2].cases[0].when.all[1].not.fact, "visit.kind");
  assert.equal(copy.body[3].match, "bill_2.number");
  assert.equal(T.keysOf(T.insert(tree, { sequence: "$flow/body", index: 2 }, [copy])).size, T.keysOf(tree).size + 8);
});

test("cut and paste keeps the keys; a clip tells what the other flow lacks", () => {
  const tree = flow([step("bill"), step("pay", { settings: { amount_of: "bill" } })]);
  const clip = C.fromText(C.toText(C.clipOf(tree, "pay")));
  assert.equal(C.forPasting(T.remove(tree, "pay"), clip.blocks)[0].key, "pay");
  assert.deepEqual(C.missing(flow([]), clip.blocks), [{ from: "pay", to: "bill" }]);
});

test("a text that is no clip is refused", () => {
  assert.equal(C.fromText("你好"), null);
  assert.equal(C.fromText('{"format":"yicheng.flow/1","blocks":[{"kind":"teleport","key":"a"}]}'), null);
  assert.equal(C.fromText('{"format":"yicheng.flow/1","blocks":[{"kind":"branch","key":"a"}]}'), null);
  assert.equal(C.fromText('{"format":"yicheng.flow/1","blocks":[{"kind":"step","key":"A B","type":"x"}]}'), null);
});

test("undo and redo; quick typing is one step", () => {
  const history = new History(1);
  history.push(2, "title", 0);
  history.push(3, "title", 500);
  history.push(4, "title", 5000);
  assert.equal(history.undo(), true);
  assert.equal(history.present, 3);
  history.undo();
  assert.equal(history.present, 1);
  assert.equal(history.undo(), false);
  history.redo();
  assert.equal(history.present, 3);
  history.push(9);
  assert.equal(history.redo(), false);
});

test("new blocks have fresh keys and the shape of the schema", () => {
  const palette = { "payment@1": { title: "缴费" } };
  let tree = flow([M.makeStep(flow([]), "payment@1", palette)]);
  const second = M.makeStep(tree, "payment@1", palette);
  assert.equal(second.key, "payment_2");
  for (const kind of ["branch", "parallel", "repeat", "scope", "leave"]) tree = T.insert(tree, { sequence: "$flow/body", index: 0 }, [M.makeConstruct(tree, kind)]);
  assert.equal(T.keysOf(tree).size, 6 + 1 + 2);
});

test("money is read as whole fen, without a binary fraction", async () => {
  const { fen } = await import(new URL("values.js", at));
  assert.deepEqual(["12.5", "0.29", "1.10", "-3", "abc", "", "19.999"].map(fen), [1250, 29, 110, -300, null, null, null]);
});
