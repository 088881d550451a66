import { readdirSync, readFileSync } from 'node:fs';

/** A program in the documentation, as a reader copies it. */
export interface Block {
  /** The page and the number of the program on it, such as `docs/guide/pulling.md #2`. */
  readonly title: string;
  readonly page: string;
  readonly language: 'ts' | 'js';
  readonly code: string;
}

const pages = [
  'README.md',
  'docs/errors.md',
  ...readdirSync('docs/guide').map((page) => `docs/guide/${page}`),
  ...readdirSync('docs/concepts').map((page) => `docs/concepts/${page}`),
];

/** The programs of all pages, in order. */
export const blocks: readonly Block[] = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```(ts|js)\n(.*?)^```/gms)].map(
    ([, language, code = ''], at) => ({
      ...{ title: `${page} #${at + 1}`, page, language: language === 'js' ? 'js' : 'ts' },
      code,
    }),
  ),
);
