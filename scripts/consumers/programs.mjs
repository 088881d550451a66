import path from 'node:path';
import { expectExercised, run } from './run.mjs';

/** Node, Bun and Deno, with ES modules, with CommonJS, and with both in one process. */
export function runtimes({ project, tools }) {
  const files = ['main.mjs', 'main.cjs', 'both.mjs'];
  const found = [
    { name: 'Node', command: process.execPath, args: [] },
    { name: 'Bun', needs: 'bun', command: path.join(tools, '.bin/bun'), args: [] },
    {
      name: 'Deno',
      needs: 'deno',
      command: path.join(tools, '.bin/deno'),
      args: ['run', '--allow-all', '--cached-only', '--node-modules-dir=manual'],
    },
  ];
  return found.flatMap(({ name, needs, command, args }) =>
    files.map((file) => ({
      name: `${name}, ${file}`,
      needs,
      use: () => expectExercised(command, [...args, file], project),
    })),
  );
}

/** Jest without flags, which loads CommonJS only, and vitest. */
export function testFrameworks({ project, tools }) {
  return [
    {
      name: 'Jest',
      needs: 'jest',
      use: () =>
        run(process.execPath, [
          path.join(tools, 'jest/bin/jest.js'),
          '--rootDir',
          project,
          '--config',
          '{}',
          '--testTimeout=60000',
          'exercise.test.cjs',
        ]),
    },
    {
      name: 'vitest',
      needs: 'vitest',
      use: () =>
        run(
          process.execPath,
          [path.join(tools, 'vitest/vitest.mjs'), 'run', '--testTimeout=60000', 'exercise.test.mjs'],
          project,
        ),
    },
  ];
}

/** Bundles run in a directory without `node_modules`. */
export function bundlers({ project, bundles, tools }) {
  const bundler = (name, needs, ending, build) => ({
    name,
    needs,
    use: async () => {
      const output = path.join(bundles, `${name.replaceAll(/\W+/g, '-')}.${ending}`);
      await build(output);
      await expectExercised(process.execPath, [output], bundles);
    },
  });
  const esbuild = (format, ending) =>
    bundler(`esbuild --format=${format}`, 'esbuild', ending, async (outfile) => {
      const { build } = await load('esbuild/lib/main.js');
      await build({
        absWorkingDir: project,
        entryPoints: ['bundled.mjs'],
        bundle: true,
        platform: 'node',
        format,
        outfile,
        logLevel: 'error',
      });
    });
  const load = async (file) => {
    const module = await import(path.join(tools, file));
    return module.default ?? module;
  };
  return [
    esbuild('esm', 'mjs'),
    esbuild('cjs', 'cjs'),
    bundler('webpack', 'webpack', 'cjs', async (output) => {
      const webpack = await load('webpack/lib/index.js');
      const compiler = webpack({
        context: project,
        entry: './bundled.mjs',
        mode: 'production',
        target: 'node',
        output: { path: path.dirname(output), filename: path.basename(output) },
      });
      const stats = await new Promise((resolve, reject) => {
        compiler.run((error, result) => (error ? reject(error) : resolve(result)));
      });
      if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
    }),
    bundler('rollup', '@rollup/plugin-node-resolve', 'mjs', async (file) => {
      const { rollup } = await import(path.join(tools, 'rollup/dist/es/rollup.js'));
      const resolve = await load('@rollup/plugin-node-resolve/dist/es/index.js');
      const bundle = await rollup({
        input: path.join(project, 'bundled.mjs'),
        plugins: [resolve({ preferBuiltins: true })],
        onwarn: (warning) => {
          if (warning.code === 'UNRESOLVED_IMPORT') throw new Error(warning.message);
        },
      });
      await bundle.write({ file, format: 'es', inlineDynamicImports: true });
      await bundle.close();
    }),
  ];
}
