// The tree as nested elements: cards in a column, ways side by side. Pure drawing: what a tap does is told by data attributes.
import { FLOW, sequences } from "./tree.js";
import { h } from "./dom.js";
import { icon, iconOf } from "./icons.js";
import { mainOf, minutesWords, needWords, noteOf, outcomesOf, placeWords, sequenceWords, spoken, titleOf } from "./words.js";

/** `view`: {tree, palette, selected, collapsed: Set, faults: Map(key → list), sentences, moving, events}. Returns the content of the canvas. */
export function drawing(view) {
  const { tree } = view;
  return [
    h("div", { class: "yc-end yc-end--start" }, "开始：有今天的预约"),
    tree.body.length ? sequence(view, `${FLOW}/body`, tree.body, [], "end") : blank(view),
    h("div", { class: "yc-end" }, "结束"),
    tree.interrupts?.length ? h("div", { class: "yc-anytime" }, h("p", { class: "yc-anytime__head" }, "就诊期间随时可能发生"), interrupts(view, tree, [])) : null,
  ];
}

function blank(view) {
  return [add(view, `${FLOW}/body`, 0, "always"), h("div", { class: "yc-blank" }, h("p", {}, "还没有步骤。点上面的 + 加第一步，或从样板开始。"), h("div", { class: "yc-blank__ways", "data-patterns": true }))];
}

function sequence(view, address, blocks, parents, ending = "") {
  const parts = [];
  blocks.forEach((block, index) => {
    parts.push(add(view, address, index), node(view, { block, address, index, depth: parents.length + 1, parents }));
  });
  const last = blocks.at(-1);
  const stops = last?.kind === "leave";
  parts.push(add(view, address, blocks.length, ending || (blocks.length ? "last" : "always"), stops));
  return h("div", { class: `yc-seq${stops ? " is-left" : ""}`, role: "group" }, parts);
}

function add(view, sequence_, index, when = "", stops = false) {
  const label = placeWords(view.tree, { sequence: sequence_, index }, view.palette);
  return h(
    "div",
    { class: `yc-add${when ? ` yc-add--${when}` : ""}${stops ? " is-stopped" : ""}`, "data-sequence": sequence_, "data-index": index },
    h("button", { type: "button", class: "yc-plus", tabindex: "-1", "data-act": "add", "aria-label": `在${label}加一步`, title: `在${label}加一步`, html: icon("plus", 14) }),
    h("span", { class: "yc-add__says", "aria-hidden": "true" }, `放到${label}`),
  );
}

function node(view, found) {
  const { block } = found;
  const folded = view.collapsed.has(block.key);
  if (block.kind === "step") return step(view, found);
  if (block.kind === "leave") return h("div", { class: "yc-node" }, card(view, found, "yc-card--leave"));
  if (folded) return h("div", { class: "yc-node" }, card(view, found, "yc-card--folded"));
  return { branch, parallel, repeat, scope }[block.kind](view, found);
}

function attributes(view, found, extra = "") {
  const { block, depth } = found;
  const faults = view.faults.get(block.key) ?? [];
  const severity = faults.some((each) => each.severity === "E") ? " is-wrong" : faults.length ? " is-doubtful" : "";
  const doors = block.kind !== "step" && block.kind !== "leave";
  return {
    class: `${extra}${severity}${view.selected === block.key ? " is-selected" : ""}${view.moving === block.key ? " is-moving" : ""}`,
    id: `yc-node-${block.key}`,
    "data-key": block.key,
    role: "treeitem",
    "aria-level": depth,
    "aria-selected": view.selected === block.key ? "true" : "false",
    "aria-expanded": doors ? String(!view.collapsed.has(block.key)) : null,
    "aria-label": spoken(found, view.tree, view.palette, faults),
  };
}

function mark(view, key) {
  const faults = view.faults.get(key) ?? [];
  if (!faults.length) return null;
  const hard = faults.filter((each) => each.severity === "E").length;
  return h("span", { class: `yc-mark-n${hard ? "" : " is-soft"}`, title: faults.map((each) => each.text).join("\n") }, String(hard || faults.length));
}

function card(view, found, extra = "") {
  const { block } = found;
  const family = block.kind === "step" ? view.palette[block.type]?.family ?? "system" : "system";
  return h(
    "div",
    attributes(view, found, `yc-cardlet ${extra}`),
    h("span", { class: `yc-tile yc-tile--${family}`, html: icon(iconOf(block)) }),
    h("span", { class: "yc-cardlet__words" }, h("strong", {}, titleOf(block, view.palette)), h("small", {}, noteOf(block, view.tree, view.palette))),
    h("button", { type: "button", class: "yc-dots", tabindex: "-1", "data-act": "menu", "aria-label": `${titleOf(block, view.palette)}的操作`, html: icon("more", 16) }),
    mark(view, block.key),
  );
}

function pill(view, found, words, extra = "") {
  const { block } = found;
  return h(
    "div",
    attributes(view, found, `yc-pill ${extra}`),
    h("span", { class: "yc-pill__icon", html: icon(iconOf(block), 16) }),
    h("strong", {}, titleOf(block, view.palette)),
    words ? h("span", { class: "yc-pill__note" }, words) : null,
    h("button", { type: "button", class: "yc-dots", tabindex: "-1", "data-act": "menu", "aria-label": `${titleOf(block, view.palette)}的操作`, html: icon("more", 16) }),
    mark(view, block.key),
  );
}

// Steps and their outcomes

function step(view, found) {
  const { block, parents } = found;
  const others = outcomesOf(block, view.palette);
  const bodies = others.filter((each) => block.ports?.[each.key]?.length);
  const chips = others.filter((each) => !block.ports?.[each.key]?.length);
  const strip = chips.length ? h("div", { class: "yc-ports", "data-of": block.key }, chips.map((each) => chip(view, block, each))) : null;
  if (!bodies.length) return h("div", { class: "yc-node" }, h("div", { class: "yc-stack" }, card(view, found), strip));
  const main = way(view, { head: h("span", { class: "yc-out yc-out--main" }, mainOf(block, view.palette)), body: h("div", { class: "yc-through" }) });
  const ways = bodies.map((each) =>
    way(view, {
      head: h("span", { class: `yc-out${each.strange ? " is-wrong" : ""}` }, each.title),
      body: sequence(view, `${block.key}/port/${each.key}`, block.ports[each.key], [...parents, block]),
    }),
  );
  return h("div", { class: "yc-node" }, h("div", { class: "yc-stack" }, card(view, found), strip), columns([main, ...ways]));
}

function chip(view, block, outcome) {
  const served = Boolean(block.ports?.[outcome.key]);
  const tone = outcome.strange ? " is-wrong" : served ? "" : " is-open";
  const says = served ? "照常往下" : "没有去处";
  return h(
    "button",
    { type: "button", class: `yc-port${tone}`, tabindex: "-1", "data-act": "port", "data-port": outcome.key, "data-of": block.key, "data-sequence": `${block.key}/port/${outcome.key}`, "data-index": "0", title: `出现“${outcome.title}”时：${says}` },
    outcome.title,
    h("small", {}, says),
  );
}

// Constructs

/** Ways beside each other. A way that leaves, or has nowhere to go, does not join the line below. */
function columns(ways, extra = "") {
  for (const each of ways) if (each.classList.contains("is-open") || each.querySelector(":scope > .yc-seq.is-left")) each.classList.add("is-cut");
  return h("div", { class: `yc-cols ${extra}` }, ways, h("div", { class: "yc-join" }));
}

/** Draw the line below each set of ways: from the outermost way that goes on to the trunk. Reads everything first, then writes. */
export function join(paper) {
  const lines = [...paper.querySelectorAll(".yc-cols")].map((cols) => {
    const live = [...cols.children].filter((each) => each.classList.contains("yc-col") && !each.classList.contains("is-cut"));
    const places = [cols.offsetWidth / 2, ...live.map((each) => each.offsetLeft + each.offsetWidth / 2)].map((x) => x / cols.offsetWidth);
    return { cols, from: Math.min(...places), to: Math.max(...places), none: !live.length };
  });
  for (const { cols, from, to, none } of lines) {
    const line = cols.lastElementChild;
    line.hidden = none;
    line.style.left = `${from * 100}%`;
    line.style.width = `calc(${(to - from) * 100}% + 2px)`;
  }
}

function way(view, { head, body, key, extra = "" }) {
  return h("div", { class: `yc-col ${extra}`, "data-way": key ?? null }, h("div", { class: "yc-col__stub" }), head, body, h("div", { class: "yc-col__fill" }));
}

function branch(view, found) {
  const { block, parents } = found;
  const inside = [...parents, block];
  const ways = block.cases.map((each, n) =>
    way(view, {
      key: each.key,
      head: lead(view, block, each.key, each.title || `第 ${n + 1} 条路`, view.sentences[each.key] || "还没有写条件"),
      body: sequence(view, `${block.key}/case/${each.key}`, each.body, inside),
    }),
  );
  const rest = block.otherwise
    ? way(view, { head: lead(view, block, "", "其余情况", "前面都不符合时"), body: sequence(view, `${block.key}/otherwise`, block.otherwise, inside) })
    : way(view, { extra: "is-open", head: h("button", { type: "button", class: "yc-lead is-open", tabindex: "-1", "data-act": "otherwise", "data-of": block.key }, h("strong", {}, "其余情况"), h("small", {}, "没有去处，点这里补上")), body: null });
  return h("div", { class: "yc-node" }, pill(view, found, ""), columns([...ways, rest]));
}

function lead(view, block, key, title, note) {
  const faults = key ? view.faults.get(key) ?? [] : [];
  return h(
    "button",
    { type: "button", class: `yc-lead${faults.length ? " is-wrong" : ""}`, tabindex: "-1", "data-act": key ? "case" : "open", "data-case": key || null, "data-of": block.key, title: note },
    h("strong", {}, title),
    h("small", {}, note),
  );
}

function parallel(view, found) {
  const { block, parents } = found;
  const lanes = block.lanes.map((each, n) =>
    way(view, {
      key: each.key,
      head: h("span", { class: "yc-lane-name" }, each.title || `第 ${n + 1} 条线`),
      body: sequence(view, `${block.key}/lane/${each.key}`, each.body, [...parents, block]),
    }),
  );
  return h("div", { class: "yc-node" }, pill(view, found, needWords(block)), columns(lanes, "yc-cols--bars"));
}

function repeat(view, found) {
  const { block, parents } = found;
  const inside = [...parents, block];
  const until = view.sentences[block.key] ? `直到 ${view.sentences[block.key]}` : "还没有写什么时候结束";
  const most = block.at_most ? `最多 ${block.at_most} 次` : "没有写最多几次";
  const frame = h(
    "div",
    { class: "yc-frame yc-frame--loop" },
    pill(view, found, most, "yc-pill--on"),
    h("p", { class: "yc-frame__note", title: until }, until),
    h("div", { class: "yc-back", "aria-hidden": "true" }),
    sequence(view, `${block.key}/body`, block.body, inside),
  );
  if (!block.exhausted) {
    const open = h("button", { type: "button", class: "yc-port is-open", tabindex: "-1", "data-act": "exhausted", "data-of": block.key, "data-sequence": `${block.key}/exhausted`, "data-index": "0" }, "次数用完", h("small", {}, "没有去处"));
    return h("div", { class: "yc-node" }, frame, h("div", { class: "yc-ports" }, open));
  }
  const through = way(view, { head: h("span", { class: "yc-out yc-out--main" }, "条件满足"), body: h("div", { class: "yc-through" }) });
  const spent = way(view, { head: h("span", { class: "yc-out" }, "次数用完"), body: sequence(view, `${block.key}/exhausted`, block.exhausted, inside) });
  return h("div", { class: "yc-node" }, frame, columns([through, spent]));
}

function scope(view, found) {
  const { block, parents } = found;
  return h(
    "div",
    { class: "yc-node" },
    h(
      "div",
      { class: "yc-frame" },
      pill(view, found, "", "yc-pill--on"),
      h("div", { class: "yc-frame__row" }, sequence(view, `${block.key}/body`, block.body, [...parents, block]), block.interrupts.length ? h("div", { class: "yc-strikes" }, interrupts(view, block, [...parents, block])) : null),
    ),
  );
}

function interrupts(view, holder, inside) {
  const owner = holder.kind ? holder.key : FLOW;
  return sequences(holder)
    .filter((each) => each.of === "interrupt")
    .map((each) => {
      const row = holder.interrupts.find((one) => one.key === each.key);
      const faults = view.faults.get(each.key) ?? [];
      const when = row.on ? view.events[row.on] ?? row.on : row.after ? `超过 ${minutesWords(row.after)}` : "还没有选事件或时限";
      return h(
        "div",
        { class: "yc-strike" },
        h(
          "button",
          { type: "button", class: `yc-lead yc-lead--strike${faults.length ? " is-wrong" : ""}`, tabindex: "-1", "data-act": "interrupt", "data-of": owner, "data-case": each.key, title: sequenceWords(view.tree, each.address, view.palette) },
          h("strong", {}, row.title || when),
          h("small", {}, `${when}${row.undo ? "，退回已办的" : ""}`),
        ),
        sequence(view, each.address, each.body, inside),
      );
    });
}
