import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import ts from 'typescript';

/**
 * Makes the source map of bundled declarations from the maps that tsc wrote for the separate ones. The map of
 * rollup-plugin-dts names wrong files for a third of the declarations.
 *
 * @param {string} code the bundled declarations
 * @param {readonly string[]} files the separate declaration files in it
 * @returns {{ sources: string[], mappings: string }} with sources relative to the working directory
 */
export function declarationMap(code, files) {
  const sources = [];
  const originals = new Map();
  for (const file of files) {
    for (const declaration of declarationsOf(readFileSync(file, 'utf8'), mappingOf(file, sources))) {
      originals.set(declaration.key, [...(originals.get(declaration.key) ?? []), declaration]);
    }
  }
  const lines = code.split('\n').map(() => []);
  for (const { key, text, line, offset } of declarationsOf(code)) {
    const candidates = originals.get(key) ?? [];
    const same = candidates.findIndex((candidate) => candidate.text === text);
    const [original] = candidates.splice(Math.max(same, 0), 1);
    if (original === undefined) continue;
    original.segments.forEach((segments, index) => {
      const shift = index === 0 ? offset - original.offset : 0;
      lines[line + index]?.push(
        ...segments.map(([column, ...position]) => [Math.max(column + shift, 0), ...position]),
      );
    });
  }
  return { sources, mappings: encode(lines) };
}

/** The segments of each line of a file, whose sources are indexes of `sources`. */
function mappingOf(file, sources) {
  const map = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
  const indexes = map.sources.map((source) => {
    const resolved = path.relative('.', path.resolve(path.dirname(file), source));
    if (!existsSync(resolved)) throw new Error(`${file}.map: no source ${resolved}`);
    return sources.push(resolved) - 1;
  });
  return decode(map.mappings).map((segments) =>
    segments
      .filter((segment) => segment.length > 1)
      .map(([column, source, line, sourceColumn]) => [column, indexes[source], line, sourceColumn]),
  );
}

/** The top-level declarations of a file. The key of a declaration is the same before and after the bundling. */
function declarationsOf(code, mapping = []) {
  const file = ts.createSourceFile('file.d.ts', code, ts.ScriptTarget.Latest, true);
  return file.statements.flatMap((statement) => {
    const named = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement;
    if (named.name === undefined) return [];
    const start = file.getLineAndCharacterOfPosition(statement.getStart());
    const name = file.getLineAndCharacterOfPosition(named.name.getStart());
    const end = file.getLineAndCharacterOfPosition(statement.end);
    const normal = (text) => text.replaceAll(/\$\d+|\bexport\b|\bdeclare\b|\s+/g, '');
    return {
      key: `${statement.kind} ${normal(named.name.getText())}`,
      text: normal(statement.getText()),
      line: start.line,
      offset: name.character,
      segments: mapping.slice(start.line, end.line + 1),
    };
  });
}
