// How the canvas names things: titles, one line under a title, the sentence a screen reader says.
import { FLOW, indexOf, sequences, stepsIn, walk } from "./tree.js";
import { KIND_TITLES } from "./making.js";

const at = (tree, key) => indexOf(tree).blocks.get(key);

export function typeOf(block, palette) {
  return block.kind === "step" ? palette[block.type]?.title ?? "未知步骤" : KIND_TITLES[block.kind];
}

export function titleOf(block, palette) {
  if (block.kind === "leave") return "离开";
  return block.title || typeOf(block, palette);
}

export function outcomesOf(step, palette) {
  const declared = palette[step.type]?.outcomes ?? [];
  const strange = Object.keys(step.ports ?? {}).filter((key) => !declared.some((each) => each.key === key));
  return [...declared.filter((each) => each.key !== palette[step.type]?.main), ...strange.map((key) => ({ key, title: key, strange: true }))];
}

export function mainOf(step, palette) {
  const node = palette[step.type];
  return node?.outcomes.find((each) => each.key === node.main)?.title ?? "完成";
}

export function needWords(block) {
  if (block.need === "all") return "全部完成再往下";
  return block.need === 1 ? "任意 1 条完成就往下" : `完成 ${block.need} 条就往下`;
}

export function minutesWords(minutes) {
  if (minutes === null || minutes === undefined) return "";
  if (minutes % 1440 === 0 && minutes) return `${minutes / 1440} 天`;
  if (minutes % 60 === 0 && minutes) return `${minutes / 60} 小时`;
  return `${minutes} 分钟`;
}

/** The minutes in what staff typed, each once, in order. */
export function minutesIn(text) {
  return [...new Set((text.match(/\d+/g) ?? []).map(Number))].filter((each) => each > 0 && each <= 525600).sort((one, other) => one - other);
}

/** The quiet line under a card's title. */
export function noteOf(block, tree, palette) {
  switch (block.kind) {
    case "step": {
      const node = palette[block.type];
      if (!node) return "这里没有安装这种步骤";
      const type = block.title && block.title !== node.title ? node.title : "";
      const own = detail(block, tree, palette);
      return [type, own || (type ? "" : node.brief)].filter(Boolean).join(" · ") || node.brief;
    }
    case "leave":
      return block.of === FLOW ? "结束整个流程" : `结束“${titleOf(at(tree, block.of)?.block ?? { kind: "scope", title: block.of }, palette)}”`;
    case "branch":
      return `${block.cases.length + (block.otherwise ? 1 : 0)} 条路 · ${stepsIn(block)} 步`;
    case "parallel":
      return `${block.lanes.length} 条线 · ${stepsIn(block)} 步`;
    default:
      return `${stepsIn(block)} 步`;
  }
}

function detail(step, tree, palette) {
  const settings = step.settings ?? {};
  if (settings.amount_of) return `金额来自“${named(settings.amount_of, tree, palette)}”`;
  if (settings.subject) return settings.subject;
  if (settings.url) return settings.owner || settings.url.split("/")[2] || "";
  if (settings.until) return `等到 ${settings.until}`;
  if (settings.minutes) return `等 ${minutesWords(settings.minutes)}`;
  if (settings.role) return `由${settings.role}办`;
  if (settings.fields?.length) return `${settings.fields.length} 个问题`;
  if (settings.page) return palette[step.type]?.pages?.[settings.page] ?? settings.page;
  const place = settings.place ?? {};
  return [place.building, place.floor, place.room].filter(Boolean).join(" ");
}

export function named(key, tree, palette) {
  const found = at(tree, key);
  return found ? titleOf(found.block, palette) : key;
}

/** What a sequence is called: "收费的超时未缴之后", "第 1 条路" … */
export function sequenceWords(tree, address, palette) {
  const [owner, of, key] = address.split("/");
  const block = owner === FLOW ? null : at(tree, owner)?.block;
  const title = block ? titleOf(block, palette) : "";
  switch (of) {
    case "port":
      return `“${title}”出现“${palette[block?.type]?.outcomes.find((each) => each.key === key)?.title ?? key}”时`;
    case "case":
      return `“${title}”的“${block?.cases.find((each) => each.key === key)?.title || "没有名称的路"}”`;
    case "otherwise":
      return `“${title}”的“其余情况”`;
    case "lane":
      return `“${title}”的“${block?.lanes.find((each) => each.key === key)?.title || "没有名称的线"}”`;
    case "exhausted":
      return `“${title}”次数用完时`;
    case "interrupt": {
      const list = (owner === FLOW ? tree : block)?.interrupts ?? [];
      return `发生“${list.find((each) => each.key === key)?.title || "中断"}”时`;
    }
    default:
      return block ? `“${title}”里面` : "流程";
  }
}

/** "放到“报到”之后" for every + of the canvas. */
export function placeWords(tree, place, palette) {
  const before = indexOf(tree).lists.get(place.sequence)?.[place.index - 1];
  return before ? `“${titleOf(before, palette)}”之后` : `${sequenceWords(tree, place.sequence, palette)}的开头`;
}

/** What a screen reader says of a card. */
export function spoken(found, tree, palette, faults) {
  const { block, index, depth, address } = found;
  const wrong = faults.length ? `，${faults.length} 处问题` : "";
  const open = block.kind === "step" ? outcomesOf(block, palette).length : sequences(block).length;
  const doors = open ? `，${open} 个${block.kind === "step" ? "其他结果" : "分路"}` : "";
  return `第 ${index + 1} 步，${titleOf(block, palette)}，${typeOf(block, palette)}${doors}${wrong}，第 ${depth} 层，在${sequenceWords(tree, address, palette)}`;
}

/** The steps that a setting may name: those that deliver, take money, or tell an amount. */
export function candidates(tree, wants, palette) {
  const fits = {
    delivers: (node) => node.outcomes.some((each) => each.delivers),
    takes: (node) => node.outcomes.some((each) => each.takes),
    amount: (node) => node.facts.some((each) => each.key === "due_fen"),
  }[wants];
  return walk(tree).map(({ block }) => block).filter((block) => block.kind === "step" && palette[block.type] && fits(palette[block.type]));
}

/** The facts that the steps of a tree can tell, by name: what their types declare, and their own questions. */
export function factsOf(tree, palette, except) {
  const steps = walk(tree).map(({ block }) => block).filter((block) => block.kind === "step" && block.key !== except && palette[block.type]);
  return steps.flatMap((step) => {
    const node = palette[step.type];
    const own = node.declares ? step.settings?.[node.declares] ?? [] : [];
    return [...node.facts, ...own].map((fact) => [`${step.key}.${fact.key}`, `${titleOf(step, palette)}的${fact.title}`]);
  });
}
