import { readdirSync, existsSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** Every public folder is an entry point of its own: folder, namespace and subpath are one. */
const folders = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`src/${entry.name}/index.ts`))
  .map((entry) => entry.name);

const shared = { format: 'esm', target: 'node20', platform: 'node', dts: false, splitting: true } as const;

/** What entry points share goes into a folder of its own. */
const chunks = (options: { chunkNames?: string }): void => {
  options.chunkNames = 'chunks/[name]-[hash]';
};

export default defineConfig([
  {
    ...shared,
    entry: Object.fromEntries([
      ['index', 'src/index.ts'],
      ...folders.map((folder) => [`${folder}/index`, `src/${folder}/index.ts`] as const),
    ]),
    outDir: 'dist',
    esbuildOptions: chunks,
    // Small once unused parts are dropped, slow to load as the many files of its package.
    noExternal: [/^zod/],
    sourcemap: false,
    clean: true,
  },
  {
    // The command line carries its dependencies: one file is read several times faster than two hundred.
    ...shared,
    entry: { main: 'src/cli/main.ts' },
    outDir: 'dist/cli',
    esbuildOptions: chunks,
    noExternal: [/.*/],
    minify: true,
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
  },
]);
