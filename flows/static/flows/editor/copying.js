// Copy and paste: a clip is text with a version, so that it travels between flows and campuses.
import { keysIn, keysOf, locate, mint, sequences, walk } from "./tree.js";

const FORMAT = "yicheng.flow/1";
const STEP_SETTINGS = ["for", "of", "amount_of"];

export function clipOf(tree, key) {
  const found = locate(tree, key);
  return found ? { format: FORMAT, from: tree.title, blocks: structuredClone([found.block]) } : null;
}

export function toText(clip) {
  return JSON.stringify(clip);
}

const KINDS = new Set(["step", "branch", "parallel", "repeat", "scope", "leave"]);

/** The clip in a text, or null when the text is something else. */
export function fromText(text) {
  try {
    const clip = JSON.parse(text);
    return clip?.format === FORMAT && Array.isArray(clip.blocks) && clip.blocks.length && clip.blocks.every(sound) ? clip : null;
  } catch {
    return null;
  }
}

function sound(block, depth = 0) {
  if (!block || depth > 20 || !KINDS.has(block.kind) || typeof block.key !== "string" || !/^[a-z][a-z0-9_]{0,39}$/.test(block.key)) return false;
  if (block.kind === "branch" && !Array.isArray(block.cases)) return false;
  if (block.kind === "parallel" && !Array.isArray(block.lanes)) return false;
  if ((block.kind === "repeat" || block.kind === "scope") && !Array.isArray(block.body)) return false;
  if (block.kind === "step" && typeof block.type !== "string") return false;
  return sequences(block).every(({ body }) => Array.isArray(body) && body.every((each) => sound(each, depth + 1)));
}

/** The blocks of a clip for this tree: taken keys are minted anew, together with every reference inside the clip. */
export function forPasting(tree, blocks) {
  const taken = keysOf(tree);
  const names = new Map();
  for (const key of keysIn(blocks)) {
    if (!taken.has(key)) taken.add(key);
    else names.set(key, mint(taken, key));
  }
  return blocks.map((block) => renamed(structuredClone(block), names));
}

/** References of a clip to steps or scopes that this tree does not have: [{from, to}]. */
export function missing(tree, blocks) {
  const known = new Set([...keysOf(tree), ...keysIn(blocks)]);
  const found = [];
  for (const { block } of walk({ body: blocks })) {
    for (const to of references(block)) if (!known.has(to)) found.push({ from: block.title || block.key, to });
  }
  return found;
}

function references(block) {
  const settings = STEP_SETTINGS.flatMap((name) => block.settings?.[name] ?? []).filter((name) => name);
  const facts = conditionsOf(block).flatMap(factsIn).map((fact) => fact.split(".")[0]).filter((name) => !["visit", "appointment", "clinic", "patient"].includes(name));
  return [...settings, ...facts, ...(block.kind === "leave" && block.of !== "$flow" ? [block.of] : [])];
}

export function conditionsOf(block) {
  return [...(block.cases ?? []).map((each) => each.when), ...(block.kind === "repeat" ? [block.until] : [])];
}

export function factsIn(condition) {
  if (!condition) return [];
  if (condition.fact !== undefined) return condition.fact ? [condition.fact] : [];
  if (condition.not) return factsIn(condition.not);
  return (condition.all ?? condition.any ?? []).flatMap(factsIn);
}

function renamed(block, names) {
  const name = (key) => names.get(key) ?? key;
  block.key = name(block.key);
  if (block.kind === "leave") block.of = name(block.of);
  if (block.match) block.match = fact(block.match, name);
  for (const setting of STEP_SETTINGS) {
    const value = block.settings?.[setting];
    if (Array.isArray(value)) block.settings[setting] = value.map(name);
    else if (value) block.settings[setting] = name(value);
  }
  for (const part of [...(block.cases ?? []), ...(block.lanes ?? []), ...(block.interrupts ?? [])]) {
    part.key = name(part.key);
    if (part.when) part.when = condition(part.when, name);
  }
  if (block.until) block.until = condition(block.until, name);
  for (const { body } of sequences(block)) for (const each of body) renamed(each, names);
  return block;
}

function fact(text, name) {
  const [key, ...rest] = text.split(".");
  return [name(key), ...rest].join(".");
}

function condition(node, name) {
  if (node.fact !== undefined) return { ...node, fact: fact(node.fact, name) };
  if (node.not) return { not: condition(node.not, name) };
  const group = node.all ? "all" : "any";
  return { [group]: node[group].map((each) => condition(each, name)) };
}
