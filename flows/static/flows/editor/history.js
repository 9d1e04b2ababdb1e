// Undo and redo over whole trees; typing in one field is one step.

const MOST = 200;
const TOGETHER = 1200; // milliseconds within which edits with the same tag are one

export class History {
  constructor(tree) {
    this.past = [];
    this.present = tree;
    this.future = [];
    this.tag = "";
    this.at = 0;
  }

  /** A new state. Edits with the same non-empty tag that follow each other quickly count as one. */
  push(tree, tag = "", at = Date.now()) {
    if (tree === this.present) return;
    const joins = tag && tag === this.tag && at - this.at < TOGETHER;
    if (!joins) {
      this.past.push(this.present);
      if (this.past.length > MOST) this.past.shift();
    }
    this.present = tree;
    this.future = [];
    this.tag = tag;
    this.at = at;
  }

  undo() {
    if (!this.past.length) return false;
    this.future.push(this.present);
    this.present = this.past.pop();
    this.tag = "";
    return true;
  }

  redo() {
    if (!this.future.length) return false;
    this.past.push(this.present);
    this.present = this.future.pop();
    this.tag = "";
    return true;
  }
}
