import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = path.resolve('src');

/** Options that the errors of the source name, each with the places that name it. */
function namedOptions(): ReadonlyMap<string, readonly string[]> {
  const named = new Map<string, string[]>();
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(path.join(root, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const note = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node)) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        named.set(node.text, [...(named.get(node.text) ?? []), `${file}:${line + 1}`]);
      }
      // A condition may choose between an option and none.
      if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(note);
    };
    const visit = (node: ts.Node): void => {
      const isError = ts.isNewExpression(node) && node.expression.getText() === 'LimitExceededError';
      const option = isError ? node.arguments?.[2] : undefined;
      if (option !== undefined) note(option);
      // Errors with `option` as a variable get it from an object with a property of that name.
      if (ts.isPropertyAssignment(node) && node.name.getText() === 'option') note(node.initializer);
      // Parsers of documents get the options from an object that maps each cap to the name of an option.
      if (ts.isPropertyAssignment(node) && node.name.getText() === 'optionNames')
        node.initializer.forEachChild((cap) => {
          if (ts.isPropertyAssignment(cap)) note(cap.initializer);
        });
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return named;
}

/** Names of the optional members of all interfaces and types that the package exports. */
function publicOptions(): ReadonlySet<string> {
  const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const entries = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^[^/\\]+[/\\]index\.ts$/.test(file))
    .map((file) => path.join(root, file));
  const program = ts.createProgram(entries, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const names = new Set<string>();
  for (const entry of entries) {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    for (const exported of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      if ((symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) === 0) continue;
      for (const member of checker.getDeclaredTypeOfSymbol(symbol).getProperties()) {
        if ((member.flags & ts.SymbolFlags.Optional) !== 0) names.add(member.name);
      }
    }
  }
  return names;
}

let named: ReadonlyMap<string, readonly string[]>;
let known: ReadonlySet<string>;
beforeAll(() => {
  named = namedOptions();
  known = publicOptions();
}, 60_000);

describe('LimitExceededError', () => {
  it('is found in the source with the options that it names', () => {
    expect([...named.keys()]).toEqual(
      expect.arrayContaining(['maxBytes', 'maxConfigBytes', 'maxDepth', 'maxValues']),
    );
  });

  it('names only options that an exported type has', () => {
    expect([...named].filter(([option]) => !known.has(option))).toEqual([]);
  });
});
