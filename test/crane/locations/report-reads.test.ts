import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { crane, progress } from 'containerregistry';
import { reportReads } from '../../../src/crane/locations/report-reads.js';
import { image as validateImage } from '../../../src/validate/image.js';
import { ValidationError } from '../../../src/errors/invalid/validation.js';
import type { ProgressEvent } from '../../../src/v1/progress.js';
import { dockerArchive, dockerTar } from '../../support/archives/docker-archive.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { recordingImage } from '../../support/images/recording-image.js';
import { noise } from '../../support/tools/noise.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();

const content = crane.image({ a: noise(1_500_000), b: Buffer.from('b') });

/** The verbs that read an image and do not store it. */
const verbs: readonly (readonly [
  string,
  (reference: string, options: crane.CraneOptions) => Promise<unknown>,
])[] = [
  ['validateRemote', async (reference, options) => crane.validateRemote(reference, options)],
  ['exportTo', async (reference, options) => crane.exportTo(reference, temp.path('root'), options)],
  [
    'export',
    async (reference, { onProgress }) =>
      crane.export(await crane.pull(reference), temp.path('x.tar'), { onProgress }),
  ],
  [
    'flatten',
    async (reference, options) => crane.flatten(reference, { ...options, tag: `${registry.host}/flat` }),
  ],
];

describe('verbs that read an image and do not store it', () => {
  it.each(verbs)('%s reports its plan, and each layer to its end', async (_name, run) => {
    const reference = `${registry.host}/app:v1`;
    await crane.push(content, reference);
    const events: ProgressEvent[] = [];
    const counted = progress.meter();
    await run(reference, {
      onProgress: (event) => {
        if (event.sink !== 'reader') return;
        events.push(event);
        counted.onProgress(event);
      },
    });
    const [layer] = (await content.manifest()).layers;
    expect(events[0]).toMatchObject({ kind: 'plan', blobs: [{ digest: layer!.digest, size: layer!.size }] });
    const states = events.slice(1).map(({ state }) => state);
    expect(states.join(' ')).toMatch(/^started (progress )+done$/);
    expect(counted.snapshot()).toMatchObject({ done: layer!.size, total: layer!.size, isTotalFinal: true });
  });

  it('report the plain tars of an archive of docker save', async () => {
    const tar = tarOf(['a', noise(1_500_000).toString('latin1')]);
    await writeFile(temp.path('app.tar'), dockerTar(dockerArchive({ layers: [tar] })));
    const counted = progress.meter();
    await crane.exportTo(await crane.load(temp.path('app.tar')), temp.path('root'), {
      onProgress: counted.onProgress,
    });
    expect(counted.snapshot()).toMatchObject({ done: tar.length, total: tar.length, isTotalFinal: true });
  });
});

describe('a reported image', () => {
  it('is the image itself if nobody looks', () => {
    expect(reportReads(content, 'app', undefined)).toBe(content);
  });

  it('is valid, and closes every stream', async () => {
    const { image, opened } = await recordingImage(content);
    await validateImage(reportReads(image, 'app', () => undefined));
    for await (const _first of await (
      await reportReads(image, 'app', () => undefined).layers()
    )[0]!.compressed())
      break;
    expect(opened.length).toBeGreaterThan(1);
    expect(opened.filter(({ destroyed }) => !destroyed)).toEqual([]);
  });

  it('fails with what onProgress throws', async () => {
    const { image, opened } = await recordingImage(content);
    const failing = reportReads(image, 'app', ({ state }) => {
      if (state === 'progress') throw new Error('I saw enough');
    });
    await expect(crane.export(failing, temp.path('x.tar'))).rejects.toThrow('I saw enough');
    expect(opened.filter(({ destroyed }) => !destroyed)).toEqual([]);
  });

  it('has the findings of its layers', async () => {
    const { image } = await recordingImage(content, () => ({
      size: async () => 5,
    }));
    await expect(validateImage(reportReads(image, 'app', () => undefined))).rejects.toThrow(ValidationError);
  });
});
