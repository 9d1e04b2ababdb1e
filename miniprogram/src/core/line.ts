/** The chain as a line of numbered stations; forks become lanes, and forks inside a lane follow one another in it. */
import type { NodeState, Station } from "../api/screen";

export interface Stop {
  number: number;
  station: Station;
}

export interface Fork {
  number: number;
  station: Station;
  lanes: Stop[][];
}

export type Piece = (Stop & { kind: "stop" }) | (Fork & { kind: "fork" });

const PASSED: NodeState[] = ["done", "skipped", "cancelled"];
export const passed = (state: NodeState): boolean => PASSED.includes(state);

export const MARKS: Record<NodeState, { icon: string; words: string }> = {
  future: { icon: "", words: "还没到" },
  maybe: { icon: "", words: "不一定有" },
  now: { icon: "play", words: "现在" },
  waiting: { icon: "clock", words: "等待中" },
  done: { icon: "check", words: "已完成" },
  skipped: { icon: "dashes", words: "不用做" },
  cancelled: { icon: "dashes", words: "已取消" },
  trouble: { icon: "warn", words: "要处理" },
  unknown: { icon: "question", words: "正在确认" },
};

function stopsOf(station: Station): Station[] {
  return station.lanes.length ? station.lanes.flatMap((lane) => lane.flatMap(stopsOf)) : [station];
}

export function pieces(nodes: Station[]): Piece[] {
  let number = 0;
  return nodes.map((station) => {
    if (!station.lanes.length) return { kind: "stop", number: ++number, station };
    const first = number + 1;
    const lanes = station.lanes.map((lane) => lane.flatMap(stopsOf).map((stop) => ({ number: ++number, station: stop })));
    return { kind: "fork", number: first, station, lanes };
  });
}

/** The finished beginning of the line, folded into one sentence when it is longer than two stations. */
export function fold(all: Piece[]): { past: Piece[]; rest: Piece[] } {
  const open = all.findIndex((piece) => !passed(piece.station.state));
  const count = open === -1 ? 0 : open;
  return count > 1 ? { past: all.slice(0, count), rest: all.slice(count) } : { past: [], rest: all };
}
