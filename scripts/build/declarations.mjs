import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { declarationMap } from './declaration-map.mjs';
import { entryOf, namespaces } from './entries.mjs';
import { reduceSourceMap } from './source-maps.mjs';

/** tsc writes one declaration file per source file here; they are not part of the package. */
const SEPARATE = 'dist/separate';

/** With this, a project without `types: ["node"]` also finds the types of Node. */
const NODE_TYPES = '/// <reference types="node" />';

/**
 * Writes the declarations: one file that declares everything, and one per entry point that exports from it. Each type is
 * declared once, as CommonJS, and the declarations for ES modules export the same types. So an object from
 * `containerregistry/v1` fits a function of `containerregistry/remote`, and an object that a CommonJS file made fits an
 * ES module.
 */
export async function buildDeclarations() {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', SEPARATE], { stdio: 'inherit' });
  const result = await rollup({
    input: Object.fromEntries(
      namespaces.map((namespace) => [entryOf(namespace), `${SEPARATE}/${entryOf(namespace)}.d.ts`]),
    ),
    external: /^[^./]/,
    plugins: [dts()],
    onwarn: (warning) => {
      throw new Error(`declarations: ${warning.message}`);
    },
  });
  const isEntry = (id) => namespaces.some((namespace) => id.endsWith(`/${entryOf(namespace)}.d.ts`));
  const { output } = await result.generate({
    format: 'es',
    entryFileNames: '[name].d.cts',
    chunkFileNames: 'types.d.cts',
    manualChunks: (id) => (isEntry(id) ? undefined : 'types'),
    minifyInternalExports: false,
    hoistTransitiveImports: false,
    banner: ({ fileName }) => (fileName === 'types.d.cts' ? NODE_TYPES : ''),
  });
  await result.close();

  const chunks = output.filter(({ type }) => type === 'chunk');
  if (chunks.length !== namespaces.length + 1) {
    throw new Error(
      `declarations: more than one shared file: ${chunks.map(({ fileName }) => fileName).join(', ')}`,
    );
  }
  const types = chunks.find(({ fileName }) => fileName === 'types.d.cts');
  const code = `${types.code.trimEnd()}\n//# sourceMappingURL=types.d.cts.map\n`;
  writeFileSync('dist/types.d.cts', code);
  const map = declarationMap(code, types.moduleIds);
  writeFileSync('dist/types.d.cts.map', JSON.stringify({ ...map, file: 'types.d.cts' }));
  // The sources of the map are relative to the working directory.
  reduceSourceMap('dist/types.d.cts.map', { from: '.' });

  const root = readFileSync(`${SEPARATE}/index.d.ts`, 'utf8');
  writeEntry('index', root.replaceAll(/(from '\.\/[\w/]+)\.js'/g, `$1.cjs'`));
  for (const namespace of namespaces) {
    const entry = entryOf(namespace);
    const { code } = chunks.find(({ fileName }) => fileName === `${entry}.d.cts`);
    writeEntry(entry, `${moduleComment(entry)}${code}`);
  }
  rmSync(SEPARATE, { recursive: true });
}

function writeEntry(entry, text) {
  // Only the shared file has a map, because the others only name what it declares.
  writeFileSync(`dist/${entry}.d.cts`, text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  writeFileSync(`dist/${entry}.d.ts`, `export * from './index.cjs';\n`);
}

/** The comment at the start of an index file, which explains the namespace. rollup-plugin-dts drops it. */
function moduleComment(entry) {
  const text = readFileSync(`${SEPARATE}/${entry}.d.ts`, 'utf8');
  const comment = /^\/\*\*[^]*?\*\/\n/.exec(text)?.[0] ?? '';
  return comment.includes('@packageDocumentation') ? comment : '';
}
