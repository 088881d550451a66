import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expectExercised, run } from './run.mjs';

const VERSIONS = ['5.0', '5.4', '5.9', '6.0', '7.0'];

/** How a project may look up modules, with the files that have the format which it gives them. */
const LOOKUPS = [
  { moduleResolution: 'node10', module: 'commonjs', files: ['ts'] },
  { moduleResolution: 'node16', module: 'node16', files: ['mts', 'cts', 'ts'] },
  { moduleResolution: 'nodenext', module: 'nodenext', files: ['mts', 'cts', 'ts'] },
  { moduleResolution: 'bundler', module: 'esnext', files: ['ts'] },
];

/** Type checks without `skipLibCheck`. */
export function typeChecks({ project, tools, all }) {
  // The checkout has one version, under its usual name.
  const compilers = all
    ? VERSIONS.map((version) => ({ version, needs: `typescript-${version}` }))
    : [{ version: '6.0', needs: 'typescript' }];
  const checks = compilers.flatMap(({ version, needs }) =>
    LOOKUPS.filter(({ moduleResolution }) => moduleResolution !== 'node10' || version !== '7.0').map(
      ({ moduleResolution, module, files }) => ({
        name: `TypeScript ${version}, ${moduleResolution}`,
        needs,
        use: () => check(path.join(tools, needs, 'bin/tsc'), { version, moduleResolution, module, files }),
      }),
    ),
  );
  return [...checks, compiledProgram(all ? 'typescript-5.4' : 'typescript')];

  async function check(tsc, { version, moduleResolution, module, files }) {
    const config = path.join(project, `tsconfig-${version}-${moduleResolution}.json`);
    const compilerOptions = {
      target: 'es2022',
      module,
      moduleResolution,
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      ...(version === '6.0' && moduleResolution === 'node10' && { ignoreDeprecations: '6.0' }),
    };
    const programs = files.flatMap((ending) => [`program.${ending}`, `namespaces.${ending}`]);
    writeFileSync(config, JSON.stringify({ compilerOptions, files: programs }));
    await run(process.execPath, [tsc, '-p', config], project);
  }

  /** A project whose files become CommonJS, and run. */
  function compiledProgram(needs) {
    return {
      name: `a program that ${needs} compiles to CommonJS`,
      needs,
      use: async () => {
        const outDir = path.join(project, `compiled-${needs}`);
        const config = path.join(project, `tsconfig-${needs}.json`);
        const compilerOptions = {
          target: 'es2022',
          module: 'node16',
          strict: true,
          outDir,
          rootDir: project,
        };
        writeFileSync(config, JSON.stringify({ compilerOptions, files: ['compiled.ts'] }));
        await run(process.execPath, [path.join(tools, needs, 'bin/tsc'), '-p', config], project);
        await expectExercised(process.execPath, [path.join(outDir, 'compiled.js')], project);
      },
    };
  }
}
