import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { isContainerError } from '../../../src/errors/base.js';
import { loadHosts } from '../../../src/transport/hosts/load-hosts.js';
import { certificates } from '../../support/servers/certificates.js';
import { fc } from '../../support/tools/fast-check.js';
import { useServers } from '../../support/servers/http-server.js';
import { openSession, read } from '../../support/servers/session.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();
/** Options that ignore all settings files of this machine. */
const fromFile = (hostsFile: string) =>
  ({ hostsFile, registriesConf: false, certsDirs: [], env: {} }) as const;

async function written(content: unknown, name = 'hosts.json'): Promise<string> {
  const file = temp.path(name);
  await writeFile(
    file,
    typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content),
  );
  return file;
}

describe('hosts.json', () => {
  it('becomes frozen options with canonical keys that many sessions can share', async () => {
    const file = await written({
      $schema: 'https://example.com/hosts.schema.json',
      requestsPerSecond: 20,
      maxConcurrentRequests: 8,
      registries: {
        'docker.io': {
          mirrors: [
            'https://mirror.example/hub',
            { location: 'other.example', insecure: true, pull: 'digest-only' },
          ],
          mirrorByDigestOnly: true,
          requestsPerSecond: 0.5,
        },
        'Registry.Example:443': { headers: { 'X-Team': 'a' }, insecure: true },
        'registry.example/team': { location: 'store.example/copies' },
        '*.forbidden.example': { blocked: true },
      },
    });
    const { registries, files, skipped, ...limits } = await loadHosts(fromFile(file));
    expect(limits).toEqual({ requestsPerSecond: 20, maxConcurrentRequests: 8 });
    expect({ files, skipped }).toEqual({ files: [file], skipped: [] });
    expect(registries).toEqual({
      'index.docker.io': {
        mirrors: [
          'https://mirror.example/hub',
          { location: 'other.example', insecure: true, pull: 'digest-only' },
        ],
        mirrorByDigestOnly: true,
        requestsPerSecond: 0.5,
      },
      'registry.example': { headers: { 'X-Team': 'a' }, insecure: true },
      'registry.example/team': { location: 'store.example/copies' },
      '*.forbidden.example': { blocked: true },
    });
    expect(Object.isFrozen(registries['index.docker.io']?.mirrors)).toBe(true);
  });

  it('has paths of certificates or their text, and they are used', async () => {
    const { ca, server, client } = await certificates();
    const { host } = await servers.http(
      (request, response) => response.end(request.url === '/v2/' ? '{}' : 'secure'),
      {
        tls: { ...server, ca },
      },
    );
    await mkdir(temp.path('tls'));
    await writeFile(temp.path('tls/ca.pem'), ca);
    await writeFile(temp.path('tls/client.pem'), client.cert);
    const file = await written({
      registries: { [host]: { ca: ['tls/ca.pem', ca], cert: 'tls/client.pem', key: client.key } },
    });
    const { body } = await openSession(host, await loadHosts(fromFile(file))).request(read());
    expect(await text(body)).toBe('secure');
  });

  it.each<[string, string, { line: number; column: number } | undefined, string]>([
    ['no JSON', '{\n  "registries": {,', { line: 2, column: 18 }, 'is not valid JSON'],
    ['two equal keys', '{"registries":{},"registries":{}}', undefined, 'twice'],
    ['a list', '[]', { line: 1, column: 1 }, 'must be an object'],
    [
      'a misspelt member',
      '{\n "registries": {\n  "a.example": {"blokked": true}}}',
      { line: 3, column: 17 },
      'registries["a.example"].blokked is unknown',
    ],
    [
      'a wrong type',
      '{"registries": {"a.example": {"mirrors": ["b.example", {"location": 1}]}}}',
      { line: 1, column: 57 },
      'mirrors[1].location must be a string',
    ],
    [
      'a mirror without location',
      '{"registries": {"a.example": {"mirrors": [{}]}}}',
      { line: 1, column: 43 },
      'mirrors[0] has no location',
    ],
    [
      'a key that is not a host or namespace',
      '{"registries": {"a b": {}}}',
      { line: 1, column: 17 },
      'a key that is not a host',
    ],
    [
      'headers of a pattern',
      '{"registries": {"*.example": {"headers": {}}}}',
      { line: 1, column: 17 },
      'for a host only',
    ],
    [
      'a bad certificate',
      '{"registries": {"a.example": {"ca": "-----BEGIN rubbish"}}}',
      { line: 1, column: 17 },
      'cannot read `ca`',
    ],
    [
      'an invalid mirror',
      '{"registries": {"a.example": {"mirrors": ["ftp://x"]}}}',
      { line: 1, column: 17 },
      'not host[:port]',
    ],
    ['invalid limits', '{"requestsPerSecond": -1}', undefined, 'must be a number from'],
    ['deep nesting', `{"registries": ${'['.repeat(100)}${']'.repeat(100)}}`, undefined, 'nesting'],
    ['too much', ' '.repeat(1024 * 1024 + 1), undefined, 'larger than'],
  ])('refuses %s with its position', async (_name, content, position, reason) => {
    const file = await written(content);
    await expect(loadHosts(fromFile(file))).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      file,
      position,
      message: expect.stringContaining(reason),
    });
  });

  it('must be a UTF-8 file, and must exist if an option names it', async () => {
    await expect(loadHosts(fromFile(await written(Buffer.from([0xff, 0xfe]))))).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
    });
    await expect(loadHosts(fromFile(temp.path()))).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
    await expect(loadHosts(fromFile(temp.path('none.json')))).rejects.toMatchObject({ systemCode: 'ENOENT' });
    await expect(
      loadHosts({
        ...fromFile(''),
        hostsFile: undefined,
        env: { CONTAINERREGISTRY_HOSTS: temp.path('none.json') },
      }),
    ).rejects.toMatchObject({ systemCode: 'ENOENT' });
    const missing = await written({ registries: { 'a.example': { ca: 'none.pem' } } });
    await expect(loadHosts(fromFile(missing))).rejects.toMatchObject({
      path: temp.path('none.pem'),
      systemCode: 'ENOENT',
    });
  });

  it('is not quoted in errors', async () => {
    const secret = 'canary';
    for (const content of [
      `{"registries": {"a.example": {"headers": {"x": "${secret}"}, }}}`,
      `{"registries": {"a.example": {"key": "-----BEGIN ${secret}", "cert": "-----BEGIN ${secret}"}}}`,
      `{"registries": {"a.example": {"headers": "${secret}"}}}`,
    ]) {
      const failure = await loadHosts(fromFile(await written(content))).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(isContainerError(failure)).toBe(true);
      expect(JSON.stringify(failure) + String(failure)).not.toContain(secret);
    }
  });

  it('with random content fails with typed errors only', async () => {
    const name = fc.constantFrom(
      'registries',
      'docker.io',
      'ca',
      'mirrors',
      'location',
      '__proto__',
      'blocked',
      '*.a',
      '',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>('', 'a.example', '-----BEGIN', 1, true, null, '/dev/null'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.array(fc.tuple(name, tie('tree')), { maxLength: 4 }).map((all) => Object.fromEntries(all)),
      ),
    }));
    const file = temp.path('hosts.json');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          tree.map((value) => JSON.stringify({ registries: value })),
          tree.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        async (content) => {
          await writeFile(file, content);
          const failure = await loadHosts(fromFile(file)).then(
            () => undefined,
            (error: unknown) => error,
          );
          expect(failure === undefined || isContainerError(failure)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
    expect(Object.keys({})).toEqual([]);
  });

  it('is read from its default location, and overrides other files member by member', async () => {
    const config = temp.path('config');
    const put = async (name: string, content: string) => {
      await mkdir(path.dirname(path.join(config, name)), { recursive: true });
      await writeFile(path.join(config, name), content);
    };
    const { ca } = await certificates();
    await put('containers/certs.d/a.example/ca.crt', ca);
    await put(
      'containers/registries.conf',
      '[[registry]]\nlocation = "a.example"\ninsecure = true\n[[registry.mirror]]\nlocation = "b.example"',
    );
    await put('containerregistry/hosts.json', '{"registries": {"a.example": {"insecure": false}}}');
    const env = { XDG_CONFIG_HOME: config };
    const { registries, files } = await loadHosts({
      env,
      homeDir: temp.path('home'),
      etcDir: temp.path('etc'),
    });
    expect(registries).toEqual({
      'a.example': { ca: [ca], insecure: false, mirrors: [{ location: 'b.example' }] },
    });
    expect(files.map((file) => path.relative(config, file))).toEqual([
      'containers/certs.d',
      'containers/registries.conf',
      'containerregistry/hosts.json',
    ]);
  });

  it('and the other files may all be missing', async () => {
    const loaded = await loadHosts({ env: {}, homeDir: temp.path('home'), etcDir: temp.path('etc') });
    expect(loaded).toEqual({ registries: {}, files: [], skipped: [] });
  });

  it('is not read after an abort', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(loadHosts({ ...fromFile(await written({})), signal })).rejects.toThrow('enough');
  });
});
