import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { parseExpression } from './expression-steps.js';

interface Found {
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** Every regular expression that is written in a file. */
function expressionsIn(file: string): readonly Found[] {
  const text = readFileSync(`src/${file}`, 'utf8');
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const [, source = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(node.text) ?? [];
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${file}:${line + 1} ${node.text}`, source, flags });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

const expressions = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap(expressionsIn);

/** How much more steps a text of twice the length takes. */
function growth(steps: number, stepsOfDouble: number): number {
  return stepsOfDouble === Infinity ? Infinity : stepsOfDouble / (steps + 400);
}

/** Texts that make an expression try again and again, for texts of any length. */
function worstGrowth({ source, flags }: { readonly source: string; readonly flags: string }): number {
  const expression = parseExpression(source, flags);
  let worst = 0;
  for (const { before, piece } of expression.loops) {
    for (const after of ['', '!', '\n', '\0', 'a', '/', '0']) {
      const steps = (times: number): number => expression.steps(before + piece.repeat(times) + after);
      const times = Math.max(10, Math.min(120, Math.floor(480 / piece.length)));
      worst = Math.max(worst, growth(steps(times), steps(2 * times)));
    }
  }
  return worst;
}

describe('regular expressions', () => {
  it.each([
    [/^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i],
    [/\/+$/],
    [/^\[|\]$|%.*$/g],
    [/^(?:.*?)(?:a|b)*c$/s],
    [/(?:a+)+b/],
  ])('the count of steps finds that %s is not linear', ({ source, flags }) => {
    expect(worstGrowth({ source, flags })).toBeGreaterThan(3);
  });

  it('Z5: none takes more steps than in proportion to the text', () => {
    expect(expressions.length).toBeGreaterThan(100);
    const slow = expressions.filter((expression) => worstGrowth(expression) > 3);
    expect(slow.map(({ place }) => place)).toEqual([]);
  });
});
