// Prints, section by section, which rows of the fault list have tests with their id: `npm run faults`.
// With `--json` it prints the covered and uncovered ids for programs.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const rows = readFileSync('test/faults/rows.tsv', 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [id, title] = line.split('\t');
    return { id, section: id.replace(/\d+$/, ''), title };
  });

// A title begins with one or more ids: `T7: ...`, `T1, T15: ...`.
const titles = /['"`]((?:[A-Z]\d{1,2}(?:, )?)+): /g;
const covered = new Map();
for (const file of readdirSync('test', { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.ts')) continue;
  for (const [, ids] of readFileSync(path.join('test', file), 'utf8').matchAll(titles)) {
    for (const id of ids.split(', ')) covered.set(id, (covered.get(id) ?? new Set()).add(file));
  }
}

const uncovered = rows.filter(({ id }) => !covered.has(id));
if (process.argv.includes('--json')) {
  const known = new Set(rows.map(({ id }) => id));
  console.log(
    JSON.stringify({
      covered: rows.filter(({ id }) => covered.has(id)).map(({ id }) => id),
      uncovered: uncovered.map(({ id }) => id),
      unknown: [...covered.keys()].filter((id) => !known.has(id)),
    }),
  );
} else {
  for (const section of new Set(rows.map((row) => row.section))) {
    const all = rows.filter((row) => row.section === section);
    const missing = uncovered.filter((row) => row.section === section);
    console.log(`${section}: ${all.length - missing.length} of ${all.length} rows have tests`);
    console.log(
      `   covered: ${
        all
          .filter(({ id }) => covered.has(id))
          .map(({ id }) => id)
          .join(' ') || 'none'
      }`,
    );
    for (const { id, title } of missing) console.log(`   not covered: ${id} ${title}`);
  }
  console.log(`${rows.length - uncovered.length} of ${rows.length} rows have tests`);
}
