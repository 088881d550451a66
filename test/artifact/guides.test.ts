import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { transformSync } from '@swc/core';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

/** Makes the sources of this project a package that programs in the temporary directory import by its name. */
async function installPackage(): Promise<void> {
  const directory = temp.path('node_modules/containerregistry');
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'package.json'), '{"type": "module", "exports": "./index.js"}');
  await run(path.join(root, 'node_modules/.bin/esbuild'), [
    ...[path.join(root, 'src/index.ts'), `--outfile=${path.join(directory, 'index.js')}`],
    ...['--bundle', '--format=esm', '--platform=node', '--target=node20', '--log-level=error'],
    `--banner:js=import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
  ]);
}

/** Runs a program of a guide as pasted, in an empty directory. */
async function outputOf(program: string, at: number): Promise<string> {
  const directory = temp.path(`program-${at}`);
  await mkdir(directory);
  const file = path.join(directory, 'main.mjs');
  const { code } = transformSync(program, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  await writeFile(file, code);
  const env = { ...process.env, NODE_OPTIONS: '', DOCKER_CONFIG: directory };
  return (await run(process.execPath, [file], { cwd: directory, env })).stdout;
}

it.each([
  [
    'artifacts.md',
    [
      /sha256:.*\nreport.json application\/json 14\nlogs\/build.log text\/plain 14\ndownloads.report.json\n/,
      /^application\/spdx\+json .*@sha256:\S+ 1\n\{"spdxVersion"/,
      /^application\/vnd.example.policy\n$/,
      /^1\.2\.3 charts.nginx-1\.2\.3\.tgz\n$/,
      /^module.wasm 8\n$/,
    ],
  ],
  ['signatures.md', [/vnd\.cncf\.notary\.signature/, /^application\/vnd.dev.sigstore.bundle/, /^signed\n$/]],
])(
  'every program in docs/guide/%s runs as pasted',
  async (page, outputs) => {
    const text = await readFile(path.join(root, 'docs/guide', page), 'utf8');
    const programs = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, program = '']) => program);
    expect(programs).toHaveLength(outputs.length);
    await installPackage();
    for (const [at, program] of programs.entries()) {
      expect(await outputOf(program, at)).toMatch(outputs[at]!);
    }
  },
  60_000,
);
