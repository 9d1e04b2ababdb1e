// The tree as data: where its sequences are, and every edit as a pure function from one tree to the next.
//
// A sequence is named by an address: "$flow/body", "pay/port/expired", "way/case/insured", "way/otherwise", "loop/exhausted", "stay/interrupt/late".
// A place is {sequence, index}: what is put there stands before the block that had this index.

export const FLOW = "$flow";
export const MOST_BLOCKS = 300;

export function emptyTree(code = "flow", title = "") {
  return { schema: 1, code, title, body: [], interrupts: [] };
}

/** The sequences of a block (or of the tree), in the order they are drawn: [{address, of, key, title, body}]. */
export function sequences(block) {
  const own = block.kind ? block.key : FLOW;
  const one = (of, key, title, body) => ({ address: key === undefined ? `${own}/${of}` : `${own}/${of}/${key}`, of, key, title, body });
  const interrupts = () => (block.interrupts ?? []).map((each) => one("interrupt", each.key, each.title, each.body));
  switch (block.kind) {
    case "step":
      return Object.entries(block.ports ?? {}).map(([outcome, body]) => one("port", outcome, outcome, body));
    case "branch":
      return [...block.cases.map((each) => one("case", each.key, each.title, each.body)), ...(block.otherwise ? [one("otherwise", undefined, "其余情况", block.otherwise)] : [])];
    case "parallel":
      return block.lanes.map((each) => one("lane", each.key, each.title, each.body));
    case "repeat":
      return [one("body", undefined, "", block.body), ...(block.exhausted ? [one("exhausted", undefined, "次数用完", block.exhausted)] : [])];
    case "leave":
      return [];
    default: // scope and the tree itself
      return [one("body", undefined, "", block.body), ...interrupts()];
  }
}

/** Every block with where it stands: [{block, address, index, depth, parents}], in the order drawn. */
export function walk(tree) {
  const found = [];
  const enter = (parent, parents) => {
    for (const { address, body } of sequences(parent)) {
      body.forEach((block, index) => {
        found.push({ block, address, index, depth: parents.length + 1, parents });
        enter(block, [...parents, block]);
      });
    }
  };
  enter(tree, []);
  return found;
}

export function locate(tree, key) {
  return walk(tree).find((each) => each.block.key === key) ?? null;
}

/** The block that holds a case, a lane or an interrupt of this key, or the block itself. */
export function holder(tree, key) {
  const inside = (block) => [...(block.cases ?? []), ...(block.lanes ?? []), ...(block.interrupts ?? [])].some((each) => each.key === key);
  return locate(tree, key)?.block ?? walk(tree).find(({ block }) => inside(block))?.block ?? null;
}

/** The list at an address; null when there is none (an outcome nobody serves yet). */
export function listAt(tree, address) {
  const owner = address.split("/")[0];
  const block = owner === FLOW ? tree : locate(tree, owner)?.block;
  return (block && sequences(block).find((each) => each.address === address)?.body) ?? null;
}

const indexes = new WeakMap();

/** A finished tree looked up once: {blocks: key → where it stands, lists: address → sequence}. Never for a tree that is still being changed. */
export function indexOf(tree) {
  if (!indexes.has(tree)) {
    const found = walk(tree);
    const lists = new Map([tree, ...found.map(({ block }) => block)].flatMap((each) => sequences(each)).map(({ address, body }) => [address, body]));
    indexes.set(tree, { blocks: new Map(found.map((each) => [each.block.key, each])), lists });
  }
  return indexes.get(tree);
}

/** Every key in use: blocks, cases, lanes, interrupts. */
export function keysIn(blocks) {
  const keys = new Set();
  for (const block of blocks) {
    keys.add(block.key);
    for (const part of [...(block.cases ?? []), ...(block.lanes ?? []), ...(block.interrupts ?? [])]) keys.add(part.key);
    for (const { body } of sequences(block)) for (const key of keysIn(body)) keys.add(key);
  }
  return keys;
}

export function keysOf(tree) {
  const keys = keysIn(tree.body);
  for (const each of tree.interrupts ?? []) {
    keys.add(each.key);
    for (const key of keysIn(each.body)) keys.add(key);
  }
  return keys;
}

const RESERVED = new Set(["visit", "appointment", "clinic", "patient"]);

/** A free key from a stem: payment, payment_2, payment_3 … The new key is added to `taken`. */
export function mint(taken, stem) {
  const plain = stem.replace(/[^a-z0-9_]/g, "").replace(/^[^a-z]+/, "").replace(/_\d+$/, "").slice(0, 34) || "block";
  let key = RESERVED.has(plain) ? `${plain}_1` : plain;
  for (let n = 2; taken.has(key); n += 1) key = `${plain}_${n}`;
  taken.add(key);
  return key;
}

function changed(tree, deed) {
  const next = structuredClone(tree);
  deed(next);
  return next;
}

/** Put blocks at a place; an outcome nobody serves is served by it. */
export function insert(tree, place, blocks) {
  return changed(tree, (next) => {
    let list = listAt(next, place.sequence);
    if (!list) {
      serve(next, place.sequence);
      list = listAt(next, place.sequence);
    }
    if (list) list.splice(place.index, 0, ...structuredClone(blocks));
  });
}

function serve(tree, address) {
  const [owner, of, key] = address.split("/");
  const block = locate(tree, owner)?.block;
  if (block && of === "port") block.ports = { ...block.ports, [key]: [] };
  if (block && (of === "otherwise" || of === "exhausted")) block[of] = [];
}

/** Answer an outcome (or 其余情况, 次数用完) with "carry on"; nothing happens when it is answered already. */
export function answer(tree, address) {
  return listAt(tree, address) ? tree : changed(tree, (next) => serve(next, address));
}

/** Take an answer back; what stood there goes with it. */
export function unanswer(tree, address) {
  const [owner, of, key] = address.split("/");
  return changed(tree, (next) => {
    const block = locate(next, owner)?.block;
    if (!block) return;
    if (of === "port") delete block.ports[key];
    else if (of === "otherwise" || of === "exhausted") block[of] = null;
  });
}

export function remove(tree, key) {
  return changed(tree, (next) => {
    const found = locate(next, key);
    if (found) listAt(next, found.address).splice(found.index, 1);
  });
}

/** Whether `address` lies inside the block `key`: a block cannot be moved into itself. */
export function isInside(tree, key, address) {
  const found = locate(tree, key);
  if (!found) return false;
  const owner = address.split("/")[0];
  return owner === key || keysIn([found.block]).has(owner);
}

export function move(tree, key, place) {
  const found = locate(tree, key);
  if (!found || isInside(tree, key, place.sequence)) return tree;
  const same = found.address === place.sequence;
  const index = same && place.index > found.index ? place.index - 1 : place.index;
  if (same && index === found.index) return tree;
  return insert(remove(tree, key), { sequence: place.sequence, index }, [found.block]);
}

/** Up (-1) or down (+1); at the end of a sequence the block crosses into or out of the block beside it. */
export function shift(tree, key, by) {
  const found = locate(tree, key);
  if (!found) return tree;
  const list = listAt(tree, found.address);
  const beside = list[found.index + by];
  if (beside) {
    const doors = sequences(beside);
    if (!doors.length || beside.kind === "step") return move(tree, key, { sequence: found.address, index: found.index + (by > 0 ? 2 : -1) });
    const door = by > 0 ? doors[0] : doors[0];
    return move(tree, key, { sequence: door.address, index: by > 0 ? 0 : door.body.length });
  }
  const parent = found.parents.at(-1);
  if (!parent) return tree;
  const outer = locate(tree, parent.key);
  return move(tree, key, { sequence: outer.address, index: outer.index + (by > 0 ? 1 : 0) });
}

/** The tree with one block changed by `deed(block)`; `key` may be $flow. */
export function update(tree, key, deed) {
  return changed(tree, (next) => {
    const block = key === FLOW ? next : locate(next, key)?.block;
    if (block) deed(block, next);
  });
}

/** How many steps are at or below a block. */
export function stepsIn(block) {
  return (block.kind === "step" ? 1 : 0) + sequences(block).reduce((sum, { body }) => sum + body.reduce((inner, each) => inner + stepsIn(each), 0), 0);
}
