import { visible } from '../../errors/visible.js';

/**
 * Formats a table. A column is as wide as its widest cell, and two spaces separate columns. Control characters are escaped for
 * a pipe, too, so that a line break in a cell cannot look like another row.
 */
export function table(cells: readonly (readonly string[])[]): string[] {
  const rows = cells.map((row) => row.map(visible));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
