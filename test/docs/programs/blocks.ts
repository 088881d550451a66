import { readdirSync, readFileSync } from 'node:fs';

/** A program in the documentation, as a reader copies it. */
export interface Block {
  /** The page and the number of the program on it, such as `docs/guide/pulling.md #2`. */
  readonly title: string;
  readonly page: string;
  readonly code: string;
}

const pages = [
  'README.md',
  'docs/errors.md',
  ...readdirSync('docs/guide').map((page) => `docs/guide/${page}`),
  ...readdirSync('docs/concepts').map((page) => `docs/concepts/${page}`),
];

/** The TypeScript programs of all pages, in order. */
export const blocks: readonly Block[] = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ''], at) => ({
    ...{ title: `${page} #${at + 1}`, page },
    // `export {}` makes a program a module, even if it imports nothing.
    code: `${code}\nexport {};\n`,
  })),
);
