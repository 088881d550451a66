import { readdir, readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { headersOf } from '../../support/archives/make-files.js';
import { build, errorOf, useBuilds } from './use-builds.js';

const builds = useBuilds();
const { temp, imageOf, labelsOf, namesIn } = builds;
let app: string;
let context: string;
beforeEach(() => {
  ({ app, context } = builds);
});

describe('the values of gantry build', () => {
  it('--build-arg without a value takes that of the environment', async () => {
    const args = [context, '--build-arg', 'WHO'];
    await build([...args, '-t', `${app}:v1`], { env: { WHO: 'me' } });
    expect(await labelsOf('v1')).toEqual({ who: 'me' });
    await build([...args, '-t', `${app}:v2`]);
    expect(await labelsOf('v2')).toEqual({ who: 'nobody' });
    await build([context, '--build-arg', 'WHO=a=b,c', '-t', `${app}:v3`], { env: { WHO: 'me' } });
    expect(await labelsOf('v3')).toEqual({ who: 'a=b,c' });
  });

  it('--label, --annotation, --target and --compression apply', async () => {
    await writeFile(
      temp.path('context/Dockerfile'),
      'FROM scratch AS one\nCOPY a /one\nFROM scratch\nCOPY a /two\n',
    );
    const values = [
      '--label',
      'x=1=2',
      '--label',
      'empty',
      '--annotation',
      'manifest:y=2',
      '--target',
      'one',
    ];
    await build([context, ...values, '--compression', 'none', '-t', `${app}:v1`]);
    expect(await labelsOf('v1')).toEqual({ x: '1=2', empty: '' });
    const { annotations, layers } = await (await imageOf('v1')).manifest();
    expect(annotations).toEqual({ y: '2' });
    expect(layers.map(({ mediaType }) => mediaType)).toEqual(['application/vnd.oci.image.layer.v1.tar']);
    expect(await namesIn('v1')).toEqual(['one']);
  });

  it('--source-date-epoch, else the argument, else the environment, is the time', async () => {
    await writeFile(
      temp.path('context/Dockerfile'),
      'FROM scratch\nARG SOURCE_DATE_EPOCH\nLABEL time=$SOURCE_DATE_EPOCH\nCOPY a /a\n',
    );
    const env = { SOURCE_DATE_EPOCH: '3' };
    const argument = ['--build-arg', 'SOURCE_DATE_EPOCH=2'];
    const cases = [
      { args: ['--source-date-epoch', '1', ...argument], time: 1 },
      { args: argument, time: 2 },
      { args: [], time: 3 },
    ];
    for (const { args, time } of cases) {
      await build([context, ...args, '--rewrite-timestamps', '-t', `${app}:v1`], { env });
      const image = await imageOf('v1');
      const { created, config } = await image.configFile();
      expect([created, config.Labels]).toEqual([`1970-01-01T00:00:0${time}Z`, { time: `${time}` }]);
      const [layer] = await image.layers();
      expect((await headersOf(layer!)).map(({ mtime }) => mtime)).toEqual([time]);
    }
    expect(await errorOf([context, '--rewrite-timestamps'])).toEqual([
      2,
      expect.stringContaining('needs a time'),
    ]);
    const invalid = await errorOf([context, '--build-arg', 'SOURCE_DATE_EPOCH=soon']);
    expect(invalid).toEqual([
      2,
      expect.stringContaining('--build-arg SOURCE_DATE_EPOCH "soon" is not a time'),
    ]);
  });

  it('--work-directory has the temporary files, which are removed', async () => {
    await build([context, '--work-directory', temp.path('work'), '-t', `${app}:v1`]);
    expect(await readdir(temp.path('work'))).toEqual([]);
    await errorOf(['-', '--work-directory', temp.path('work2')], { stdin: 'FROM scratch\nCOPY a /\n' });
    expect(await readdir(temp.path('work2'))).toEqual([]);
  });

  it('--iidfile and --metadata-file describe the result, and no old --iidfile stays', async () => {
    const [iid, metadata] = [temp.path('iid'), temp.path('metadata')];
    const files = ['--iidfile', iid, '--metadata-file', metadata];
    await build([context, ...files, '-t', `${app}:v1`, '-t', `${app}:v2`]);
    const image = await imageOf('v1');
    const [digest, config] = [await image.digest(), await image.configName()];
    expect(await readFile(iid, 'utf8')).toBe(config);
    expect(JSON.parse(await readFile(metadata, 'utf8'))).toEqual({
      'containerimage.config.digest': config,
      'containerimage.descriptor': {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest,
        size: await image.size(),
      },
      'containerimage.digest': digest,
      'image.name': `${app}:v1,${app}:v2`,
    });
    await errorOf(['-', '--iidfile', iid], { stdin: 'FROM scratch\nCOPY a /\n' });
    await expect(readFile(iid)).rejects.toThrow('ENOENT');
  });
});
