import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import ts from 'typescript';

/** What hands the streams of the process over, and what writes to them. */
const MAY = ['main.ts', 'terminal/output.ts'];

const root = path.resolve('src/cli');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** Where a file reads a member called stdout or stderr, writes to a stream, or uses the console. */
function writesIn(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(path.join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (/^(stdout|stderr|write|console)$/.test(nameOf(node))) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file}:${line + 1}: ${nameOf(node)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The member that a node reads, or `console`. */
function nameOf(node: ts.Node): string {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isBindingElement(node)) return (node.propertyName ?? node.name).getText();
  return ts.isIdentifier(node) && node.text === 'console' ? node.text : '';
}

it('V1: one file of gantry prints, so that nothing gets past its escaping', () => {
  expect(files.filter((file) => !MAY.includes(file)).flatMap(writesIn)).toEqual([]);
  expect(writesIn('terminal/output.ts')).not.toEqual([]);
});
