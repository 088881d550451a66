import { readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import * as layout from '../../src/layout/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { image as randomImage } from '../../src/random/image.js';
import { ociUncompressedLayer } from '../../src/v1/types.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { gantry } from '../support/programs/gantry.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { storedImage } from '../support/images/stored-image.js';
import { sha256Of } from '../support/tools/read-all.js';
import { tarEntries } from '../support/archives/tar-entries.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const registry = useRegistry();

describe('gantry', () => {
  it('K10: follows symbolic links in place of blobs with --allow-symlinks', async () => {
    const place = dir.path('layout');
    await (await layout.fromPath(place, { create: true })).appendImage(randomImage(1000, 1, { seed: 1 }));
    for (const name of await readdir(`${place}/blobs/sha256`)) {
      await rename(`${place}/blobs/sha256/${name}`, dir.path(name));
      await symlink(dir.path(name), `${place}/blobs/sha256/${name}`);
    }
    for (const args of [
      ['push', place, `${registry.host}/app:v1`],
      ['copy', `oci:${place}`, `${registry.host}/app:v2`],
      ['validate', '--layout', place],
      ['digest', `oci:${place}`],
    ]) {
      const refused = await gantry(args);
      const allowed = await gantry([...args, '--allow-symlinks']);
      expect({ args, code: allowed.code, stderr: allowed.stderr }).toMatchObject({ args, code: 0 });
      // The error has no hint, so the line ends here.
      if (args[0] === 'digest' || args[0] === 'validate') continue;
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain('--allow-symlinks');
    }
  });

  it('K10: warns about a config that was edited under its old name', async () => {
    const edited = dockerArchive({ layers: [tarOf(['a', 'b'])], configName: `${'a'.repeat(64)}.json` });
    await writeFile(dir.path('app.tar'), dockerTar(edited));
    const { code, stdout, stderr } = await gantry(['config', dir.path('app.tar')]);
    expect(code).toBe(0);
    expect(sha256Of(Buffer.from(stdout.trimEnd()))).toBe(sha256Of(edited.config));
    expect(stderr).toMatch(/app\.tar: the config .* was edited/);
  });

  it('K6: compresses layers that Docker saved, unless the original manifest is requested', async () => {
    const tar = tarOf(['file', 'plain']);
    const image = compressedToImage(
      storedImage({
        tars: [tar],
        blobs: [tar],
        manifest: (same) => ({
          ...same,
          layers: same.layers.map((layer) => ({ ...layer, mediaType: ociUncompressedLayer })),
        }),
      }),
    );
    const place = await layout.fromPath(dir.path('layout'), { create: true });
    await place.appendImage(image);
    const blobs = `${dir.path('layout')}/blobs/sha256`;
    const { layers, config } = await image.manifest();
    const entries = await Promise.all(
      (await readdir(blobs)).map(async (name) => ({
        name: `blobs/sha256/${name}`,
        content: await readFile(`${blobs}/${name}`),
      })),
    );
    const described = {
      Config: `blobs/sha256/${config.digest.slice(7)}`,
      RepoTags: ['app:v1'],
      Layers: layers.map(({ digest }) => `blobs/sha256/${digest.slice(7)}`),
      LayerSources: { [sha256Of(tar)]: layers[0] },
    };
    const file = dir.path('saved.tar');
    await writeFile(
      file,
      tarEntries(
        ...entries,
        { name: 'index.json', content: await readFile(`${dir.path('layout')}/index.json`) },
        { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
        { name: 'manifest.json', content: JSON.stringify([described]) },
      ),
    );
    await rm(dir.path('layout'), { recursive: true });
    const digest = await image.digest();
    for (const text of [
      file,
      `oci-archive:${file}`,
      `docker-archive:${file}`,
      `oci-archive:${file}@${digest}`,
    ])
      expect((await gantry(['digest', text])).stdout.trim()).toBe(digest);
    const pushed = async (source: string): Promise<string> =>
      (await gantry(['push', source, `${registry.host}/app:v1`])).stdout.trim();
    expect(await pushed(`oci-archive:${file}`)).toContain(digest);
    expect(await pushed(`docker-archive:${file}@${digest}`)).toContain(digest);
    expect(await pushed(file)).not.toContain(digest);
    const { stdout } = await gantry(['manifest', `${registry.host}/app:v1`]);
    expect(stdout).toContain('diff.tar.gzip');
  });
});
