/** How high the messages of a session are: those that were measured, and a guess for all others. */

const BLOCK = 64;
/** Browsers know no element that is higher than some 33 million pixels. */
const HIGHEST = 15_000_000;

/** @typedef {{ sum: number, heights: Map<number, number> }} Block */

export class Heights {
  /** Measured ones by number, so that a sum takes no walk over all. @type {Map<number, Block>} */
  #blocks = new Map();
  #guess = 150;
  count = 0;

  /** @param {number} index @param {number} height */
  set(index, height) {
    const number = Math.floor(index / BLOCK);
    let block = this.#blocks.get(number);
    if (!block) {
      block = { sum: 0, heights: new Map() };
      this.#blocks.set(number, block);
    }
    block.sum += height - (block.heights.get(index) ?? 0);
    block.heights.set(index, height);
  }

  /** Forget what was measured, and take its mean for all. */
  guess() {
    let sum = 0;
    let count = 0;
    for (const block of this.#blocks.values()) {
      sum += block.sum;
      count += block.heights.size;
    }
    if (count > 0) this.#guess = sum / count;
    this.forget();
  }

  forget() {
    this.#blocks.clear();
  }

  /** The height of all those before one. @param {number} index */
  before(index) {
    let sum = 0;
    let known = 0;
    for (const [number, block] of this.#blocks) {
      if ((number + 1) * BLOCK <= index) {
        sum += block.sum;
        known += block.heights.size;
      } else if (number * BLOCK < index) {
        for (const [each, height] of block.heights) {
          if (each >= index) continue;
          sum += height;
          known += 1;
        }
      }
    }
    return sum + (index - known) * Math.min(this.#guess, HIGHEST / this.count);
  }

  /** The message at a height, or the one that is nearest. @param {number} height */
  at(height) {
    let low = 0;
    let high = Math.max(0, this.count - 1);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.before(middle) <= height) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
