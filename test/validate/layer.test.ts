import { describe, expect, it } from '@jest/globals';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import * as random from '../../src/random/index.js';
import * as static_ from '../../src/static/index.js';
import { ociUncompressedLayer } from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { someHash } from '../support/images/stored-image.js';

describe('validate.layer', () => {
  it('accepts a consistent layer, compressed or not', async () => {
    await validate.layer(random.layer(1000, undefined, { seed: 1 }));
    await validate.layer(random.layer(1000, ociUncompressedLayer, { seed: 1 }));
    await validate.layer(static_.newLayer(Buffer.from('anything'), 'text/plain'));
  });

  it('reports everything that is wrong', async () => {
    const layer = random.layer(10, undefined, { seed: 1 });
    const lying = {
      ...layer,
      digest: async () => someHash('1'),
      diffId: async () => someHash('2'),
      size: async () => 1,
    };
    await expect(validate.layer(lying)).rejects.toMatchObject({ findings: { length: 3 } });
  });

  it('does not accept plain text as a filesystem', async () => {
    const layer = static_.newLayer(Buffer.from('x'.repeat(600)), ociUncompressedLayer);
    await expect(validate.layer(layer)).rejects.toMatchObject({
      findings: [expect.stringContaining('content: ')],
    });
  });

  it('checks only whether the layer exists in fast mode', async () => {
    const layer = { ...random.layer(10, undefined, { seed: 1 }), digest: async () => someHash('1') };
    await validate.layer(layer, { fast: true });
    const gone = { ...layer, compressed: async () => Promise.reject(new NotFoundError('gone')) };
    await expect(validate.layer(gone, { fast: true })).rejects.toMatchObject({
      findings: ['it does not exist'],
    });
  });
});
