/** Names for the parts of a screen. The shapes are the server's: schema.d.ts is generated. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Screen = Schemas["Screen"];
export type Block = Screen["blocks"][number];
export type Of<T extends Block["type"]> = Extract<Block, { type: T }>;
export type Action = Schemas["Action"];
/** A tap with what the patient filled in or chose: it is sent under `data`, beside the action of the screen. */
export type Filled = Action & { data?: Record<string, string> };
export type Elder = Schemas["Elder"];
export type Station = Schemas["RouteNode"];
export type NodeState = Station["state"];
export type Tone = Screen["tone"];
export type Service = Of<"now_card">["icon"];
export type Problem = Schemas["Problem"];
export type Payment = Schemas["Payment"];
export type Position = Schemas["PositionReading"];
export type Config = Schemas["Config"];
export type Me = Schemas["Me"];
export type Display = Schemas["Display"];
export type SignedIn = Schemas["SignedIn"];
export type Card = Schemas["Card"];
