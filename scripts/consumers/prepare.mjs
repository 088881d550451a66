import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transform } from 'esbuild';
import { namespaces } from '../build/entries.mjs';

/** Adds the programs that follow from others to a project: the CommonJS forms, and one that imports every namespace. */
export async function preparePrograms(project) {
  const file = (name) => path.join(project, name);
  const { code } = await transform(readFileSync(file('exercise.mjs'), 'utf8'), { format: 'cjs' });
  writeFileSync(file('exercise.cjs'), code);
  copyFileSync(file('program.ts'), file('program.mts'));
  copyFileSync(file('program.ts'), file('program.cts'));
  for (const ending of ['ts', 'mts', 'cts']) writeFileSync(file(`namespaces.${ending}`), everyNamespace());
}

/** A program that imports each namespace from its subpath, and whose types require that the root has the same one. */
function everyNamespace() {
  const lines = namespaces.map((namespace, index) => [
    `import * as n${index} from 'containerregistry/${namespace}';`,
    `export const same${index}: typeof root['${namespace}'] = n${index};`,
  ]);
  return [
    `import * as root from 'containerregistry';`,
    ...lines.map(([line]) => line),
    ...lines.map(([, line]) => line),
    '',
  ].join('\n');
}
