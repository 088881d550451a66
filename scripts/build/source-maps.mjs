import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decode, encode } from '@jridgewell/sourcemap-codec';

/**
 * Makes a source map smaller: for each line of the built file it keeps one segment per line of a source. The package
 * has the sources beside the maps, so the maps do not repeat them. Sources of other packages are left out, because
 * they are not in this package.
 *
 * @param {string} file the map
 * @param {{ from?: string }} [options] the directory that the paths of the sources start from, if it is not that of the map
 */
export function reduceSourceMap(file, { from = path.dirname(file) } = {}) {
  const map = JSON.parse(readFileSync(file, 'utf8'));
  const sources = [];
  const indexOf = new Map();
  const ownSource = (index) => {
    const source = path.relative('.', path.resolve(from, map.sourceRoot ?? '', map.sources[index]));
    if (!source.startsWith(`src${path.sep}`)) return undefined;
    if (!indexOf.has(source)) {
      indexOf.set(source, sources.length);
      sources.push(path.relative(path.dirname(file), source).replaceAll(path.sep, '/'));
    }
    return indexOf.get(source);
  };
  const mappings = decode(map.mappings).map((segments) => {
    let last = '';
    return segments.flatMap(([column, index, line, sourceColumn]) => {
      const source = index === undefined ? undefined : ownSource(index);
      const position = source === undefined ? '' : `${source}:${line}`;
      if (position === last) return [];
      last = position;
      // A segment without a source ends the one before it.
      return source === undefined ? [[column]] : [[column, source, line, sourceColumn]];
    });
  });
  writeFileSync(
    file,
    JSON.stringify({ version: 3, file: map.file, sources, names: [], mappings: encode(mappings) }),
  );
}
