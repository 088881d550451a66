import { describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { gantry } from '../../support/programs/gantry.js';
import { file, layeredImage } from '../../support/images/layered-image.js';
import { someHash } from '../../support/images/stored-image.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

/** A layout of an image whose config says something else than its layers. */
async function layoutOfWrongImage(): Promise<string> {
  const image = await layeredImage([[file('a', '1')]], {
    config: (config) => ({ ...config, rootfs: { ...config.rootfs, diff_ids: [someHash('1')] } }),
  });
  await crane.saveOci(image, temp.path('layout'));
  return `oci:${temp.path('layout')}`;
}

describe('gantry', () => {
  it.each([
    ['export', (): readonly string[] => [temp.path('rootfs.tar')]],
    ['export', (): readonly string[] => ['--to', temp.path('rootfs')]],
    ['flatten', (): readonly string[] => ['-t', `oci:${temp.path('flat')}:v1`]],
  ])('Q5: %s refuses other diff IDs, and takes them with the flag that it names', async (verb, target) => {
    const args = [verb, await layoutOfWrongImage(), ...target()];
    const refused = await gantry(args);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('--ignore-diff-ids');
    expect(await gantry([...args, '--ignore-diff-ids'])).toMatchObject({ code: 0 });
  });
});
