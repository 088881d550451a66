import { rolldown } from 'rolldown';

export const transform = { target: 'node20' };

/**
 * Modules that libraries load at their start for features that nothing here uses: a cache, HTTP/2, and commands that
 * are separate programs. They took a sixth of the time of `gantry digest`, and they are CommonJS, which requires the
 * modules of Node in a way that bundles in the ESM format cannot.
 */
const unused = [
  { module: /^(?:cacheable-request|http2-wrapper)$/, of: /[/\\]got[/\\]/ },
  { module: /^node:child_process$/, of: /[/\\]commander[/\\]/ },
];

const UNUSED = '\0unused';

/** @type {import('rolldown').Plugin} */
export const withoutUnused = {
  name: 'without-unused',
  resolveId: (source, importer = '') =>
    unused.some(({ module, of }) => module.test(source) && of.test(importer)) ? UNUSED : undefined,
  load: (id) =>
    id === UNUSED ? 'export default class Unused {}\nexport class CacheError extends Error {}' : undefined,
};

/** Bundles with rolldown and writes the files. */
export async function bundle(input, output) {
  const result = await rolldown({
    platform: 'node',
    transform,
    // `crane` imports files that it rarely needs on demand, but the root exports the same files.
    checks: { ineffectiveDynamicImport: false },
    ...input,
  });
  try {
    return await result.write(output);
  } finally {
    await result.close();
  }
}
