/** Back from the cashier: until the server knows, nothing here can be paid again. */
import type { Action, Of, Screen } from "../api/screen";

const elder = { role: "lead", title: null, text: null } as const;

function pays(action: Action | null): boolean {
  return action?.kind === "pay";
}

export function stillToPay(screen: Screen): boolean {
  return screen.blocks.some((block) => block.type === "action_bar" && (pays(block.main) || pays(block.second)));
}

export function isKnown(screen: Screen): boolean {
  return screen.blocks.some((block) => block.type === "result" && block.outcome !== "unknown");
}

/** The screen with its ways to pay taken away. */
export function confirming(screen: Screen): Screen {
  const result: Of<"result"> = {
    type: "result", key: "confirming", elder, outcome: "unknown", title: "正在确认付款结果", money_sentence: "请不要再付一次。",
    reason: "正在向医院查询，通常几秒就有结果。", code: "",
  }; // prettier-ignore
  return { ...screen, title: "付款结果", speech: "正在确认付款结果，请不要再付一次。", blocks: [result] };
}

export const NOT_RECEIVED = "医院还没有收到这笔钱。如果您已经付了，请不要再付，等这里更新；如果没有付，可以再付。";
