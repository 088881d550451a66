import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from '@jest/globals';
import { copy, type CopyOptions } from '../../src/crane/copying/copy.js';
import { DigestMismatchError, SizeMismatchError } from '../../src/errors/invalid/mismatch.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { image as randomImage } from '../../src/random/image.js';
import { serve } from '../../src/registry/serve.js';
import { get } from '../../src/remote/get.js';
import { image } from '../../src/remote/image.js';
import { write } from '../../src/remote/push.js';
import { faultProxy } from '../../src/testing/faults/fault-proxy.js';
import { randomFaults } from '../../src/testing/faults/random-faults.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { image as validate } from '../../src/validate/image.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { eventually, openDescriptors } from '../support/tools/open-handles.js';

// `npm run soak` sets them.
const COPIES = Number(process.env.SOAK_COPIES ?? 40);
const SEED = Number(process.env.SOAK_SEED ?? 20261122);
const CHANCE = Number(process.env.SOAK_CHANCE ?? 0.02);
const ALLOWED_FAILURES = Math.floor(COPIES * 0.005);
const SIZES = [1_000, 70_000, 300_000, 1_500_000];
const AT_ONCE = 4;

const temporary = (): string[] =>
  readdirSync(tmpdir()).filter((name) => /^containerregistry-.*\.spool$/.test(name));

describe(`a soak of ${COPIES} copies with seed ${SEED}`, () => {
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  const opened: { close(): Promise<void> }[] = [];
  const open = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    opened.unshift(one);
    return one;
  };
  afterAll(async () => {
    process.off('unhandledRejection', onRejection);
    for (const one of opened) await one.close();
  });

  it('T1, T15, U5, X3: copies everything completely and leaves nothing behind', async () => {
    const before = { descriptors: openDescriptors(), temporary: temporary() };
    const chances = {
      reset: CHANCE,
      serverError: CHANCE,
      tooManyRequests: CHANCE,
      stall: CHANCE,
      truncate: CHANCE,
      retryAfterSeconds: 1,
    };
    const [source, target] = [await open(serve()), await open(serve())];
    const proxies = [
      await open(faultProxy(source, { plan: randomFaults({ seed: SEED, ...chances }) })),
      await open(faultProxy(target, { plan: randomFaults({ seed: SEED + 1, ...chances }) })),
    ] as const;
    const client = newGotClient({
      idleTimeoutMs: 1000,
      headersTimeoutMs: 2000,
      commitTimeoutMs: 2000,
      minRateWindowMs: 10_000,
    });
    const options: CopyOptions = { client, clock: hurriedClock };
    const images = await Promise.all(
      SIZES.map(async (size, at) => {
        const pushed = randomImage(size, 3, { seed: SEED + at });
        await write(parseReference(`${source.host}/app:${at}`), pushed);
        return pushed;
      }),
    );
    const failures: { readonly copy: number; readonly error: unknown }[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let at = next++; at < COPIES; at = next++) {
        const which = at % images.length;
        try {
          // A repository of its own for each: nothing is there already.
          await copy(`${proxies[0].host}/app:${which}`, `${proxies[1].host}/copy${at}:v1`, options);
        } catch (error) {
          failures.push({ copy: at, error });
          continue;
        }
        const copied = parseReference(`${target.host}/copy${at}:v1`);
        expect((await get(copied)).digest).toBe(await images[which]!.digest());
        if (at < images.length) await validate(await image(copied));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));

    const faults = proxies.flatMap(({ exchanges }) => exchanges.flatMap(({ fault }) => fault?.name ?? []));
    const requests = proxies.reduce((sum, { exchanges }) => sum + exchanges.length, 0);
    if (process.env.SOAK_COPIES !== undefined || failures.length > 0) {
      console.log({
        copies: COPIES,
        failed: failures.length,
        requests,
        faults: faults.length,
        kinds: count(faults),
      });
      for (const { copy: at, error } of failures) console.log(at, error);
    }
    expect(faults.length).toBeGreaterThan(requests * CHANCE * 2);
    expect(failures.filter(({ error }) => isMismatch(error))).toEqual([]);
    expect(failures.length).toBeLessThanOrEqual(ALLOWED_FAILURES);

    await client.close();
    for (const proxy of proxies) {
      expect(await eventually(() => proxy.openConnections() === 0)).toBe(true);
      await proxy.close();
    }
    await Promise.all([source.close(), target.close()]);
    expect(await eventually(() => openDescriptors() <= before.descriptors + SHARED_SOCKETS)).toBe(true);
    const isOld = (name: string): boolean => before.temporary.includes(name);
    // Those of other tests come and go.
    expect(await eventually(() => temporary().every(isOld), 2000)).toBe(true);
    expect(rejections).toEqual([]);
  }, 900_000);
});

/** Connections of the process-wide client, which wrote the images and looked at the copies. */
const SHARED_SOCKETS = 12;

const isMismatch = (error: unknown): boolean =>
  error instanceof DigestMismatchError || error instanceof SizeMismatchError;

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
