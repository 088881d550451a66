import { describe, expect, it } from '@jest/globals';
import { ownerOf } from '../../src/tree/accounts.js';
import type { LeafNode } from '../../src/tree/nodes/node.js';
import { file, symlink, treeOf } from './trees.js';

const PASSWD = [
  'root:x:0:0::/root:/bin/sh',
  'app:x:1234:5678::/:/bin/sh',
  'app:x:1:1::/:/bin/sh',
  'broken',
  'text:x:one:two',
  'negative:x:-5:-6',
  'huge:x:99999999999999999999:4294967296',
  'infinite:x:Infinity:0x10',
  'constructor:x:7:8',
].join('\n');

const GROUP = 'root:x:0:\nstaff:x:50:app\nb:c:60:\ntext:x:y';

async function owner(
  text: string,
  nodes: Readonly<Record<string, LeafNode | string>> = { 'etc/passwd': PASSWD, 'etc/group': GROUP },
): Promise<string> {
  const { uid, gid } = await ownerOf(text, async () => treeOf(nodes).root, {});
  return `${uid}:${gid}`;
}

describe('the owner of a file', () => {
  it.each([
    ['77', '77:77'],
    ['77:0', '77:0'],
    ['4294967295', '4294967295:4294967295'],
    ['app', '1234:5678'],
    ['app:', '1234:5678'],
    ['app:staff', '1234:50'],
    ['app:9', '1234:9'],
    ['9:staff', '9:50'],
    [':staff', '0:50'],
    ['none', '0:0'],
    ['none:none', '0:0'],
    ['app:none', '1234:5678'],
    ['constructor', '7:8'],
    ['__proto__', '0:0'],
  ])('is for %s the IDs %s', async (text, expected) => {
    expect(await owner(text)).toBe(expected);
  });

  it('has one colon: the rest is the name of the group', async () => {
    expect(await owner('app:1:2')).toBe('1234:5678');
    expect(await owner('app:b:c')).toBe('1234:5678');
  });

  it.each(['broken', 'text', 'negative', 'huge', 'infinite', 'app:text'])(
    'is root if the ID of %s is not valid',
    async (text) => {
      expect(await owner(text)).toMatch(/^(?:0:0|1234:0)$/);
    },
  );

  it('cannot have an ID that Linux does not have', async () => {
    await expect(owner('4294967296')).rejects.toThrow(/is not the ID of a user or group/);
    await expect(owner('0:99999999999')).rejects.toThrow(/is not the ID of a user or group/);
  });

  it('is read from a file behind links, within the root', async () => {
    const nodes = { 'etc/passwd': symlink('../../../real/accounts'), 'real/accounts': PASSWD };
    expect(await owner('app', nodes)).toBe('1234:5678');
  });

  it.each([
    ['does not exist', {}],
    ['is a directory', { 'etc/passwd/x': '' }],
    ['is a dangling link', { 'etc/passwd': symlink('none') }],
    ['is empty', { 'etc/passwd': file() }],
  ])('is root if the list of accounts %s', async (_, nodes) => {
    expect(await owner('app', nodes)).toBe('0:0');
  });

  it('is not looked up for numbers', async () => {
    const fail = async (): Promise<never> => Promise.reject(new Error('the tree was read'));
    expect(await ownerOf('1:2', fail, {})).toEqual({ uid: 1, gid: 2 });
    await expect(ownerOf('1:x', fail, {})).rejects.toThrow('the tree was read');
  });
});
