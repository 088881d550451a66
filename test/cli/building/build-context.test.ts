import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { makeFiles } from '../../support/archives/make-files.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { build, errorOf, useBuilds } from './use-builds.js';

const builds = useBuilds();
const { temp, labelsOf, namesIn } = builds;
let app: string;
let context: string;
beforeEach(() => {
  ({ app, context } = builds);
});

describe('the context of gantry build', () => {
  it('is a tar from stdin, compressed or not', async () => {
    const tar = tarOf(
      ['Dockerfile', 'FROM scratch\nCOPY in /\n'],
      ['in/b', 'b'],
      ['D2', 'FROM scratch\nCOPY in/b /c\n'],
    );
    await build(['-t', `${app}:v1`, '-'], { stdin: tar });
    expect(await namesIn('v1')).toEqual(['b']);
    await build(['-t', `${app}:v2`, '-', '-f', 'D2'], { stdin: gzipSync(tar) });
    expect(await namesIn('v2')).toEqual(['c']);
  });

  it('is empty if stdin is a Dockerfile', async () => {
    await build(['-t', `${app}:v1`, '-'], { stdin: 'FROM scratch\nLABEL from=stdin\n' });
    expect(await labelsOf('v1')).toEqual({ from: 'stdin' });
    const copied = await errorOf(['-'], { stdin: 'FROM scratch\nCOPY a /\n' });
    expect(copied).toEqual([1, expect.stringMatching(/^Dockerfile:2: COPY: \/a does not exist;/)]);
    const long = `FROM scratch\n${'LABEL a=b\n'.repeat(10_000)}`;
    await build(['-t', `${app}:v2`, '-'], { stdin: Readable.from([long.slice(0, 7), long.slice(7)]) });
    expect(await labelsOf('v2')).toEqual({ a: 'b' });
  });

  it('is a directory while --file - reads the Dockerfile from stdin', async () => {
    await build([context, '-f', '-', '-t', `${app}:v1`], { stdin: 'FROM scratch\nCOPY a /b\n' });
    expect(await namesIn('v1')).toEqual(['b']);
  });

  it('can be a tar on the disk', async () => {
    await writeFile(temp.path('c.tar'), tarOf(['Dockerfile', 'FROM scratch\nCOPY x /\n'], ['x', '']));
    await build([temp.path('c.tar'), '-t', `${app}:v1`]);
    expect(await namesIn('v1')).toEqual(['x']);
  });

  it('is where --file is looked for if it is not in the working directory', async () => {
    await makeFiles(context, {
      'docker/Dockerfile': 'FROM scratch\nLABEL which=inside\nCOPY . /\n',
      'docker/Dockerfile.dockerignore': 'docker\n',
    });
    await makeFiles(temp.path('other'), { Dockerfile: 'FROM scratch\nLABEL which=outside\n' });
    await build([context, '-f', 'docker/Dockerfile', '-t', `${app}:v1`]);
    expect(await labelsOf('v1')).toEqual({ which: 'inside' });
    expect(await namesIn('v1')).toEqual(['Dockerfile', 'a']);
    await build([context, '-f', temp.path('other/Dockerfile'), '-t', `${app}:v2`]);
    expect(await labelsOf('v2')).toEqual({ which: 'outside' });
  });

  it('can have named contexts', async () => {
    await makeFiles(temp.path('shared'), { s: '' });
    await writeFile(temp.path('context/Dockerfile'), 'FROM base\nCOPY --from=shared s /\n');
    await build([context, '-t', `${app}:v1`, '-f', '-'], { stdin: 'FROM scratch\nLABEL base=yes\n' });
    const contexts = ['--build-context', `shared=${temp.path('shared')}`];
    contexts.push('--build-context', `base=docker-image://${app}:v1`);
    await build([context, ...contexts, '-t', `${app}:v2`]);
    expect(await namesIn('v2')).toEqual(['s']);
    expect(await labelsOf('v2')).toEqual({ base: 'yes' });
  });

  it('is refused if it is a URL, a compressed tar that is not supported, or used twice', async () => {
    expect(await errorOf(['https://example.com/x.git'])).toEqual([2, expect.stringContaining('is a URL')]);
    const bzip2 = await errorOf(['-'], { stdin: 'BZh91AY&SY' });
    expect(bzip2).toEqual([2, expect.stringContaining('`bzip2 -dc CONTEXT | gantry build -`')]);
    expect(await errorOf(['-', '-f', '-'])).toEqual([2, expect.stringContaining('both the context and')]);
    const named = await errorOf(['-', '-f', 'x'], { stdin: 'FROM scratch\n' });
    expect(named).toEqual([2, expect.stringContaining('leave out --file')]);
  });
});
