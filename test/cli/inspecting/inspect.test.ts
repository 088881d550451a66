import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, empty, mutate } from 'containerregistry';
import { amd, amd64, multi } from '../../support/images/platform-images.js';
import { referringImage } from '../../support/images/referring-image.js';
import { gantry } from '../../support/programs/gantry.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
let app: string;
beforeEach(() => {
  app = `${registry.host}/team/app`;
});

/** Runs a command that must succeed. */
async function stdoutOf(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gantry([...args, '--quiet']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const short = (digest: string): string => digest.slice(0, 19);

const LONG = 'word '.repeat(60).trim();

const detailed = () =>
  mutate.annotations(
    mutate.config(amd, {
      Entrypoint: ['/app', '--serve'],
      Env: ['PATH=/bin', `LONG=${LONG}`],
      User: '65532',
      ExposedPorts: { '80/tcp': {} },
      Labels: { team: 'red' },
    }),
    { 'org.opencontainers.image.base.name': 'docker.io/library/alpine:3.20' },
  );

describe('inspect', () => {
  it('shows a person what an image consists of', async () => {
    await crane.push(detailed(), `${app}:v1`);
    const digest = await detailed().digest();
    const [layer] = (await amd.manifest()).layers;
    const text = await stdoutOf('inspect', `${app}:v1`);
    const lines = text.split('\n');
    expect(lines.slice(0, 5)).toEqual([
      `Name     ${app}:v1`,
      `Digest   ${digest}`,
      'Type     image, application/vnd.oci.image.manifest.v1+json',
      expect.stringMatching(/^Size {5}\d+ B$|^Size {5}\d\.\d kB$/),
      'Base     docker.io/library/alpine:3.20',
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        'Image linux/amd64',
        '  Entrypoint  ["/app","--serve"]',
        '  User        65532',
        '  Ports       80/tcp',
        '  Env         PATH=/bin',
        '  Labels      team=red',
        'Layers, 1',
        `  ${short(layer!.digest)}  ${layer!.size} B  step 0`,
      ]),
    );
    expect(text.replace(/\n {14}/g, ' ')).toContain(`LONG=${LONG}`);
  });

  it('fits 80 columns, and a narrower terminal', async () => {
    const image = mutate.annotations(detailed(), { long: 'x'.repeat(300) });
    await crane.push(image, `${app}:v1`);
    await crane.push(
      referringImage(await crane.head(`${app}:v1`), `application/${'y'.repeat(100)}`),
      `${app}:referrer`,
    );
    const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
    const piped = await stdoutOf('inspect', `${app}:v1`);
    expect(widest(piped)).toBe(80);
    expect(piped).toContain('Referrers');
    const { stdout } = await gantry(['inspect', `${app}:v1`], { terminal: { columns: 60, rows: 20 } });
    expect(widest(stdout)).toBeLessThanOrEqual(72);
    expect(widest(stdout.replace((await image.digest()) as string, ''))).toBeLessThanOrEqual(60);
  });

  it('lists the manifests of an index, and shows the image for linux/amd64', async () => {
    await crane.push(multi, `${app}:multi`);
    const { manifests } = await multi.indexManifest();
    const text = await stdoutOf('inspect', `${app}:multi`);
    expect(text).toContain('Type     index, application/vnd.oci.image.index.v1+json\n');
    expect(text).toMatch(new RegExp(`^  ${short(manifests[0]!.digest)}  .*  linux/amd64$`, 'm'));
    expect(text).toMatch(new RegExp(`^  ${short(manifests[1]!.digest)}  .*  linux/arm64$`, 'm'));
    expect(text).toContain(`\nImage linux/amd64, ${short(manifests[0]!.digest)}\n`);
  });

  it('prints everything with --json', async () => {
    await crane.push(multi, `${app}:multi`);
    const printed = JSON.parse(await stdoutOf('inspect', '--json', `${app}:multi`)) as object;
    expect(printed).toEqual(JSON.parse(JSON.stringify(await crane.inspect(`${app}:multi`))));
    expect(printed).toMatchObject({ digest: await multi.digest(), manifests: [{ platform: amd64 }, {}] });
    const one = await stdoutOf('inspect', '--json', '--platform', 'linux/amd64', `${app}:multi`);
    expect(JSON.parse(one)).toMatchObject({ kind: 'image', digest: await amd.digest() });
  });

  it('reads a layout, and an archive from stdin', async () => {
    await crane.writeTo(multi, { kind: 'oci', path: temp.path('layout'), tag: 'v1' });
    expect(await stdoutOf('inspect', `oci:${temp.path('layout')}:v1`)).toContain(await multi.digest());
    const { stdout: archive } = await gantry(['copy', `oci:${temp.path('layout')}:v1`, 'oci-archive:-:v1']);
    expect(archive.length).toBeGreaterThan(0);
  });

  it('cannot be made to print another line by the content of an image', async () => {
    const image = mutate.config(amd, { Labels: { a: 'b\nDigest   sha256:fake\u001b[2J' } });
    await crane.push(image, `${app}:v1`);
    const text = await stdoutOf('inspect', `${app}:v1`);
    expect(text).toContain('a=b\\nDigest   sha256:fake\\u001b[2J');
  });

  it('fails with exit code 3 if the image does not exist', async () => {
    expect(await gantry(['inspect', `${app}:none`])).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('tree', () => {
  const utf8 = { HOME: '/nonexistent', DOCKER_CONFIG: '/nonexistent', CI: 'true', LANG: 'C.UTF-8' };

  async function pushSigned(): Promise<{ readonly signature: string; readonly sbom: string }> {
    await crane.push(multi, `${app}:multi`);
    const attach = async (subject: string, type: string): Promise<string> => {
      const { digest, size, mediaType } = await crane.head(`${app}@${subject}`);
      const artifact = referringImage({ digest, size, mediaType }, type);
      await crane.push(artifact, `${app}@${await artifact.digest()}`);
      return artifact.digest();
    };
    return {
      signature: await attach(await multi.digest(), 'example/signature'),
      sbom: await attach(await amd.digest(), 'example/sbom'),
    };
  }

  it.each([
    ['with lines in a locale of UTF-8', utf8, ['├─ ', '│  └─ ', '├─ ', '└─ ']],
    ['in ASCII otherwise', { ...utf8, LC_ALL: 'C' }, ['|- ', '|  `- ', '|- ', '`- ']],
  ])('is drawn %s', async (_title, env, [a, b, c, d]) => {
    const { signature, sbom } = await pushSigned();
    const { manifests } = await multi.indexManifest();
    const { stdout } = await gantry(['tree', `${app}:multi`], { env });
    expect(stdout.split('\n')).toEqual([
      `${app}:multi`,
      await multi.digest(),
      `${a}linux/amd64 ${short(manifests[0]!.digest)}`,
      `${b}referrer example/sbom ${short(sbom)}`,
      `${c}linux/arm64 ${short(manifests[1]!.digest)}`,
      `${d}referrer example/signature ${short(signature)}`,
      '',
    ]);
  });

  it('leaves out levels below --depth, and referrers with --no-referrers', async () => {
    await pushSigned();
    const { stdout } = await gantry(['tree', '--depth', '1', `${app}:multi`], { env: utf8 });
    expect(stdout).toMatch(/linux\/amd64 \S+ \.\.\.\n/);
    expect(stdout).not.toContain('sbom');
    const without = await stdoutOf('tree', '--no-referrers', `${app}:multi`);
    expect(without).not.toContain('referrer');
    expect(await gantry(['tree', '--depth', 'x', app])).toMatchObject({ code: 2 });
  });

  it('prints the tree of the library with --json', async () => {
    await pushSigned();
    const printed = JSON.parse(await stdoutOf('tree', '--json', `${app}:multi`)) as object;
    expect(printed).toEqual(JSON.parse(JSON.stringify(await crane.tree(`${app}:multi`))));
  });

  it('names nested indexes, attestations and what is listed twice', async () => {
    const platform = { os: 'unknown', architecture: 'unknown' };
    const inner = mutate.appendManifests(empty.index, [{ add: amd, descriptor: { platform } }]);
    const index = mutate.appendManifests(empty.index, [
      { add: inner },
      { add: inner, descriptor: { annotations: { again: 'yes' } } },
    ]);
    await crane.push(index, `${app}:nested`);
    const text = await stdoutOf('tree', '--no-referrers', `${app}:nested`);
    expect(text.split('\n').slice(2, 5)).toEqual([
      `|- index ${short(await inner.digest())}`,
      `|  \`- attestation ${short(await amd.digest())}`,
      `\`- index ${short(await inner.digest())} (see above)`,
    ]);
  });
});

describe('check-base', () => {
  const recording = (digest: string) =>
    mutate.annotations(amd, {
      'org.opencontainers.image.base.name': `${registry.host}/base:1`,
      'org.opencontainers.image.base.digest': digest,
    });

  it('has exit code 0 while the base is current, and 10 after it has moved', async () => {
    const base = `${registry.host}/base:1`;
    await crane.push(multi, base);
    await crane.push(recording(await multi.digest()), `${app}:v1`);
    expect(await gantry(['check-base', `${app}:v1`])).toEqual({
      code: 0,
      stdout: `current: ${base}: the recorded digest is that of the base\n`,
      stderr: '',
      writes: [],
    });
    await crane.push(mutate.config(amd, { User: 'new' }), base);
    expect(await gantry(['check-base', `${app}:v1`])).toMatchObject({
      code: 10,
      stdout: `outdated: ${base}: the base has another digest than the recorded one\n`,
      stderr: '',
    });
  });

  it('has exit code 11 if the base is not known', async () => {
    await crane.push(amd, `${app}:v1`);
    expect(await gantry(['check-base', `${app}:v1`])).toMatchObject({
      code: 11,
      stdout: 'unknown: the image does not record the name of its base\n',
      stderr: '',
    });
    expect(await gantry(['check-base', '--base', 'scratch', `${app}:v1`])).toMatchObject({ code: 0 });
  });

  it('compares with --base, and prints the result of the library with --json', async () => {
    await crane.push(amd, `${app}:v1`);
    await crane.push(amd, `${registry.host}/base:1`);
    const { code, stdout } = await gantry([
      'check-base',
      '--json',
      '--base',
      `${registry.host}/base:1`,
      `${app}:v1`,
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'current',
      checks: [{ status: 'current', method: 'layers', platform: amd64 }],
    });
  });

  it('has the exit code of the failure if the base does not exist', async () => {
    await crane.push(recording(await amd.digest()), `${app}:v1`);
    expect(await gantry(['check-base', `${app}:v1`])).toMatchObject({ code: 3, stdout: '' });
  });
});
