/** Markdown in pieces that are made into elements at once: some blocks, or some items of a long list. */
import { sizeOf } from "./markdown.js";

/** @typedef {import("../vendor/marked.esm.js").Tokens.Generic} Token */

/** So many characters of blocks are made at once. */
const AT_ONCE = 4_000;
/** So many items of a list, and cells of a table. */
const ITEMS = 40;
const CELLS = 400;

/**
 * What is made at once.
 *
 * @typedef {object} Piece
 * @property {Token[]} blocks
 * @property {number} length of the text that they were
 * @property {number} size how many elements they become, about
 * @property {Rows} [rows] the list or table that they are a part of
 * @property {boolean} isEnd whether no part of that comes after them
 */

/**
 * A list or table of which one part is made after the other.
 *
 * @typedef {object} Rows
 * @property {string} type
 * @property {boolean | undefined} ordered
 * @property {boolean | undefined} loose whether there is room between its items
 * @property {string} head what its later parts are read with: a table's first two lines
 * @property {Element} [place] what holds them
 */

/**
 * @param {readonly Token[]} blocks
 * @returns {Piece[]} the last block in one of its own, as it may still grow
 */
export function piecesOf(blocks) {
  const last = blocks.findLastIndex((each) => each.type !== "space");
  /** @type {Piece[]} */
  const pieces = [];
  let takesMore = false;
  for (const [index, block] of blocks.entries()) {
    const parts = partsOf(block);
    const before = pieces.at(-1);
    const small = parts.length === 1 && index < last && takesMore;
    // What is between the last block and the end belongs to nobody yet.
    if (before && (index > last || small)) {
      before.blocks.push(block);
      before.length += block.raw.length;
      before.size += sizeOf([block]);
    } else {
      pieces.push(...parts);
    }
    takesMore = parts.length === 1 && (pieces.at(-1)?.length ?? 0) < AT_ONCE;
  }
  return pieces;
}

/**
 * The parts of a block; of a small one there is one.
 *
 * @param {Token} block
 * @param {Rows} [open] what it goes on with
 * @returns {Piece[]}
 */
export function partsOf(block, open) {
  const parts = block.type === "list" ? itemsOf(block) : block.type === "table" ? rowsOf(block) : undefined;
  if (!parts || (parts.length === 1 && !open)) {
    return [{ blocks: [block], length: block.raw.length, size: sizeOf([block]), isEnd: true }];
  }
  const head = block.type === "table" ? headOf(block) : "";
  const rows = open ?? { type: block.type, ordered: block.ordered, loose: block.loose, head };
  return parts.map(({ part, length }, index) => ({
    blocks: [part],
    length: length + (open || index > 0 ? 0 : head.length),
    size: sizeOf([part]),
    rows,
    isEnd: index === parts.length - 1,
  }));
}

/**
 * Whether what was cut off goes on with this block.
 *
 * @param {Rows} open
 * @param {Token} block
 */
export function continues(open, block) {
  return block.type === open.type && block.ordered === open.ordered;
}

/**
 * @param {Token} list
 * @returns {{ part: Token, length: number }[] | undefined} nothing where it cannot be cut
 */
function itemsOf(list) {
  /** @type {Token[]} */
  const items = list.items;
  if (items.map((each) => each.raw).join("") !== list.raw) return undefined;
  return cut(items, ITEMS).map((some) => ({ part: { ...list, items: some }, length: lengthOf(some) }));
}

/**
 * @param {Token} table
 * @returns {{ part: Token, length: number }[] | undefined} nothing where it cannot be cut
 */
function rowsOf(table) {
  const lines = linesOf(table).slice(2);
  // What follows the last row is a part of the table's text as well.
  while (lines.length > table.rows.length) lines.splice(-2, 2, lines.slice(-2).join(""));
  if (lines.length !== table.rows.length || lines.length === 0) return undefined;
  const atOnce = Math.max(1, Math.floor(CELLS / table.header.length));
  const rows = cut(/** @type {Token[][]} */ (table.rows), atOnce);
  const texts = cut(lines, atOnce);
  return rows.map((some, index) => ({
    part: { ...table, rows: some },
    length: (texts[index] ?? []).join("").length,
  }));
}

/** @param {Token} table */
function headOf(table) {
  return linesOf(table).slice(0, 2).join("");
}

/** Its lines, each with its end. @param {Token} block */
function linesOf(block) {
  return block.raw.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** @param {readonly Token[]} tokens */
function lengthOf(tokens) {
  return tokens.reduce((length, each) => length + each.raw.length, 0);
}

/**
 * @template T
 * @param {readonly T[]} all
 * @param {number} size
 * @returns {T[][]}
 */
function cut(all, size) {
  const parts = [];
  for (let at = 0; at < all.length; at += size) parts.push(all.slice(at, at + size));
  return parts;
}
