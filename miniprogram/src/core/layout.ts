/** Where the blocks of a screen stand: in the page, behind 看全部, or as the bar at the bottom. Layout only: what is said is the server's. */
import type { Action, Block, Elder, Of, Screen } from "../api/screen";

export interface Layout {
  shown: Block[];
  folded: Block[];
  bar: Of<"action_bar"> | null;
}

export function same(one: Action | null | undefined, other: Action | null | undefined): boolean {
  return !!one && !!other && one.kind === other.kind && one.target === other.target && JSON.stringify(one.body) === JSON.stringify(other.body);
}

/** A place that only repeats what the now card says is not drawn again. */
function repeats(block: Block, blocks: Block[]): boolean {
  if (block.type !== "place" || block.floor || block.room || block.hint || block.navigate) return false;
  return blocks.some((other) => other.type === "now_card" && other.place === block.building);
}

/** In the normal version the whole line is in view, so the row of dots above it would say it twice. */
function redundant(block: Block, blocks: Block[], elder: boolean): boolean {
  return !elder && block.type === "stepper" && blocks.some((other) => other.type === "route");
}

export function layout(screen: Screen): Layout {
  const elder = screen.mode === "elder";
  const drawn = screen.blocks.filter((block) => !repeats(block, screen.blocks) && !redundant(block, screen.blocks, elder));
  const inPage = drawn.filter((block) => block.type !== "action_bar" && !(elder && block.elder.role === "drop"));
  const bar = drawn.find((block): block is Of<"action_bar"> => block.type === "action_bar") ?? null;
  return {
    shown: inPage.filter((block) => !elder || block.elder.role !== "more"),
    folded: inPage.filter((block) => elder && block.elder.role === "more"),
    bar: bar && barOf(bar, screen),
  };
}

/** One filled button a screen: in the elder version it stands in the now card, and the desk has the help bar. */
function barOf(bar: Of<"action_bar">, screen: Screen): Of<"action_bar"> | null {
  if (screen.mode !== "elder") return bar;
  const inCard = screen.blocks.some((block) => block.type === "now_card" && same(block.action, bar.main));
  const second = bar.second?.kind === "call" && screen.desk_phone ? null : bar.second;
  const main = inCard ? null : bar.main;
  return main || second || bar.link || bar.sum !== null ? { ...bar, main, second } : null;
}

/** Whether the card draws its own button, or the bar below has it. */
export function cardHasButton(card: Of<"now_card">, screen: Screen): boolean {
  if (screen.mode === "elder") return true;
  return !screen.blocks.some((block) => block.type === "action_bar" && same(block.main, card.action));
}

/** The texts of the elder version; what is missing falls back to the normal one. */
export function wording(elder: Elder, on: boolean, title: string, text: string): { title: string; text: string } {
  return on ? { title: elder.title ?? title, text: elder.text ?? text } : { title, text };
}
