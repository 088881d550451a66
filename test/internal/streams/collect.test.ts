import { describe, expect, it } from '@jest/globals';

import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { collect } from '../../../src/internal/streams/collect.js';
import { chunked, failing, stalled } from '../../support/archives/chunked.js';

const options = { maxBytes: 10, option: 'maxManifestBytes', subject: 'manifest' };

describe('collect', () => {
  it('reads up to the cap, and no byte more', async () => {
    expect((await collect(chunked(Buffer.from('0123456789'), [3]), options)).toString()).toBe('0123456789');
    const source = stalled(Buffer.from('0123456789a'));
    const error = await collect(source, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ option: 'maxManifestBytes', limit: 10 });
    expect(source.destroyed).toBe(true);
  });

  it('returns no bytes for an empty stream', async () => {
    expect((await collect(chunked(Buffer.alloc(0)), options)).byteLength).toBe(0);
  });

  it("rejects with the signal's reason while the source yields nothing, and destroys it", async () => {
    const controller = new AbortController();
    const source = stalled(Buffer.from('01'));
    const reading = collect(source, { ...options, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    expect(source.destroyed).toBe(true);
  });

  it('rejects with a reason that is not an error', async () => {
    const source = stalled();
    const signal = AbortSignal.abort('enough');
    await expect(collect(source, { ...options, signal })).rejects.toBe('enough');
    expect(source.destroyed).toBe(true);
  });

  it('fails with the error of the source, and if the source is already destroyed', async () => {
    await expect(collect(failing(Buffer.from('0'), new Error('broke')), options)).rejects.toThrow('broke');
    await expect(collect(stalled().destroy(), options)).rejects.toThrow();
  });
});
