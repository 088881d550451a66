import { writeFileSync } from 'node:fs';
import { thirdPartyNotices } from '../third-party-notices.mjs';
import { bundle, transform, withoutUnused } from './bundle.mjs';

/** Writes the command line. It contains its dependencies, and consists of scripts, because Node starts them faster than modules. */
export async function buildCommandLine() {
  await bundle(
    {
      input: { main: 'src/cli/main.ts' },
      transform: {
        ...transform,
        // A library makes two of these at its start, for error messages, and each loads the data of all languages.
        define: { 'Intl.ListFormat': 'ListOfWords' },
      },
      plugins: [withoutUnused, thirdPartyNotices()],
    },
    {
      dir: 'dist/cli',
      format: 'cjs',
      minify: true,
      banner: 'class ListOfWords{format(words){return [...words].join(", ")}}',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name]-[hash].js',
    },
  );
  writeFileSync('dist/cli/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`);
}
