import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const text = readFileSync('SECURITY.md', 'utf8');
const [, promised = ''] = text.split('## What is promised\n');
const promises = (promised.split('\n## ', 1)[0] ?? '').split(/^- /m).slice(1);
const links = (promise: string): RegExpExecArray[] => [
  ...promise.matchAll(/^ {2}- \[(?<title>.+)\]\((?<file>test\/\S+\.test\.ts)\)$/gm),
];

describe('SECURITY.md', () => {
  it('Z6: names a test for each promise', () => {
    expect(promises.length).toBeGreaterThan(8);
    expect(promises.filter((promise) => links(promise).length === 0)).toEqual([]);
  });

  it.each(promises.flatMap(links).map(({ groups = {} }) => [groups.title, groups.file] as const))(
    'Z6: the test "%s" is in %s',
    (title = '', file = '') => {
      expect(readFileSync(file, 'utf8')).toContain(`'${title}'`);
    },
  );
});
