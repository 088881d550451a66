import { describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { listTags } from '../../src/crane/list-tags.js';
import { TransportError } from '../../src/errors/service/transport.js';
import { newRepository } from '../../src/name/repository.js';
import { list, tags } from '../../src/remote/list.js';
import { newPuller } from '../../src/remote/puller.js';
import { page, useListRegistries } from './list-registry.js';

const { registryOf, listOf } = useListRegistries();

/** A registry with two pages; the first one links to the second one with `link`. */
const paged = async (
  link: string | ((host: string) => string),
  second: (response: ServerResponse) => void = (response) => {
    page(response, ['c']);
  },
): Promise<AsyncIterable<string>> => {
  let host = '';
  host = await registryOf((url, response) => {
    if (url.includes('last=b')) second(response);
    else page(response, ['a', 'b'], typeof link === 'string' ? link : link(host));
  });
  return tags(newRepository(`${host}/app`));
};

const readUntilItFails = async (names: AsyncIterable<string>): Promise<[string[], unknown]> => {
  const seen: string[] = [];
  try {
    for await (const name of names) seen.push(name);
  } catch (error) {
    return [seen, error];
  }
  return [seen, undefined];
};

describe('a list in pages', () => {
  const next = '/v2/app/tags/list?last=b';
  const hostname = (host: string): string => host.replace(/:\d+$/, '');
  it.each<readonly [string, string | ((host: string) => string)]>([
    ['has no relation', `<${next}>`],
    ['has no relation, but a title', `<${next}>; title="x"`],
    ['has no brackets', `${next}; rel="next"`],
    ['has neither brackets nor a relation', next],
    ['has one bracket', `<${next}; rel=next`],
    ['follows another link', `<${next.replace('b', 'a')}>; rel="prev", <${next}>; rel="next"`],
    ['has another scheme', (host) => `<https://${host}${next}>; rel="next"`],
    ['has no port', (host) => `<http://${hostname(host)}${next}>; rel="next"`],
    ['has neither the scheme nor the port', (host) => `<https://${hostname(host)}${next}>; rel="next"`],
    ['has no scheme', (host) => `<${host}${next}>; rel="next"`],
    ['has only the host name and the path', (host) => `<${hostname(host)}${next}>; rel="next"`],
    ['begins with two slashes', (host) => `<//${host}${next}>; rel="next"`],
  ])('G8: follows a link that %s', async (_name, link) => {
    expect(await readUntilItFails(await paged(link))).toEqual([['a', 'b', 'c'], undefined]);
  });

  it.each([
    ['only the relation prev', `<${next}>; rel="prev"`],
    ['nothing but a blank', ' '],
  ])('G8: ends if the Link header has %s', async (_name, link) => {
    expect(await readUntilItFails(await paged(link))).toEqual([['a', 'b'], undefined]);
  });

  it('G8: yields the names before a link to another host, and then fails', async () => {
    const [names, error] = await readUntilItFails(await paged('<https://elsewhere.example/x>; rel="next"'));
    expect(names).toEqual(['a', 'b']);
    expect(error).toMatchObject({ message: expect.stringContaining('elsewhere.example') });
  });

  it.each([404, 400, 403, 405])(
    'G8: yields the names before a page with status %d, and then fails with its URL',
    async (code) => {
      const link = `<${next}>; rel="next"`;
      const [names, error] = await readUntilItFails(
        await paged(link, (response) => response.writeHead(code).end('{"errors":[{"code":"GONE"}]}')),
      );
      expect(names).toEqual(['a', 'b']);
      // Not NotFoundError: the list is there, and a caller must not take it for empty.
      expect(error).toBeInstanceOf(TransportError);
      expect(error).toMatchObject({
        status: undefined,
        message: expect.stringMatching(/page 2 .*last=b.*GONE/),
      });
    },
  );

  it.each([404, 403, 500])(
    'N18: keeps the names of the first page if the second one fails with %d',
    async (code) => {
      const link = `<${next}>; rel="next"`;
      const host = await registryOf((url, response) => {
        if (url.includes('last=b')) response.writeHead(code).end('{"errors":[{"code":"GONE"}]}');
        else page(response, ['a', 'b'], link);
      });
      const incomplete = {
        code: 'INCOMPLETE_LIST',
        listed: ['a', 'b'],
        message: expect.stringMatching(/GONE.* \(after 2 names\)$/),
        cause: expect.any(TransportError),
      };
      const repository = newRepository(`${host}/app`);
      const once = { retry: { attempts: 1 } };
      await expect(list(repository, once)).rejects.toMatchObject(incomplete);
      await expect(newPuller(once).list(repository)).rejects.toMatchObject(incomplete);
      await expect(listTags(`${host}/app`, once)).rejects.toMatchObject(incomplete);
    },
  );

  it.each([
    [405, 'UNSUPPORTED', 10_000, ['n=10000', 'n=1000']],
    [400, 'PAGINATION_NUMBER_INVALID', 10_000, ['n=10000', 'n=1000']],
    [400, 'PAGINATION_NUMBER_INVALID', 1001, ['n=1001', 'n=1000']],
    [405, 'UNSUPPORTED', 1000, ['n=1000', '']],
    [422, 'UNKNOWN', 500, ['n=500', '']],
  ])('G8: requests a smaller page after %d %s for a size of %d', async (code, name, pageSize, queries) => {
    const requested: string[] = [];
    const allowed = queries.at(-1) ?? '';
    const tags = await listOf(
      (url, response) => {
        const [, query = ''] = url.split('?');
        requested.push(query);
        if (query === allowed) page(response, ['a']);
        else response.writeHead(code).end(JSON.stringify({ errors: [{ code: name }] }));
      },
      { pageSize },
    );
    expect([tags, requested]).toEqual([['a'], queries]);
  });

  it('G9: is not collected beyond the limit', async () => {
    const endless = (url: string, response: ServerResponse): void => {
      const at = Number(/last=(\d+)/.exec(url)?.[1] ?? 0);
      page(
        response,
        Array.from({ length: 1000 }, (_, i) => `t${at + i}`),
        `</v2/app/tags/list?last=${at + 1000}>; rel="next"`,
      );
    };
    await expect(listOf(endless, { maxListBytes: 100_000 })).rejects.toMatchObject({
      option: 'maxListBytes',
    });
  });
});

describe('a response that is not a list', () => {
  it.each([
    ['an error document', '{"errors":[{"code":"DENIED","message":"not today"}]}', 'DENIED'],
    ['an object', '{"tags":{"v1":1}}', 'not a list of names'],
    ['a text', '{"tags":"v1"}', 'not a list of names'],
    ['numbers', '{"tags":[1,2]}', 'not a list of names'],
    ['objects', '{"tags":[{"name":"v1"}]}', 'not a list of names'],
    ['lists', '{"tags":[["v1"]]}', 'not a list of names'],
    ['a number', '{"tags":5}', 'not a list of names'],
  ])('G23: is not an empty list if it has %s in place of the names', async (_name, body, message) => {
    const listing = listOf((_url, response) => response.end(body));
    await expect(listing).rejects.toThrow(message);
  });

  it('G23: is not the end of a list if it is an error document in place of page 2', async () => {
    const [seen, failure] = await readUntilItFails(
      await paged('</v2/app/tags/list?last=b>; rel="next"', (response) => {
        response.end('{"errors":[{"code":"DENIED","message":"not today"}]}');
      }),
    );
    expect(seen).toEqual(['a', 'b']);
    expect(String(failure)).toContain('not today');
  });

  it.each(['{"tags":null}', '{"name":"app"}', '{"tags":[]}', '{"errors":[],"tags":["a"]}'])(
    'G23: is distinguished from the list %s',
    async (body) => {
      expect((await listOf((_url, response) => response.end(body))).length).toBe(
        body.includes('"a"') ? 1 : 0,
      );
    },
  );
});

describe('a link to the next page', () => {
  it.each(['<v2/app/tags/list?last=b>; rel="next"', '<list?last=b>; rel="next"'])(
    'G23: is followed without its first slash: %s',
    async (link) => {
      const names: string[] = [];
      for await (const name of await paged(link)) names.push(name);
      expect(names).toEqual(['a', 'b', 'c']);
    },
  );

  it('G23: is named in the error if a login page takes its place', async () => {
    const [seen, failure] = await readUntilItFails(
      await paged('</v2/app/tags/list?last=b>; rel="next"', (response) => {
        response.writeHead(302, { location: 'http://127.0.0.1:1/login' }).end();
      }),
    );
    expect(seen).toEqual(['a', 'b']);
    expect(String(failure)).toContain('page 2 failed');
  });
});
