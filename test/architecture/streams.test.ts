import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = path.resolve('src');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) =>
    ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true),
  );

const streamClasses = new Set(['Readable', 'Writable', 'Duplex', 'Transform', 'PassThrough']);
for (const source of sources) {
  for (const statement of source.statements) {
    if (!ts.isClassDeclaration(statement)) continue;
    const bases = statement.heritageClauses?.flatMap(({ types }) =>
      types.map(({ expression }) => expression),
    );
    if (bases?.some((base) => streamClasses.has(base.getText())) === true)
      streamClasses.add(statement.name!.text);
  }
}

/** Functions of Node that return a stream. */
const makers =
  /(^|\.)(createReadStream|createWriteStream|create(Gzip|Gunzip|Unzip|Inflate|InflateRaw|Deflate|DeflateRaw|Brotli\w+|Zstd\w+))$/;

function makesStream(node: ts.Node): node is ts.CallExpression | ts.NewExpression {
  if (ts.isNewExpression(node)) return streamClasses.has(node.expression.getText());
  if (!ts.isCallExpression(node)) return false;
  const called = node.expression.getText();
  return called === 'Readable.from' || called === 'compose' || makers.test(called);
}

function isListenedTo(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent) && parent.expression.getText() === 'ignoreLateErrors') return true;
  // Or the next statement does it.
  const statement = ts.isVariableDeclaration(parent) ? parent.parent.parent : undefined;
  if (statement === undefined || !ts.isVariableDeclaration(parent) || !ts.isBlock(statement.parent))
    return false;
  const { statements } = statement.parent;
  const next = statements[statements.findIndex((one) => one === statement) + 1];
  return next?.getText() === `ignoreLateErrors(${parent.name.getText()});`;
}

describe('streams', () => {
  it('K1: have an error listener from the statement that makes them', () => {
    const made: string[] = [];
    const unheard: string[] = [];
    const visit = (node: ts.Node): void => {
      if (makesStream(node)) {
        const source = node.getSourceFile();
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        const place = `${source.fileName}:${line + 1}`;
        made.push(place);
        if (!isListenedTo(node)) unheard.push(place);
      }
      ts.forEachChild(node, visit);
    };
    sources.forEach(visit);
    expect(unheard).toEqual([]);
    expect(made.length).toBeGreaterThan(30);
  });
});
