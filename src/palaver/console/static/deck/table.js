/** A table to write: cells, and rows and columns that come and go. */
import { button, element } from "../element.js";

/** @import { Editor } from "./bullets.js" */

/** @typedef {{header: string[], rows: string[][]}} Table */

const MOST_COLUMNS = 12;
const MOST_ROWS = 100;

/**
 * @param {Table | undefined} table
 * @returns {Editor<Table>}
 */
export function tableEditor(table) {
  /** @type {string[][]} */
  let cells = squared(table ? [table.header, ...table.rows] : [["", ""], ["", ""]]);
  const place = element("div", { class: "table-editor" });
  const addRow = button("Add a row", () => changed(rowAdded, [cells.length, 0]), { class: "small" });
  const addColumn = button("Add a column", () => changed(columnAdded, [0, width()]), {
    class: "small",
  });

  const width = () => cells[0]?.length ?? 0;
  const rowAdded = () => [...cells, Array(width()).fill("")];
  const columnAdded = () => cells.map((row) => [...row, ""]);

  /**
   * @param {() => string[][]} change
   * @param {[number, number]} focus the row and column of the cell to go on with
   */
  function changed(change, [row, column]) {
    cells = values();
    cells = change();
    draw();
    const cell = place.querySelector(`[data-row="${row}"][data-column="${column}"]`);
    if (cell instanceof HTMLElement) cell.focus();
  }

  function values() {
    return cells.map((row, r) =>
      row.map((_, c) => {
        const cell = place.querySelector(`textarea[data-row="${r}"][data-column="${c}"]`);
        return cell instanceof HTMLTextAreaElement ? cell.value : "";
      }),
    );
  }

  function draw() {
    const removers = cells[0]?.map((_, c) => {
      const without = () => cells.map((row) => row.filter((_, at) => at !== c));
      const remove = () => changed(without, [0, Math.max(c - 1, 0)]);
      const label = `Remove column ${c + 1}`;
      const attributes = { class: "small", "aria-label": label, disabled: width() === 1 };
      return element("td", {}, button("×", remove, attributes));
    });
    const rows = cells.map((row, r) => {
      const without = () => cells.filter((_, at) => at !== r);
      const remove = () => changed(without, [r - 1, 0]);
      const label = `Remove row ${r}`;
      return element(
        "tr",
        {},
        ...row.map((text, c) => element("td", {}, cell(text, r, c))),
        element("td", {}, r > 0 && button("×", remove, { class: "small", "aria-label": label })),
      );
    });
    const body = element("tbody", {}, ...rows, element("tr", {}, ...(removers ?? [])));
    place.replaceChildren(element("table", { role: "presentation" }, body));
    addRow.disabled = cells.length > MOST_ROWS;
    addColumn.disabled = width() >= MOST_COLUMNS;
  }

  draw();
  const node = element(
    "fieldset",
    {},
    element("legend", {}, "Table"),
    place,
    element("div", { class: "actions" }, addRow, addColumn),
  );
  return {
    node,
    read() {
      const [header = [], ...rows] = values();
      return { header, rows };
    },
  };
}

/**
 * @param {string} text
 * @param {number} row
 * @param {number} column
 */
function cell(text, row, column) {
  const label = row === 0 ? `Name of column ${column + 1}` : `Row ${row}, column ${column + 1}`;
  const made = element("textarea", {
    rows: 1,
    maxlength: 500,
    "aria-label": label,
    "data-row": row,
    "data-column": column,
  });
  made.value = text;
  return made;
}

/**
 * Rows of one length: what a row lacks is empty.
 *
 * @param {readonly (readonly string[])[]} rows
 */
function squared(rows) {
  const longest = Math.max(...rows.map((row) => row.length));
  return rows.map((row) => [...row, ...Array(longest - row.length).fill("")]);
}
