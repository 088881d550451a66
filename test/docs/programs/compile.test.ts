import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { blocks } from './blocks.js';

// A program in JavaScript uses a package without declarations.
const programs = blocks
  .filter(({ language }) => language === 'ts')
  .map((block) => ({
    ...block,
    // `export {}` makes a program a module, even if it imports nothing.
    code: `${block.code}\nexport {};\n`,
    file: path.resolve(`${block.title.replaceAll(/\W+/g, '-')}.ts`),
  }));

/** The errors of the compiler, by file. */
function check(): ReadonlyMap<string, readonly string[]> {
  const sources = new Map(programs.map(({ file, code }) => [file, code]));
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
    programs.map(({ file }) => [
      file,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(file))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ]),
  );
}

describe('the programs in the documentation', () => {
  const complaints = check();

  it.each(programs)('$title compiles as it is', ({ file }) => {
    expect(complaints.get(file)).toEqual([]);
  });
});
