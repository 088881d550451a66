import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Image } from '../../src/v1/image.js';
import * as validate from '../../src/validate/index.js';
import { stalled } from '../support/archives/chunked.js';
import { eventually, openDescriptors } from '../support/tools/open-handles.js';
import { recordingImage } from '../support/images/recording-image.js';
import { faults } from './broken-layers.js';
import { expectKept } from './expect-kept.js';
import { big, original, other } from './originals.js';
import type { SinkKind } from './sink.js';
import { useSink } from './use-sink.js';

/** The most descriptors of connections that a client keeps for its next request, at both ends. */
const SOCKETS = 16;

/** The contract that every sink must keep if a write fails or is aborted. */
export function describeSinkFailureContract(kind: SinkKind): void {
  describe(`${kind.name} keeps the contract of sinks when a write fails:`, () => {
    const sink = useSink(kind);

    describe.each([
      ['nothing', undefined],
      ['another image', other],
    ])('a sink with %s under its name', (_title, before) => {
      beforeEach(async () => {
        if (before !== undefined) await sink().write(before());
      });
      const expectAsBefore = async (): Promise<void> => {
        if (before === undefined) expect(await sink().holds()).toBe(false);
        else await expectKept(await sink().read(), before(), kind);
        expect(await sink().leftovers()).toEqual([]);
      };

      it.each(faults)('is unchanged if a layer $title', async ({ change, expected }) => {
        const { image, opened } = await recordingImage(original(), (layer, at) =>
          at === 1 ? change(layer) : {},
        );
        const failure: unknown = await sink()
          .write(image)
          .then(
            () => undefined,
            (error: unknown) => error,
          );
        if (expected instanceof Error) expect(failure).toBe(expected);
        else
          expect(expected.map(({ name }) => name)).toContain(
            (failure as Error | undefined)?.constructor.name,
          );
        await expectAsBefore();
        expect(await eventually(() => opened.every(({ closed }) => closed))).toBe(true);
        // The failed write does not disturb the next one.
        await sink().write(original());
        await expectKept(await sink().read(), original(), kind);
        await validate.image(await sink().read());
      });

      it('is unchanged if the write is aborted while a layer is read', async () => {
        const controller = new AbortController();
        const reason = new Error('changed my mind');
        const { image, opened } = await recordingImage(original(), (_layer, at) => {
          const hanging = async () => {
            setImmediate(() => {
              controller.abort(reason);
            });
            return Promise.resolve(stalled(big.subarray(0, 100_000)));
          };
          return at === 1 ? { compressed: hanging, uncompressed: hanging } : {};
        });
        const descriptors = openDescriptors();
        await expect(sink().write(image, { signal: controller.signal })).rejects.toBe(reason);
        expect(await eventually(() => opened.every(({ closed }) => closed))).toBe(true);
        expect(await eventually(() => openDescriptors() <= descriptors + SOCKETS)).toBe(true);
        await expectAsBefore();
      });

      it('is unchanged if the write is aborted while the source looks for a layer', async () => {
        const controller = new AbortController();
        const reason = new Error('changed my mind');
        const hanging: Image = {
          ...original(),
          layers: async ({ signal } = {}) =>
            new Promise((_resolve, reject) => {
              signal?.addEventListener('abort', () => {
                reject(signal.reason as Error);
              });
              setImmediate(() => {
                controller.abort(reason);
              });
            }),
        };
        await expect(sink().write(hanging, { signal: controller.signal })).rejects.toBe(reason);
        await expectAsBefore();
      });

      it('opens nothing if the signal is aborted before the write', async () => {
        const reason = new Error('never wanted it');
        const { image, opened } = await recordingImage(original());
        await expect(sink().write(image, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
        expect(opened).toEqual([]);
        await expectAsBefore();
      });
    });
  });
}
