import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, empty, layout, mutate } from 'containerregistry';
import { gantry } from '../support/programs/gantry.js';
import { startRegistry } from '../support/servers/start-registry.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
let app: string;
beforeEach(() => {
  app = `${registry.host}/team/app`;
});

const imageOf = (text: string) => crane.image({ 'data.txt': Buffer.from(text) });

/** Runs a command that must succeed. */
async function stdoutOf(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gantry([...args, '--quiet']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

describe('push', () => {
  beforeEach(async () => {
    await crane.save(imageOf('one'), `${app}:v1`, temp.path('app.tar'));
  });

  it('prints the repository with the digest', async () => {
    const digest = await imageOf('one').digest();
    expect(await stdoutOf('push', temp.path('app.tar'), `${app}:v1`)).toBe(`${app}@${digest}\n`);
    expect(await crane.digest(`${app}:v1`)).toBe(digest);
  });

  it('describes the pushed image with --json', async () => {
    const pushed = JSON.parse(await stdoutOf('push', '--json', temp.path('app.tar'), `${app}:v1`)) as object;
    const digest = await imageOf('one').digest();
    expect(pushed).toEqual({
      reference: `${app}@${digest}`,
      digest,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      size: await imageOf('one').size(),
    });
  });

  it('writes the reference to the file of --image-refs', async () => {
    const refs = temp.path('refs.txt');
    const printed = await stdoutOf('push', '--image-refs', refs, temp.path('app.tar'), `${app}:v1`);
    expect(await readFile(refs, 'utf8')).toBe(printed.trim());
  });

  it('pushes the only image of a layout, and all of it with --index', async () => {
    const dir = temp.path('layout');
    await crane.saveOci(imageOf('one'), dir);
    expect(await stdoutOf('push', dir, `${app}:v1`)).toBe(`${app}@${await imageOf('one').digest()}\n`);
    await crane.saveOci(imageOf('two'), dir);
    const { code, stderr } = await gantry(['push', dir, `${app}:v1`]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^Error: .*layout: it holds 2 images to choose from: .*; choose one by --tag, --digest or --platform, or push them together as one with --index\n$/,
    );
    const index = await (await layout.fromPath(dir)).imageIndex();
    expect(await stdoutOf('push', '--index', dir, `${app}:all`)).toBe(`${app}@${await index.digest()}\n`);
  });
});

describe('pull', () => {
  beforeEach(async () => {
    await crane.push(imageOf('one'), `${app}:v1`);
    await crane.push(imageOf('two'), `${app}:v2`);
  });

  it.each(['tarball', 'legacy'])('writes several images into one archive: %s', async (format) => {
    const file = temp.path('both.tar');
    expect(await stdoutOf('pull', '--format', format, `${app}:v1`, `${app}:v2`, file)).toBe('');
    for (const [tag, text] of [
      ['v1', 'one'],
      ['v2', 'two'],
    ] as const) {
      const loaded = await crane.loadTag(file, `${app}:${tag}`);
      expect(await loaded.configName()).toBe(await imageOf(text).configName());
    }
  });

  it('writes layouts, and stores the reference with --annotate-ref', async () => {
    const dir = temp.path('layout');
    await stdoutOf('pull', '--format', 'oci', '--annotate-ref', `${app}:v1`, `${app}:v2`, dir);
    const { manifests } = await (await (await layout.fromPath(dir)).imageIndex()).indexManifest();
    expect(manifests.map(({ annotations }) => annotations)).toEqual([
      { 'org.opencontainers.image.ref.name': `${app}:v1` },
      { 'org.opencontainers.image.ref.name': `${app}:v2` },
    ]);
  });

  it('writes a whole index into a layout, but one image into an archive or with --platform', async () => {
    const arm = mutate.config(imageOf('arm'), {});
    const index = mutate.appendManifests(empty.index, [
      { add: imageOf('amd'), descriptor: { platform: { os: 'linux', architecture: 'amd64' } } },
      { add: arm, descriptor: { platform: { os: 'linux', architecture: 'arm64' } } },
    ]);
    await crane.push(index, `${app}:multi`);
    await stdoutOf('pull', '--format', 'oci', `${app}:multi`, temp.path('whole'));
    const listed = async (dir: string) =>
      (await (await (await layout.fromPath(temp.path(dir))).imageIndex()).indexManifest()).manifests;
    expect((await listed('whole')).map(({ digest }) => digest)).toEqual([await index.digest()]);
    await stdoutOf('pull', '--format', 'oci', '--platform', 'linux/arm64', `${app}:multi`, temp.path('one'));
    expect((await listed('one')).map(({ digest }) => digest)).toEqual([await arm.digest()]);
    await stdoutOf('pull', '--platform', 'all', `${app}:multi`, temp.path('amd.tar'));
    expect((await crane.open(temp.path('amd.tar'))).images).toHaveLength(2);
    await stdoutOf('pull', `${app}:multi`, temp.path('amd.tar'));
    const loaded = await crane.load(temp.path('amd.tar'));
    expect(await loaded.configName()).toBe(await imageOf('amd').configName());
  });
});

describe('commands that print', () => {
  beforeEach(async () => {
    await crane.push(imageOf('one'), `${app}:v1`);
  });

  it('print manifest, config and blob byte for byte', async () => {
    const image = await crane.pull(`${app}:v1`);
    expect(await stdoutOf('manifest', `${app}:v1`)).toBe(Buffer.from(await image.rawManifest()).toString());
    expect(await stdoutOf('config', `${app}:v1`)).toBe(Buffer.from(await image.rawConfigFile()).toString());
    const { config } = await image.manifest();
    expect(await stdoutOf('blob', `${app}@${config.digest}`)).toBe(
      Buffer.from(await image.rawConfigFile()).toString(),
    );
  });

  it('print digests in every form', async () => {
    const digest = await imageOf('one').digest();
    expect(await stdoutOf('digest', `${app}:v1`)).toBe(`${digest}\n`);
    expect(await stdoutOf('digest', '--full-ref', `${app}:v1`)).toBe(`${app}@${digest}\n`);
    expect(JSON.parse(await stdoutOf('digest', '--json', `${app}:v1`))).toEqual({
      reference: `${app}:v1`,
      digest,
    });
    await crane.save(imageOf('one'), `${app}:v1`, temp.path('app.tar'));
    const local = await (await crane.load(temp.path('app.tar'))).digest();
    expect(await stdoutOf('digest', '--tarball', temp.path('app.tar'))).toBe(`${local}\n`);
    expect(await stdoutOf('digest', '--tarball', temp.path('app.tar'), `${app}:v1`)).toBe(`${local}\n`);
  });

  it('list tags and repositories', async () => {
    const hex = 'a'.repeat(64);
    await crane.tag(`${app}:v1`, 'v2');
    await crane.tag(`${app}:v1`, `sha256-${hex}.sig`);
    expect(await stdoutOf('ls', app)).toBe(`sha256-${hex}.sig\nv1\nv2\n`);
    expect(await stdoutOf('ls', '-O', '--full-ref', app)).toBe(`${app}:v1\n${app}:v2\n`);
    expect(await stdoutOf('ls', '--omit-digest-tags', '--json', app)).toBe('"v1"\n"v2"\n');
    expect(await stdoutOf('catalog', registry.host)).toBe('team/app\n');
    expect(await stdoutOf('catalog', '--full-ref', registry.host)).toBe(`${app}\n`);
    expect(await stdoutOf('catalog', '--json', registry.host)).toBe('"team/app"\n');
  });

  it('list the manifests of an index in a registry or a layout', async () => {
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const index = mutate.appendManifests(empty.index, [{ add: imageOf('one'), descriptor: { platform } }]);
    await crane.push(index, `${app}:multi`);
    const row = `${await imageOf('one').digest()}  ${await imageOf('one').mediaType()}  linux/arm64/v8`;
    const table = await stdoutOf('index', 'list', `${app}:multi`);
    expect(table).toMatch(/^DIGEST +MEDIA TYPE +PLATFORM\n/);
    expect(table.split('\n').slice(1)).toEqual([row, '']);
    expect(JSON.parse(await stdoutOf('index', 'list', '--json', `${app}:multi`))).toMatchObject({ platform });
    await crane.saveOci(imageOf('one'), temp.path('layout'));
    expect(await stdoutOf('index', 'list', temp.path('layout'))).toContain(await imageOf('one').digest());
  });
});

describe('commands that change a registry', () => {
  beforeEach(async () => {
    await crane.push(imageOf('one'), `${app}:v1`);
  });

  it('copy images, under both names of the command, and print nothing', async () => {
    const mirror = `${registry.host}/mirror`;
    expect(await stdoutOf('copy', `${app}:v1`, `${mirror}/a:v1`)).toBe('');
    expect(await stdoutOf('cp', `${app}:v1`, `${mirror}/b:v1`)).toBe('');
    for (const name of ['a', 'b']) {
      expect(await crane.digest(`${mirror}/${name}:v1`)).toBe(await imageOf('one').digest());
    }
  });

  it('do not replace an existing tag with --no-clobber', async () => {
    await crane.push(imageOf('two'), `${app}:v2`);
    const { code, stderr } = await gantry(['copy', '-n', `${app}:v1`, `${app}:v2`]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Error: refusing to overwrite the existing tag ${app}:v2; choose another tag, or leave out --no-clobber\n`,
    );
    expect(await crane.digest(`${app}:v2`)).toBe(await imageOf('two').digest());
  });

  it('X4: copy all other tags after one tag fails, and name the failed tag', async () => {
    await crane.push(imageOf('two'), `${app}:v2`);
    const refusing = await startRegistry({ maxManifestBytes: 1000 });
    try {
      const wide = mutate.annotations(imageOf('wide'), { note: 'x'.repeat(2000) });
      await crane.push(wide, `${app}:broken`);
      const mirror = `${refusing.host}/app`;
      const { code, stdout, stderr } = await gantry(['copy', '--all-tags', '-j', '2', app, mirror]);
      expect(code).not.toBe(0);
      expect(stdout).toBe('');
      const summary = stderr
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('Error: '));
      expect(summary).toHaveLength(1);
      expect(summary[0]).toContain(`1 of 3 failed: ${app}:broken: `);
      expect(await stdoutOf('ls', mirror)).toBe('v1\nv2\n');
    } finally {
      await refusing.close();
    }
  });

  it('tag and delete an image', async () => {
    await stdoutOf('tag', `${app}:v1`, 'latest');
    expect(await stdoutOf('ls', app)).toBe('latest\nv1\n');
    await stdoutOf('delete', `${app}:v1`);
    expect(await stdoutOf('ls', app)).toBe('latest\n');
    await stdoutOf('delete', `${app}@${await imageOf('one').digest()}`);
    expect((await gantry(['digest', `${app}:latest`])).code).toBe(3);
  });
});

describe('validate', () => {
  it('accepts valid images at any location', async () => {
    await crane.push(imageOf('one'), `${app}:v1`);
    await crane.save(imageOf('one'), `${app}:v1`, temp.path('app.tar'));
    await crane.saveOci(imageOf('one'), temp.path('layout'));
    expect(
      await stdoutOf(
        'validate',
        '--remote',
        `${app}:v1`,
        '--tarball',
        temp.path('app.tar'),
        '--layout',
        temp.path('layout'),
      ),
    ).toBe(`PASS: ${app}:v1\nPASS: ${temp.path('app.tar')}\nPASS: ${temp.path('layout')}\n`);
    expect(await stdoutOf('validate', '--fast', '--json', '--remote', `${app}:v1`)).toBe(
      `{"subject":"${app}:v1","valid":true,"findings":[]}\n`,
    );
  });

  it('prints what is wrong, and exits with 6', async () => {
    const dir = temp.path('layout');
    await crane.saveOci(imageOf('one'), dir);
    const [layer] = await imageOf('one').layers();
    const digest = await layer!.digest();
    await writeFile(`${dir}/blobs/${digest.replace(':', '/')}`, 'broken');
    const { code, stdout, stderr } = await gantry(['validate', '--layout', dir]);
    expect(code).toBe(6);
    expect(stdout).toMatch(new RegExp(`^FAIL: ${dir}: .*${digest}.*\n$`));
    expect(stderr).toMatch(/^Error: .*\n$/);
  });

  it('requires an image to validate', async () => {
    const { code, stderr } = await gantry(['validate']);
    expect(code).toBe(2);
    expect(stderr).toBe('Error: nothing to validate; give --remote, --tarball or --layout\n');
  });
});

describe('registry serve', () => {
  it('prints its address, stores pushed images on the disk, and exits with 0 if it is interrupted', async () => {
    const store = temp.path('store');
    await mkdir(store);
    for (const round of ['first', 'second']) {
      const stop = new AbortController();
      const served = gantry(['registry', 'serve', '--disk', store, '-q'], {
        signal: stop.signal,
        env: { PORT: '' },
        onStdout: (text) => {
          void (async () => {
            const host = text.trim().replace('http://', '');
            if (round === 'first') await crane.push(imageOf('one'), `${host}/kept:v1`);
            else expect(await crane.digest(`${host}/kept:v1`)).toBe(await imageOf('one').digest());
          })().finally(() => {
            stop.abort(new Error('stop'));
          });
        },
      });
      expect((await served).code).toBe(0);
    }
    expect(await readdir(store)).not.toEqual([]);
  });
});
