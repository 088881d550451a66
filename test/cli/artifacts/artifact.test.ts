import { readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { artifact, crane, random } from 'containerregistry';
import { gantry } from '../../support/programs/gantry.js';
import { rawArtifact } from '../../support/images/raw-artifact.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
let app: string;
beforeEach(async () => {
  app = `${registry.host}/team/app`;
  await writeFile(temp.path('report.json'), '{}');
  await writeFile(temp.path('a:b'), 'colon');
});

async function stdoutOf(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gantry(['artifact', ...args, '--quiet']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

describe('gantry artifact', () => {
  it('pushes and pulls files with media types, a config and annotations', async () => {
    const annotations = temp.path('annotations.json');
    await writeFile(
      annotations,
      JSON.stringify({
        $manifest: { a: '1', b: '1' },
        $config: { c: '1' },
        [temp.path('report.json')]: { d: '1' },
      }),
    );
    const printed = await stdoutOf(
      ...['push', `${app}:v1`, `${temp.path('report.json')}:application/json`, `${temp.path('a:b')}:`],
      ...['--artifact-type', 'a/b', '--config', `${temp.path('report.json')}:a/config`],
      ...['-a', 'b=2', '-a', 'x=1,y=2', '--annotation-file', annotations],
    );
    expect(printed).toBe(`${app}@${await crane.digest(`${app}:v1`)}\n`);
    const { files, manifest, type } = await artifact.pull(`${app}:v1`);
    expect(type).toBe('a/b');
    expect(manifest.annotations).toMatchObject({ a: '1', b: '2', x: '1,y=2' });
    expect(manifest.config).toMatchObject({ mediaType: 'a/config', annotations: { c: '1' } });
    expect(files).toMatchObject([
      { title: 'report.json', mediaType: 'application/json', annotations: { d: '1' } },
      { title: 'a:b' },
    ]);

    const out = temp.path('out');
    expect(await stdoutOf('pull', `${app}:v1`, '-o', out)).toBe(`${out}/report.json\n${out}/a:b\n`);
    expect(await readFile(temp.path('out/a:b'), 'utf8')).toBe('colon');
    const again = await gantry(['artifact', 'pull', `${app}:v1`, '-o', out, '--keep-old-files']);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('exists');
    const json = JSON.parse(await stdoutOf('pull', `${app}:v1`, '-o', out, '--json')) as object;
    expect(json).toMatchObject({ artifactType: 'a/b', files: [{ path: `${out}/report.json` }, {}] });
  });

  it('says which blobs have no file name', async () => {
    await crane.push(rawArtifact({ layers: [{ content: 'x' }, { content: 'y', title: 'y' }] }), `${app}:v1`);
    const { code, stdout, stderr } = await gantry(['artifact', 'pull', `${app}:v1`, '-o', temp.path('out')]);
    expect([code, stdout]).toEqual([0, `${temp.path('out')}/y\n`]);
    expect(stderr).toMatch(/1 of 2 blobs have no file name.*`gantry blob`.*sha256:/);
  });

  it('attaches files and prints the tree of referrers', async () => {
    await crane.push(random.image(10, 1), `${app}:v1`);
    const attached = await stdoutOf(
      ...['attach', `${app}:v1`, temp.path('report.json'), '--artifact-type', 'a/sbom', '--json'],
    );
    const { reference, digest } = JSON.parse(attached) as { reference: string; digest: string };
    const signature = (
      await stdoutOf('attach', reference, temp.path('report.json'), '--artifact-type', 'a/signature')
    ).trim();
    const tree = await stdoutOf('discover', `${app}:v1`);
    expect(tree).toBe(
      [
        `${app}@${await crane.digest(`${app}:v1`)}`,
        `└── a/sbom ${digest}`,
        `    └── a/signature ${signature.slice(signature.indexOf('@') + 1)}`,
        '',
      ].join('\n'),
    );
    expect(await stdoutOf('discover', `${app}:v1`, '--depth', '1')).not.toContain('signature');
    expect(await stdoutOf('discover', `${app}:v1`, '--artifact-type', 'a/none')).not.toContain('──');
    expect(JSON.parse(await stdoutOf('discover', `${app}:v1`, '--json'))).toMatchObject({
      referrers: [{ artifactType: 'a/sbom', referrers: [{ artifactType: 'a/signature' }] }],
    });
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'a type that is not a media type',
      ['push', 'X', '--artifact-type', 'sbom'],
      /type must be a media type/,
    ],
    ['an annotation without a value', ['push', 'X', '-a', 'name'], /--annotation "name" is not name=value/],
    ['two files of one name', ['push', 'X', 'a/../f', 'f'], /have the same title/],
    ['no type', ['attach', 'X', 'f'], /--artifact-type/],
    ['a bad depth', ['discover', 'X', '--depth', '0'], /whole number/],
  ])('exits with 2 for %s', async (_title, args, message) => {
    const { code, stderr } = await gantry([
      'artifact',
      ...args.map((arg) => (arg === 'X' ? `${app}:v1` : arg)),
    ]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('exits with 2 for a file of annotations in another form, and with 3 for a missing file', async () => {
    const wrong = ['artifact', 'push', `${app}:v1`, '--annotation-file', temp.path('report.json')];
    await writeFile(temp.path('report.json'), '{"a":"b"}');
    expect(await gantry(wrong)).toMatchObject({ code: 2 });
    await writeFile(temp.path('report.json'), '{');
    expect(await gantry(wrong)).toMatchObject({ code: 2 });
    expect(await gantry(['artifact', 'push', `${app}:v1`, temp.path('none')])).toMatchObject({ code: 3 });
  });
});
