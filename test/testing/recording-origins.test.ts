import { describe, expect, it } from '@jest/globals';
import { recordingOrigins } from '../../src/testing/recording-origins.js';
import { secretForms } from '../../src/testing/secret-forms.js';
import { useClosing } from '../support/tools/closing.js';

const closing = useClosing();

describe('recordingOrigins', () => {
  it('starts servers on different addresses and records their requests', async () => {
    const { origins } = await closing(recordingOrigins(3, { response: ({ url }) => ({ body: url }) }));
    for (const origin of origins) expect(await (await fetch(`${origin.url}/x`)).text()).toBe('/x');
    expect(new Set(origins.map(({ url }) => new URL(url).hostname))).toEqual(
      new Set(['127.0.0.2', '127.0.0.3', '127.0.0.4']),
    );
    expect(origins.map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
  });

  it.each<[string, (url: string) => Promise<unknown>]>([
    ['in a header', async (url) => fetch(url, { headers: { 'x-token': 'Bearer the canary+1' } })],
    [
      'in Basic credentials',
      async (url) =>
        fetch(url, {
          headers: { authorization: `Basic ${Buffer.from('me:the canary+1').toString('base64')}` },
        }),
    ],
    ['in the URL', async (url) => fetch(`${url}/?${new URLSearchParams({ t: 'the canary+1' }).toString()}`)],
    ['in the body', async (url) => fetch(url, { method: 'POST', body: 'token=the canary+1' })],
  ])('finds a secret %s', async (_title, send) => {
    const recording = await closing(recordingOrigins(1));
    const { url } = recording.origins[0]!;
    await fetch(url, { headers: { 'x-token': 'harmless' } });
    expect(recording.sightings('the canary+1')).toEqual([]);
    await send(url);
    expect(recording.sightings(['another', 'the canary+1'])).toHaveLength(1);
  });

  it('stops all its servers at the end of an `await using` block', async () => {
    let url;
    {
      await using recording = await recordingOrigins(1);
      url = recording.origins[0]!.url;
      expect((await fetch(url)).status).toBe(200);
    }
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('secretForms', () => {
  it('lists a secret as plain text, for URLs, in hexadecimal and in base64', () => {
    expect(secretForms('a b?')).toEqual(['a b?', 'a%20b%3F', 'a+b%3F', '6120623f', 'YSBiPw']);
  });
});
