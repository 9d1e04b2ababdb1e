/** What a screen reader is told, politely, and when the phone shakes: two ahead, called, result known. Nothing else. */
import type { Of, Screen } from "../api/screen";

function ticketOf(screen: Screen | null): Of<"ticket"> | undefined {
  return screen?.blocks.find((block): block is Of<"ticket"> => block.type === "ticket");
}

function outcomeOf(screen: Screen | null): Of<"result"> | undefined {
  return screen?.blocks.find((block): block is Of<"result"> => block.type === "result");
}

export const justCalled = (before: Screen | null, after: Screen): boolean => !!before && !ticketOf(before)?.called && !!ticketOf(after)?.called;

export function news(before: Screen | null, after: Screen): string {
  const [old, now] = [ticketOf(before), ticketOf(after)];
  if (now?.called && !old?.called) return `叫到您了，请进${now.room}`;
  if (now?.ahead === 2 && old?.ahead !== 2) return "前面还有 2 位";
  const [was, is] = [outcomeOf(before), outcomeOf(after)];
  return is && is.outcome !== was?.outcome ? `${is.title}。${is.money_sentence}` : "";
}
