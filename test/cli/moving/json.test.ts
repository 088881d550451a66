import { expect, it } from '@jest/globals';
import { crane, random } from 'containerregistry';
import { gantry } from '../../support/programs/gantry.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const registry = useRegistry();
const temp = useTempDir();
const image = random.image(64, 1);

/** The objects that a command printed, one per line. */
async function printed(...args: readonly string[]): Promise<unknown[]> {
  const { code, stdout, stderr } = await gantry(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

it('prints what copy, tag and pull wrote with --json, and nothing without it', async () => {
  const app = `${registry.host}/app`;
  const { digest, mediaType, size } = await crane.push(image, `${app}:v1`);
  const written = (reference: string): unknown => ({ reference, digest, mediaType, size });
  const other = `${registry.host}/other`;
  expect(await printed('copy', '--json', `${app}:v1`, `${other}:v1`)).toEqual([
    written(`${other}@${digest}`),
  ]);
  expect(await printed('tag', '--json', `${app}:v1`, 'v2')).toEqual([written(`${app}@${digest}`)]);
  expect(await printed('copy', '--json', '--all-tags', app, other)).toEqual([
    written(`${other}@${digest}`),
    written(`${other}@${digest}`),
  ]);
  const layout = temp.path('layout');
  expect(await printed('pull', '--json', '--format', 'oci', `${app}:v1`, layout)).toEqual([
    written(`oci:${layout}@${digest}`),
  ]);
  expect(await printed('pull', '--json', `${app}:v1`, `oci:${layout}:v1`)).toEqual([
    written(`oci:${layout}@${digest}`),
  ]);
  expect(await printed('copy', `${app}:v1`, `${other}:v3`)).toEqual([]);
});
