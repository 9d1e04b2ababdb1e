/** What the three homes of this program offer. Everything that differs between them is behind this. */
import type { Config, Payment, Position } from "../api/screen";

export type Paid = "asked" | "cancelled" | "leaving";

/** The person, or the phone, did not give a position. */
export class NoPosition extends Error {
  constructor(readonly reason: "refused" | "unavailable") {
    super(reason);
  }
}

export interface Host {
  name: "wechat" | "alipay" | "h5";
  platform: "wechat" | "alipay";
  origin: string;
  /** Whether this program draws the navigation bar itself. */
  ownBar: boolean;
  /** The height of the status bar and the width the host's capsule takes at the right, in px. */
  bar(): { top: number; right: number };
  /** A sign-in code without a page (in a browser: the one the way back brought before the `#`, once), or null when a page is needed. */
  silentCode(): Promise<string | null>;
  /** Leaves for the page that signs a person in (H5 only); comes back to the sign-in page of `/m/` with the code. */
  leaveToSignIn(config: Config): void;
  /** Opens the host's cashier; `back` is the page that asks how it ended. `asked`: ask the server. */
  pay(payment: Payment, back: string): Promise<Paid>;
  locate(): Promise<Position>;
  openPermissions(): void;
  dial(phone: string): void;
  map(lng: number, lat: number, name: string): void;
  open(target: string): void;
  buzz(): void;
  /** The size of the host's own text in px, where it says so. */
  fontPx(): number | null;
  canSpeak: boolean;
  speak(text: string, done: () => void): void;
  hush(): void;
  dark(changed: (dark: boolean) => void): boolean;
  paint(colour: string, dark: boolean): void;
  keep(name: string, value: string): void;
  recall(name: string): string | null;
  forget(name: string): void;
  forgetAll(): void;
}
