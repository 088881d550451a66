import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

/** The compiler parses and binds all files of the source, which takes several seconds. */
const TIMEOUT_MS = 120_000;

const sourceRoot = path.resolve('src') + path.sep;

const entryPoints = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`src/${entry.name}/index.ts`))
  .map((entry) => path.resolve('src', entry.name, 'index.ts'));

describe('the types of public signatures', () => {
  it(
    'can all be imported by name',
    () => {
      const missing = findUnexportedTypes(entryPoints);
      expect(missing).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

/**
 * Lists the types of this library that a public declaration mentions and no entry point exports, as
 * `file: Type, mentioned by declaration`.
 */
function findUnexportedTypes(entries: readonly string[]): string[] {
  const program = ts.createProgram(entries, compilerOptions());
  const checker = program.getTypeChecker();
  const exported = exportedSymbols(program, checker, entries);
  const missing = new Set<string>();
  for (const symbol of exported) {
    for (const declaration of symbol.declarations ?? []) {
      for (const { name, target } of mentionedTypes(declaration, checker)) {
        if (exported.has(target) || !isOurs(target)) continue;
        missing.add(`${relative(target)}: ${name}, mentioned by ${symbol.name} of ${relative(symbol)}`);
      }
    }
  }
  return [...missing].sort();
}

function compilerOptions(): ts.CompilerOptions {
  const file = ts.readConfigFile('tsconfig.json', (name) => ts.sys.readFile(name));
  return ts.parseJsonConfigFileContent(file.config, ts.sys, process.cwd()).options;
}

/** Everything that can be imported from an entry point, and the members of exported namespaces such as `v1.types`. */
function exportedSymbols(
  program: ts.Program,
  checker: ts.TypeChecker,
  entries: readonly string[],
): ReadonlySet<ts.Symbol> {
  const exported = new Set<ts.Symbol>();
  const add = (module: ts.Symbol): void => {
    for (const name of checker.getExportsOfModule(module)) {
      const symbol = resolveAlias(name, checker);
      if ((symbol.flags & ts.SymbolFlags.ValueModule) === 0) exported.add(symbol);
      else add(symbol);
    }
  };
  for (const entry of entries) {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry} exports nothing`);
    add(module);
  }
  return exported;
}

function resolveAlias(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

interface Mention {
  readonly name: string;
  readonly target: ts.Symbol;
}

/** The types that the declaration mentions in a `.d.ts` file, which has no bodies and no private members. */
function mentionedTypes(declaration: ts.Declaration, checker: ts.TypeChecker): Mention[] {
  const mentions: Mention[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) || isHidden(node)) return;
    const name = nameOfType(node);
    const symbol = name && checker.getSymbolAtLocation(name);
    if (symbol !== undefined) {
      const target = resolveAlias(symbol, checker);
      if ((target.flags & ts.SymbolFlags.TypeParameter) === 0) mentions.push({ name: symbol.name, target });
    }
    ts.forEachChild(node, visit);
  };
  // For a constant without an annotation the compiler writes the type.
  if (ts.isVariableDeclaration(declaration) && declaration.type === undefined) {
    visitInferredType(checker.getTypeAtLocation(declaration), mentions);
  } else {
    visit(declaration);
  }
  return mentions;
}

function visitInferredType(type: ts.Type, mentions: Mention[]): void {
  const symbol = type.aliasSymbol ?? type.getSymbol();
  const isNamed = symbol !== undefined && !symbol.name.startsWith('__');
  if (isNamed) mentions.push({ name: symbol.name, target: symbol });
}

/** A member that no user can reach, or the initial value of one that they can. */
function isHidden(node: ts.Node): boolean {
  if (ts.canHaveModifiers(node)) {
    const modifiers = ts.getModifiers(node) ?? [];
    if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)) return true;
  }
  if ('name' in node && ts.isPrivateIdentifier(node.name as ts.Node)) return true;
  return isExpressionOfDeclaration(node);
}

function isExpressionOfDeclaration(node: ts.Node): boolean {
  const { parent } = node as { readonly parent?: ts.Node };
  const hasInitializer =
    parent !== undefined &&
    (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyDeclaration(parent));
  return hasInitializer && parent.initializer === node;
}

/** The name in a reference to a type. A `typeof value` is no such reference: its value is not a type. */
function nameOfType(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  return undefined;
}

function isOurs(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((node) => node.getSourceFile().fileName.startsWith(sourceRoot));
}

function relative(symbol: ts.Symbol): string {
  const [declaration] = symbol.declarations ?? [];
  return path.relative('.', declaration?.getSourceFile().fileName ?? '');
}
