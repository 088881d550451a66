import { describe, expect, it } from '@jest/globals';
import { IncompleteListError } from '../../src/errors/service/incomplete-list.js';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { TransportError } from '../../src/errors/service/transport.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import { newRegistry } from '../../src/name/registry.js';
import { newRepository } from '../../src/name/repository.js';
import { catalog, catalogPage } from '../../src/remote/catalog.js';
import { nextLink } from '../../src/remote/list/link-header.js';
import { tags } from '../../src/remote/list.js';
import { page, useListRegistries } from './list-registry.js';

const { registryOf, listOf } = useListRegistries();

/** Settles like the list, but fails with the cause of an IncompleteListError. */
async function unwrapped(list: Promise<unknown>): Promise<unknown> {
  return list.catch((error: unknown) => {
    throw error instanceof IncompleteListError ? error.cause : error;
  });
}

describe('a list of tags', () => {
  it('comes from all pages', async () => {
    const seen: string[] = [];
    const tags = await listOf((url, response) => {
      seen.push(url);
      if (url.includes('last=b')) page(response, ['c']);
      else page(response, ['a', 'b'], '</v2/app/tags/list?last=b&n=1000>; rel="next"');
    });
    expect(tags).toEqual(['a', 'b', 'c']);
    expect(seen).toEqual(['/v2/app/tags/list?n=1000', '/v2/app/tags/list?last=b&n=1000']);
  });

  it('requests a page only when it is needed', async () => {
    let pagesSent = 0;
    const host = await registryOf((_url, response) => {
      pagesSent += 1;
      page(response, ['a', 'b'], `</v2/app/tags/list?last=${pagesSent}>; rel="next"`);
    });
    for await (const tag of tags(newRepository(`${host}/app`))) {
      if (tag === 'b') break;
    }
    expect(pagesSent).toBe(1);
  });

  it('leaves the page size to the registry if it is 0', async () => {
    let seen = '';
    await listOf(
      (url, response) => {
        seen = url;
        page(response, []);
      },
      { pageSize: 0 },
    );
    expect(seen).toBe('/v2/app/tags/list');
  });

  it.each([
    ['P5: null', null, []],
    ['P5: absent', undefined, []],
    ['escaped', ['a\u0041', 'ü', '"'], ['aA', 'ü', '"']],
  ])('is right if the tags are %s', async (_title, tags, expected) => {
    expect(
      await listOf((_url, response) => {
        page(response, tags);
      }),
    ).toEqual(expected);
  });

  it('P5: is read while it arrives, with pages of any length', async () => {
    const total = 300_000;
    const host = await registryOf((_url, response) => {
      response.write('{"name":"app","other":{"tags":["no"]},"tags":[');
      let at = 0;
      const more = (): void => {
        while (at < total) {
          const line = Array.from({ length: 1000 }, (_, n) => `"tag-${at + n}"`).join(',');
          at += 1000;
          if (!response.write(at < total ? `${line},` : line)) break;
        }
        if (at < total) response.once('drain', more);
        else response.end(']}');
      };
      more();
    });
    let count = 0;
    for await (const tag of tags(newRepository(`${host}/app`))) {
      if (tag !== `tag-${count}`) throw new Error(tag);
      count += 1;
    }
    expect(count).toBe(total);
  });

  it.each([
    ['P4: leads back to the same page', '</v2/app/tags/list?n=1000>; rel=next', TransportError],
    ['R13: leads to another host', '<https://evil.example/v2/app/tags/list>; rel="next"', TransportError],
  ])('fails if a link %s', async (_title, link, error) => {
    const listed = listOf((_url, response) => {
      page(response, ['a'], link);
    });
    await expect(unwrapped(listed)).rejects.toThrow(error);
  });

  it('P4: fails after a number of pages that only a hostile registry has', async () => {
    let pagesSent = 0;
    const endless = listOf(
      (_url, response) => {
        pagesSent += 1;
        page(response, ['a'], `</v2/app/tags/list?last=${pagesSent}>; rel="next"`);
      },
      { maxPages: 20 },
    );
    await expect(endless).rejects.toThrow(LimitExceededError);
    expect(pagesSent).toBe(20);
  });

  it('P4: fails in a page that never ends', async () => {
    const endless = listOf(
      (_url, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('"tag",'.repeat(1000)));
          if (!response.destroyed) response.once('drain', more);
        };
        response.write('{"tags":[');
        more();
      },
      { maxPageBytes: 1_000_000 },
    );
    await expect(endless).rejects.toMatchObject({ option: 'maxPageBytes' });
  });

  it.each([
    ['L13: a web page', '<html>log in</html>'],
    ['incomplete', '{"tags":["a"'],
    ['empty', ''],
    ['a JSON array', '["a"]'],
    ['followed by another document', '{"tags":["a"]}{"tags":["b"]}'],
  ])('fails if the response is %s', async (_title, body) => {
    const listed = listOf((_url, response) => response.end(body));
    await expect(unwrapped(listed)).rejects.toThrow(TransportError);
  });

  it('fails with the name of a repository that does not exist', async () => {
    await expect(listOf((_url, response) => response.writeHead(404).end())).rejects.toThrow(NotFoundError);
  });

  it('T19: fails with the reason of its signal in the middle of a page', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const host = await registryOf((_url, response) => response.write('{"tags":["a",'));
    const read = async (): Promise<void> => {
      for await (const _tag of tags(newRepository(`${host}/app`), { signal: controller.signal })) {
        controller.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
  });
});

describe('a catalog', () => {
  it('comes from all pages, or is one page', async () => {
    const host = await registryOf((url, response) => {
      const last = url.includes('last=b');
      if (!last) response.setHeader('link', '</v2/_catalog?last=b>; rel="next"');
      response.end(JSON.stringify({ repositories: last ? ['c'] : ['a', 'b'] }));
    });
    expect(await catalog(newRegistry(host))).toEqual(['a', 'b', 'c']);
    expect(await catalogPage(newRegistry(host), 'b', 5)).toEqual(['c']);
  });

  it.each([404, 405])('P10: is unsupported if the registry responds with %d', async (status) => {
    const host = await registryOf((_url, response) => response.writeHead(status).end());
    await expect(catalog(newRegistry(host))).rejects.toThrow(UnsupportedError);
    await expect(catalogPage(newRegistry(host), '', 5)).rejects.toThrow(UnsupportedError);
  });
});

describe('a Link header', () => {
  it.each([
    ['</a>; rel="next"', '/a'],
    ['</a>; rel=next', '/a'],
    ['</a>;rel=next;title="x, y"', '/a'],
    ['</p>; rel="prev", </a>; rel="next"', '/a'],
    ['</a>; title="; rel=next"; rel="first NEXT"', '/a'],
    ['</a>; rel="prev"', undefined],
    ['</a>', '/a'],
    ['', undefined],
    ['garbage', undefined],
    ['</a>; rel="next', '/a'],
    ['<', undefined],
    [undefined, undefined],
  ])('P6: %j gives the target %j', (header, target) => {
    expect(nextLink(header)).toBe(target);
  });
});
