// Builds the package with rolldown: the library as modules in a few chunks, and the command line as scripts.
// A separate step makes the declarations with tsc.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { thirdPartyNotices } from './third-party-notices.mjs';

/** Each public directory is an entry point. Its name is the name of the namespace and of the subpath. */
const directories = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`src/${entry.name}/index.ts`))
  .map((entry) => entry.name);

/**
 * The chunks of the library, grouped by what a program needs together. Node loads one large file faster than many
 * small ones. With a chunk for each set of entry points, the library had 144 chunks and took twice as long to import.
 */
const chunks = [
  { name: 'errors', test: /\/src\/(?:errors\/|internal\/[^/]+\.ts$)/ },
  { name: 'name', test: /\/src\/(?:name|match)\// },
  { name: 'core', test: /\/(?:src\/(?:v1|progress|internal\/(?:json|async|streams))|node_modules\/zod)\// },
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
 * Modules that libraries load at their start for features that gantry does not use: a cache, HTTP/2, and commands that
 * are separate programs. Together they took a sixth of the time of `gantry digest`.
 */
const unused = [
  { module: /^(?:cacheable-request|http2-wrapper)$/, of: /[/\\]got[/\\]/ },
  { module: /^node:child_process$/, of: /[/\\]commander[/\\]/ },
];

const UNUSED = '\0unused';

const withoutUnused = {
  name: 'without-unused',
  resolveId: (source, importer = '') =>
    unused.some(({ module, of }) => module.test(source) && of.test(importer)) ? UNUSED : undefined,
  load: (id) =>
    id === UNUSED ? 'export default class Unused {}\nexport class CacheError extends Error {}' : undefined,
};

const shared = {
  platform: 'node',
  transform: { target: 'node20' },
  // `crane` imports files that it rarely needs on demand, but the root exports the same files.
  checks: { ineffectiveDynamicImport: false },
};

async function build(input, output) {
  const bundle = await rolldown({ ...shared, ...input });
  try {
    await bundle.write({ entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js', ...output });
  } finally {
    await bundle.close();
  }
}

rmSync('dist', { recursive: true, force: true });

await build(
  {
    input: Object.fromEntries([
      ['index', 'src/index.ts'],
      ...directories.map((directory) => [`${directory}/index`, `src/${directory}/index.ts`]),
    ]),
    // Without its unused parts zod is small. As the many files of its package it is slow to load.
    external: /^(?!zod(?:\/|$))[a-z@]/,
    preserveEntrySignatures: 'allow-extension',
    plugins: [thirdPartyNotices('dist')],
  },
  {
    dir: 'dist',
    format: 'esm',
    codeSplitting: { groups: chunks, includeDependenciesRecursively: false },
  },
);

// The command line contains its dependencies. It consists of scripts, because Node starts them faster than modules.
await build(
  {
    input: { main: 'src/cli/main.ts' },
    transform: {
      ...shared.transform,
      // A library makes two of these at its start, for error messages, and each loads the data of all languages.
      define: { 'Intl.ListFormat': 'ListOfWords' },
    },
    plugins: [withoutUnused, thirdPartyNotices('dist/cli')],
  },
  {
    dir: 'dist/cli',
    format: 'cjs',
    minify: true,
    banner: 'class ListOfWords{format(words){return [...words].join(", ")}}',
  },
);
mkdirSync('dist/cli', { recursive: true });
writeFileSync('dist/cli/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`);
