import { describe, expect, it } from '@jest/globals';
import { discard, ignoreLateErrors } from '../../../src/internal/streams/consume.js';
import { stalled } from '../../support/archives/chunked.js';

describe('a stream that passes through many functions', () => {
  it('S11: has one listener for its error, so that Node does not warn of many', () => {
    const stream = stalled();
    for (let hand = 0; hand < 20; hand += 1) ignoreLateErrors(stream);
    for (let hand = 0; hand < 20; hand += 1) discard(stream);
    expect(stream.listenerCount('error')).toBe(1);
  });
});
