/** The tap under way: its button shows it in place, and a second tap does nothing. */
import { ref } from "vue";
import type { Action } from "../api/screen";

export const underWay = ref("");

export const nameOf = (action: Action): string => `${action.kind} ${action.target} ${JSON.stringify(action.body)}`;
