import { describe, expect, it } from '@jest/globals';
import { catalog } from '../../../src/crane/catalog.js';
import { listTags } from '../../../src/crane/list-tags.js';
import { useServers } from '../../support/servers/http-server.js';

const servers = useServers();

describe('a list with an invalid name', () => {
  it('G10: yields the valid names, and warns', async () => {
    const bad = ['-x', 'a b', '\u001b[31m', '', 'x'.repeat(200)];
    const server = await servers.http(({ url = '' }, response) => {
      if (url.includes('/tags/')) response.end(JSON.stringify({ tags: ['a', ...bad, 'b'] }));
      else if (url.includes('_catalog'))
        response.end(JSON.stringify({ repositories: ['x/a', 'A B', 'x/b'] }));
      else response.end();
    });
    const warnings: string[] = [];
    const options = { onWarning: ({ text }: { readonly text: string }) => void warnings.push(text) };
    expect(await listTags(`${server.host}/app`, options)).toEqual(['a', 'b']);
    expect(warnings).toHaveLength(bad.length);
    expect(warnings.join('')).not.toContain('\u001b');
    expect(await catalog(server.host, options)).toEqual(['x/a', 'x/b']);
    expect(warnings).toHaveLength(bad.length + 1);
  });
});
