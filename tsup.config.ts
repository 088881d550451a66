import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { transform } from '@swc/core';
import { defineConfig, type Options } from 'tsup';
import { thirdPartyNotices } from './scripts/third-party-notices.js';

type TsupPlugin = NonNullable<Options['plugins']>[number];
type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Every public folder is an entry point of its own: folder, namespace and subpath are one. */
const folders = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`src/${entry.name}/index.ts`))
  .map((entry) => entry.name);

const shared = { target: 'node20', platform: 'node', dts: false } as const;

/** What entry points share goes into a folder of its own. */
const chunks = (options: { chunkNames?: string }): void => {
  options.chunkNames = 'chunks/[name]-[hash]';
};

/**
 * What libraries load when they start, for features that gantry never asks them for: a cache, HTTP/2, and commands
 * that are programs of their own. Together they took a sixth of the time of `gantry digest`.
 */
const unused: readonly { readonly module: RegExp; readonly of: RegExp }[] = [
  { module: /^(?:cacheable-request|http2-wrapper)$/, of: /[/\\]got[/\\]/ },
  { module: /^node:child_process$/, of: /[/\\]commander[/\\]/ },
];

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(build) {
    for (const { module, of } of unused) {
      build.onResolve({ filter: module }, ({ path, importer }) =>
        of.test(importer) ? { path, namespace: 'unused' } : undefined,
      );
    }
    build.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents: 'export default class Unused {}\nexport class CacheError extends Error {}',
    }));
  },
};

/** Code is split between modules only; afterwards each file becomes a script. */
const asScripts: TsupPlugin = {
  name: 'as-scripts',
  async renderChunk(code) {
    return transform(code, {
      jsc: { target: 'es2022', parser: { syntax: 'ecmascript' } },
      module: { type: 'commonjs' },
      minify: true,
    });
  },
};

export default defineConfig([
  {
    ...shared,
    format: 'esm',
    splitting: true,
    entry: Object.fromEntries([
      ['index', 'src/index.ts'],
      ...folders.map((folder) => [`${folder}/index`, `src/${folder}/index.ts`] as const),
    ]),
    outDir: 'dist',
    esbuildOptions: chunks,
    // Small once unused parts are dropped, slow to load as the many files of its package.
    noExternal: [/^zod/],
    esbuildPlugins: [thirdPartyNotices('dist')],
    sourcemap: false,
    clean: true,
  },
  {
    // The command line carries its dependencies, and is made of scripts: Node starts them sooner than modules.
    ...shared,
    format: 'esm',
    splitting: true,
    entry: { main: 'src/cli/main.ts' },
    outDir: 'dist/cli',
    noExternal: [/.*/],
    minify: true,
    esbuildPlugins: [withoutUnused, thirdPartyNotices('dist/cli')],
    plugins: [asScripts],
    esbuildOptions: (options) => {
      chunks(options);
      // A library makes two of these when it starts, for error messages; each loads the data of all languages.
      options.define = { ...options.define, 'Intl.ListFormat': 'ListOfWords' };
      options.banner = { js: 'class ListOfWords{format(words){return [...words].join(", ")}}' };
    },
    onSuccess: async () => {
      writeFileSync('dist/cli/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`);
      return Promise.resolve();
    },
  },
]);
