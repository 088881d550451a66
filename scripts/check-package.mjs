// Packs the package as for a release and checks the result: which files are in it, whether its exports and types
// resolve, and whether it works in a new project, as a library and on the command line.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MAX_PACKED_BYTES = 2.5 * 1024 * 1024;

const scratch = mkdtempSync(path.join(tmpdir(), 'containerregistry-package-'));
const run = (command, args, cwd = process.cwd()) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch]),
  );
  const tarball = path.join(scratch, packed.filename);
  console.log(
    `${packed.filename}: ${packed.entryCount} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`,
  );

  const stray = packed.files
    .map(({ path: file }) => file)
    .filter(
      (file) =>
        !/^(dist\/.+\.c?js(\.map)?|dist\/(\w+\/)?index\.d\.c?ts|dist\/types\.d\.cts(\.map)?|src\/(?!cli\/).+\.ts|dist\/cli\/package\.json|dist\/(cli\/)?THIRD-PARTY-NOTICES\.txt|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|package\.json)$/.test(
          file,
        ),
    );
  if (stray.length > 0) throw new Error(`stray files in the package: ${stray.join(', ')}`);
  const files = new Set(packed.files.map(({ path: file }) => file));
  for (const file of [...files].filter((name) => name.endsWith('.map'))) {
    const missing = JSON.parse(readFileSync(file, 'utf8')).sources.filter(
      (source) => !files.has(path.posix.join(path.posix.dirname(file), source)),
    );
    if (missing.length > 0)
      throw new Error(`${file} has sources that the package lacks: ${missing.join(', ')}`);
  }
  if (packed.size > MAX_PACKED_BYTES) throw new Error(`the package is larger than ${MAX_PACKED_BYTES} bytes`);

  console.log(run('npx', ['publint', '--strict', tarball]));
  console.log(run('npx', ['attw', '--format', 'ascii', tarball]));

  // A new project.
  const project = path.join(scratch, 'project');
  const { exports: subpaths, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const names = Object.keys(subpaths)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => path.posix.join('containerregistry', subpath));
  execFileSync('mkdir', ['-p', project]);
  writeFileSync(
    path.join(project, 'package.json'),
    '{ "name": "newcomer", "private": true, "type": "module" }\n',
  );
  run('npm', ['install', '--no-audit', '--no-fund', '--silent', tarball], project);
  writeFileSync(
    path.join(project, 'imports.mjs'),
    `for (const name of ${JSON.stringify(names)}) {
      const module = await import(name);
      if (Object.keys(module).length === 0) throw new Error(name + ' exports nothing');
    }
    const { crane, random, v1 } = await import('containerregistry');
    const digest = await random.image(1024, 1, { seed: 1 }).digest();
    if (v1.newHash(digest) !== digest || typeof crane.copy !== 'function') throw new Error('the root is incomplete');
    console.log('imports: ' + ${names.length});\n`,
  );
  console.log(run('node', ['imports.mjs'], project).trim());
  writeFileSync(
    path.join(project, 'require.cjs'),
    `console.log('require:', typeof require('containerregistry').remote.image);\n`,
  );
  console.log(run('node', ['require.cjs'], project).trim());
  const printed = run(path.join(project, 'node_modules/.bin/gantry'), ['version'], project).trim();
  if (printed !== version) throw new Error(`gantry version prints ${printed}, the package is ${version}`);
  console.log(`gantry: ${printed}`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
