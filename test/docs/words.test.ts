import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { avoided } from './words.js';

/** Files that name the words in order to explain them. */
const EXPLAIN = ['docs/style.md', 'test/docs/words.ts', 'test/docs/words.test.ts'];

/** A comment, a text or a paragraph of a page, and the line on which it begins. */
interface Prose {
  readonly line: number;
  readonly text: string;
}

const files = ['bench', 'docs', 'examples', 'scripts', 'src', 'test', 'wasm']
  .flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) =>
      path.posix.join(root, file.split(path.sep).join('/')),
    ),
  )
  .concat(readdirSync('.'))
  .filter((file) => /\.(?:ts|mjs|md)$/.test(file) && !EXPLAIN.includes(file));

/** The directory of a file: that below `src`, `test` and `docs`, and the first one everywhere else. */
function areaOf(file: string): string {
  const parts = path.posix.dirname(file).split('/');
  return parts.slice(0, /^(?:src|test|docs)$/.test(parts[0]!) ? 2 : 1).join('/');
}

/** Removes code and the targets of links, whose words are names. */
function withoutCode(text: string): string {
  return text
    .replaceAll(/`[^`]*`/g, '`code`')
    .replaceAll(/\{@\w+ [^}]*\}/g, '`link`')
    .replaceAll(/\]\([^)]*\)/g, ']');
}

function proseOfPage(file: string): Prose[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^( *)```.*?^\1```$/gms, (block) =>
    block.replaceAll(/[^\n]/g, ''),
  );
  const paragraphs = [...text.matchAll(/(?:^.*\S.*\n?)+/gm)];
  return paragraphs.map(({ 0: paragraph, index }) => ({
    line: text.slice(0, index).split('\n').length,
    text: withoutCode(paragraph).replaceAll(/\s+/g, ' '),
  }));
}

/** The comments of a program, and those of its texts that have several words. */
function proseOfProgram(file: string): Prose[] {
  const code = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const found = new Map<number, string>();
  const visit = (node: ts.Node): void => {
    for (const comment of [
      ...(ts.getLeadingCommentRanges(code, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(code, node.getEnd()) ?? []),
    ]) {
      found.set(comment.pos, code.slice(comment.pos, comment.end));
    }
    if (isText(node) && node.text.includes(' ')) found.set(node.getStart(), node.text);
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  return [...found].map(([position, text]) => ({
    line: source.getLineAndCharacterOfPosition(position).line + 1,
    text: withoutCode(text).replaceAll(/\s*\n[\s*]*/g, ' '),
  }));
}

function isText(node: ts.Node): node is ts.LiteralLikeNode {
  return ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
}

/** Every avoided word in a file, with its line and what to write. */
function wordsIn(file: string): string[] {
  const prose = file.endsWith('.md') ? proseOfPage(file) : proseOfProgram(file);
  return prose.flatMap(({ line, text }) =>
    avoided.flatMap(({ pattern, write }) =>
      [...text.matchAll(new RegExp(pattern, `g${pattern.flags}`))].map(({ 0: word, index }) => {
        const context = text.slice(Math.max(0, index - 30), index + word.length + 20);
        return `${file}:${line}: "${word}" in "${context}", write: ${write}`;
      }),
    ),
  );
}

describe('comments, texts and pages', () => {
  const areas = [...new Set(files.map(areaOf))].sort();

  it.each(areas)('of %s use plain words', (area) => {
    expect(files.filter((file) => areaOf(file) === area).flatMap(wordsIn)).toEqual([]);
  });
});
