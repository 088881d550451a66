// Compiles wasm/ into src/internal/compress/deflate/wasm.ts, which is checked in. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const root = path.resolve(import.meta.dirname, '..');
const target = path.join(root, 'src/internal/compress/deflate/wasm.ts');

async function generate() {
  let compiled;
  const { error, stdout, stderr } = await asc.main(
    [
      ...['wasm/deflate.ts', '--baseDir', root, '--outFile', 'deflate.wasm'],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
      // All threads share one memory, and each gets its own part of it.
      ...['--importMemory', '--sharedMemory', '--enable', 'threads'],
      ...['--initialMemory', '1', '--maximumMemory', '65536'],
    ],
    {
      writeFile: (_, contents) => {
        compiled = contents;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stdout}${stderr}`);
  const base64 = Buffer.from(compiled).toString('base64');
  return [
    '// Made by scripts/build-wasm.mjs from wasm/. Do not edit.',
    '',
    '/** WebAssembly, as base64. */',
    '// prettier-ignore',
    `export const DEFLATE_WASM = '${base64}';`,
    '',
  ].join('\n');
}

const text = await generate();
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text)
  throw new Error('wasm/ has changed: node scripts/build-wasm.mjs');
