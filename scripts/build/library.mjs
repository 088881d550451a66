import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { thirdPartyNotices } from '../third-party-notices.mjs';
import { bundle, withoutUnused } from './bundle.mjs';
import { entryOf, namespaces } from './entries.mjs';
import { reduceSourceMap } from './source-maps.mjs';

/**
 * The chunks of the library, grouped by what a program needs together. Node loads one large file faster than many
 * small ones. With a chunk for each set of entry points, the library had 144 chunks and took twice as long to import.
 */
const chunks = [
  { name: 'errors', test: /\/src\/(?:errors\/|internal\/[^/]+\.ts$)/ },
  { name: 'name', test: /\/src\/(?:name|match)\// },
  { name: 'core', test: /\/(?:src\/(?:v1|progress|internal\/(?:json|async|streams))|node_modules\/zod)\// },
  { name: 'got', test: /\/node_modules\// },
  { name: 'network', test: /\/src\/(?:authn|transport|remote)\// },
  {
    name: 'content',
    test: /\/src\/(?:internal|partial|stored|static|stream|empty|random|mutate|validate|cache)\//,
  },
  { name: 'disk', test: /\/src\/(?:tarball|legacy|layout|daemon)\// },
  { name: 'verbs', test: /\/src\/(?:artifact|crane)\// },
  { name: 'servers', test: /\/src\/(?:registry|testing)\// },
];

/**
 * Packages that stay outside, because they are loaded only when they are needed and have both formats. The others are
 * inside: zod is small without its unused parts, and got is ESM only, which CommonJS cannot load everywhere.
 */
const external = /^(?:node:|(?:fzstd|smol-toml|tldts)$)/;

const input = Object.fromEntries(
  namespaces.map((namespace) => [entryOf(namespace), `src/${entryOf(namespace)}.ts`]),
);

const output = {
  dir: 'dist',
  sourcemap: true,
  // The declarations have the documentation.
  comments: { legal: true, annotation: true, jsdoc: false },
  codeSplitting: { groups: chunks, includeDependenciesRecursively: false },
};

/** Writes the library as ES modules. */
export async function buildModules() {
  await bundle(
    {
      input: { index: 'src/index.ts', ...input },
      external,
      preserveEntrySignatures: 'allow-extension',
      plugins: [withoutUnused, thirdPartyNotices()],
    },
    {
      ...output,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name]-[hash].js',
    },
  );
}

/**
 * Writes the library as CommonJS. The public files only copy what the chunks export into plain properties, because
 * `jest.spyOn` and its like replace properties, and because the getters of a bundler cannot be replaced.
 */
export async function buildCommonJs() {
  await bundle(
    { input, external, preserveEntrySignatures: 'allow-extension', plugins: [withoutUnused] },
    {
      ...output,
      format: 'cjs',
      dynamicImportInCjs: false,
      entryFileNames: ({ name }) => `chunks/${path.dirname(name)}.cjs`,
      chunkFileNames: 'chunks/[name]-[hash].cjs',
    },
  );
  const root = await import(pathToFileURL(path.resolve('dist/index.js')).href);
  const write = (entry, lines) => {
    mkdirSync(path.dirname(`dist/${entry}`), { recursive: true });
    const marker = `Object.defineProperty(exports, '__esModule', { value: true });`;
    writeFileSync(`dist/${entry}.cjs`, `${[`'use strict';`, marker, ...lines].join('\n')}\n`);
  };
  for (const namespace of namespaces) {
    write(entryOf(namespace), [
      `const chunk = require('../chunks/${namespace}.cjs');`,
      ...Object.keys(root[namespace]).map((name) => `exports.${name} = chunk.${name};`),
    ]);
  }
  write(
    'index',
    Object.keys(root).map((name) => {
      if (namespaces.includes(name)) return `exports.${name} = require('./${name}/index.cjs');`;
      const owner = namespaces.find((namespace) => root[namespace][name] === root[name]);
      if (owner === undefined) throw new Error(`the root exports ${name}, which no namespace exports`);
      return `exports.${name} = require('./${owner}/index.cjs').${name};`;
    }),
  );
}

/** Makes the source maps of all built files of the library small. */
export function reduceSourceMaps() {
  for (const file of readdirSync('dist', { recursive: true })) {
    if (/\.c?js\.map$/.test(file)) reduceSourceMap(path.join('dist', file));
  }
}
