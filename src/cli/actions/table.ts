import { visible } from '../../errors/visible.js';

/**
 * Columns as wide as their widest cell, two spaces apart. Cells are made visible for a pipe too, so that a line break
 * in one cannot pass for a row.
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
