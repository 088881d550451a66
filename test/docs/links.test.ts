import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const REPOSITORY = 'https://github.com/containerregistry/containerregistry/blob/main/';

const pages = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join('docs', file.split(path.sep).join('/'))),
];

/** The text of a page without blocks and spans of code, which may have anything that looks like a link. */
function proseOf(page: string): string {
  return readFileSync(page, 'utf8')
    .replaceAll(/^( *)```.*?^\1```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, 'code');
}

/** The targets of all links, inline and by reference. */
function linksOf(page: string): string[] {
  const prose = proseOf(page);
  const inline = [...prose.matchAll(/\]\(([^)\s]+)\)/g)];
  const defined = [...prose.matchAll(/^\[[^\]]+\]: (\S+)$/gm)];
  return [...inline, ...defined].map(([, target = '']) => target);
}

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^```.*?^```$/gms, '');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

/** Whether a link leads to a file of the repository, and to a heading if it names one. Links to other hosts are not checked. */
function isAlive(page: string, link: string): boolean {
  const local = link.startsWith(REPOSITORY) ? `/${link.slice(REPOSITORY.length)}` : link;
  if (/^[a-z]+:/.test(local)) return true;
  const [file = '', anchor] = local.split('#', 2);
  const target =
    file === '' ? page : path.join(file.startsWith('/') ? '' : path.dirname(page), file.replace(/^\//, ''));
  return existsSync(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
}

describe('the links of the documentation', () => {
  it.each(pages)('in %s lead to files and headings that exist', (page) => {
    expect(linksOf(page).filter((link) => !isAlive(page, link))).toEqual([]);
  });

  it('in README.md work on the npm page, which has no other files', () => {
    expect(linksOf('README.md').filter((link) => !/^(https:|#)/.test(link))).toEqual([]);
  });

  it('in docs/README.md lead to every page', () => {
    const listed = linksOf('docs/README.md').map((link) => path.posix.join('docs', link));
    expect(pages.filter((page) => !['README.md', 'docs/README.md', ...listed].includes(page))).toEqual([]);
  });
});
