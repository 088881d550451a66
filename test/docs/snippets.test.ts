import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as containerregistry from 'containerregistry';
import ts from 'typescript';

const pages = [
  'README.md',
  'docs/errors.md',
  ...readdirSync('docs/guide').map((page) => `docs/guide/${page}`),
  ...readdirSync('docs/concepts').map((page) => `docs/concepts/${page}`),
];

/** Names that the text of a page introduces before a program uses them. */
const AMBIENT = `
declare const image: import('containerregistry/v1').Image;
declare const index: import('containerregistry/v1').ImageIndex;
declare const layer: import('containerregistry/v1').Layer;
declare const images: readonly (readonly [string, import('containerregistry/v1').Image])[];
declare const auth: import('containerregistry/authn').Keychain;
declare const signal: AbortSignal;
declare const reference: string;
declare const source: string;
declare const target: string;
declare const password: string;
declare const vault: { read(name: string): Promise<string> };
declare const mine: import('containerregistry/authn').Authenticator;
declare const proxy: Awaited<ReturnType<typeof import('containerregistry/testing').faultProxy>>;
declare const token: string;
declare const assert: typeof import('node:assert');
declare const tags: readonly string[];
${Object.keys(containerregistry)
  .filter((name) => name !== 'static' && name !== 'image')
  .map((name) => `declare const ${name}: typeof import('containerregistry').${name};`)
  .join('\n')}
`;

const snippets = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ''], at) => ({
    name: `${page} #${at + 1}`,
    file: path.resolve(`${page.replaceAll(/\W/g, '-')}-${at + 1}.ts`),
    // Each program is a separate module.
    code: `${code}\nexport {};\n`,
  })),
);

/** The errors of the compiler, by file. */
function check(): ReadonlyMap<string, readonly string[]> {
  const ambient = path.resolve('snippets-ambient.d.ts');
  const sources = new Map([[ambient, AMBIENT], ...snippets.map(({ file, code }) => [file, code] as const)]);
  const read = ts.parseJsonConfigFileContent(
    ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)).config,
    ts.sys,
    process.cwd(),
  );
  const options = { ...read.options, noUnusedLocals: false, noUnusedParameters: false };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => sources.has(file) || disk.fileExists(file),
    readFile: (file) => sources.get(file) ?? disk.readFile(file),
    getSourceFile: (file, ...rest) => {
      const text = sources.get(file);
      return text === undefined
        ? disk.getSourceFile(file, ...rest)
        : ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    },
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return new Map(
    snippets.map(({ file }) => [
      file,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(file))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ]),
  );
}

describe('the programs in the documentation', () => {
  const complaints = check();

  it.each(snippets)('$name compiles', ({ file }) => {
    expect(complaints.get(file)).toEqual([]);
  });
});
