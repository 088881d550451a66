import { describe, expect, it } from '@jest/globals';
import { newRepository } from '../../../src/name/repository.js';
import { list } from '../../../src/remote/list.js';
import { resolveServerUrl, pageUrl } from '../../../src/remote/connection/server-url.js';
import { sendJson, useServers } from '../../support/servers/http-server.js';

const servers = useServers();

describe('a URL that a registry sends', () => {
  it.each([
    ['https://r.example:5000/v2/x', 'http://r.example/v2/x?a=1', 'https://r.example:5000/v2/x?a=1'],
    ['https://r.example:5000/v2/x', 'http://r.example:5000/v2/x', 'https://r.example:5000/v2/x'],
    ['https://r.example:5000/v2/x', 'https://r.example/v2/x?a=1', 'https://r.example:5000/v2/x?a=1'],
    ['http://r.example:5000/v2/x', 'http://r.example/v2/y', 'http://r.example:5000/v2/y'],
    ['https://r.example/v2/x', 'http://r.example/v2/y', 'https://r.example/v2/y'],
    ['https://r.example:5000/v2/x', '/v2/y', 'https://r.example:5000/v2/y'],
    ['https://r.example:5000/v2/x', 'https://r.example/storage/y', 'https://r.example/storage/y'],
    ['https://r.example:5000/v2/x', 'https://other.example/v2/y', 'https://other.example/v2/y'],
    ['https://r.example:5000/v2/x', 'https://r.example:7000/v2/y', 'https://r.example:7000/v2/y'],
  ])('N6: in the response of %s as %s is read as %s', (base, text, expected) => {
    expect(resolveServerUrl('x', text, new URL(base)).href).toBe(expected);
  });

  it('N6: cannot lead to another host after the correction', () => {
    const base = new URL('https://r.example:5000/v2/x');
    expect(pageUrl('x', 'http://r.example/v2/y', base).href).toBe('https://r.example:5000/v2/y');
    expect(() => pageUrl('x', 'https://r.example:7000/v2/y', base)).toThrow('refused to follow a link');
  });

  it('N6: leads to the next page even without its port', async () => {
    const { host } = await servers.http((request, response) => {
      const more = request.url?.includes('last=') === true;
      const link = '<http://127.0.0.1/v2/app/tags/list?last=a>; rel="next"';
      sendJson(response, 200, { tags: more ? ['b'] : ['a'] }, more ? {} : { link });
    });
    expect(await list(newRepository(`${host}/app`))).toEqual(['a', 'b']);
  });
});
