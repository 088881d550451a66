import { existsSync, readdirSync } from 'node:fs';

/**
 * The namespaces. Each directory of `src` with an index file is one, and its name is also the name of its subpath.
 * The build, the exports in package.json and the checks of the package all take their lists from here.
 *
 * @type {readonly string[]}
 */
export const namespaces = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`src/${entry.name}/index.ts`))
  .map((entry) => entry.name)
  .sort();

/** The files of an entry point, without `dist` and without the ending: `index`, `crane/index`. */
export const entryOf = (namespace) => `${namespace}/index`;

/** What package.json has to say about the entry points. */
export function packageFields() {
  const conditions = (entry) => ({
    import: { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` },
    require: { types: `./dist/${entry}.d.cts`, default: `./dist/${entry}.cjs` },
  });
  return {
    main: './dist/index.cjs',
    types: './dist/index.d.cts',
    // TypeScript with `moduleResolution: node10` does not read `exports`.
    typesVersions: {
      '*': Object.fromEntries(
        namespaces.map((namespace) => [namespace, [`./dist/${entryOf(namespace)}.d.cts`]]),
      ),
    },
    exports: {
      '.': conditions('index'),
      ...Object.fromEntries(
        namespaces.map((namespace) => [`./${namespace}`, conditions(entryOf(namespace))]),
      ),
      './package.json': './package.json',
    },
  };
}
