import { mkdir, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isContainerError } from '../../../src/errors/base.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { loadHosts } from '../../../src/transport/hosts/load-hosts.js';
import { get } from '../../../src/remote/get.js';
import { startContent } from '../../support/servers/content-server.js';
import { fakeClock } from '../../support/tools/fake-clock.js';
import { fc } from '../../support/tools/fast-check.js';
import { useServers } from '../../support/servers/http-server.js';
import { content, manifest, reference } from '../../support/servers/mirrored.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();

async function write(name: string, text: string): Promise<string> {
  const file = temp.path(name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}
const load = async (text: string) =>
  loadHosts({
    registriesConf: await write('registries.conf', text),
    hostsFile: false,
    certsDirs: [],
    env: {},
  });
const loadUsual = async (env: Readonly<Record<string, string>> = {}) =>
  loadHosts({ env, homeDir: temp.path('home'), etcDir: temp.path('etc') });

describe('registries.conf', () => {
  it('is read as podman reads it', async () => {
    const { registries } = await load(`
      unqualified-search-registries = ["docker.io", "quay.io"]
      short-name-mode = "enforcing"
      credential-helpers = ["containers-auth.json"]

      [[registry]]
      prefix = "example.com/foo"
      insecure = false
      blocked = false
      location = "internal.example/bar"
      [[registry.mirror]]
      location = "mirror-0.example/mirror-for-foo"
      [[registry.mirror]]
      location = "mirror-1.example:5000/"
      insecure = true
      pull-from-mirror = "digest-only"

      [[registry]]
      location = "docker.io"
      mirror-by-digest-only = true
      [[registry.mirror]]
      location = "mirror-2.example/hub"

      [[registry]]
      prefix = "*.blocked.example"
      blocked = true

      [aliases]
      "fedora" = "registry.fedoraproject.org/fedora"
    `);
    expect(registries).toEqual({
      'example.com/foo': {
        insecure: false,
        blocked: false,
        location: 'internal.example/bar',
        mirrors: [
          { location: 'mirror-0.example/mirror-for-foo' },
          { location: 'mirror-1.example:5000', insecure: true, pull: 'digest-only' },
        ],
      },
      'index.docker.io': { mirrorByDigestOnly: true, mirrors: [{ location: 'mirror-2.example/hub' }] },
      '*.blocked.example': { blocked: true },
    });
  });

  it('of the first version is read, too', async () => {
    const { registries } = await load(`
      [registries.search]
      registries = ['docker.io']
      [registries.insecure]
      registries = ['local.example:5000', 'both.example']
      [registries.block]
      registries = ['bad.example', 'both.example']
    `);
    expect(registries).toEqual({
      'local.example:5000': { insecure: true },
      'both.example': { insecure: true, blocked: true },
      'bad.example': { blocked: true },
    });
  });

  it('of the user replaces that of the machine, and drop-in files replace tables', async () => {
    const mirrored = (name: string) =>
      `[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "${name}.example"\n`;
    const blocked = (name: string) => `[[registry]]\nlocation = "${name}.example"\nblocked = true\n`;
    await write('etc/containers/registries.conf', blocked('machine'));
    expect((await loadUsual()).registries).toEqual({ 'machine.example': { blocked: true } });
    await write('home/.config/containers/registries.conf', blocked('user') + mirrored('a'));
    await write('etc/containers/registries.conf.d/10-b.conf', mirrored('b'));
    await write('etc/containers/registries.conf.d/20-c.conf', mirrored('c'));
    await write('etc/containers/registries.conf.d/30-d.txt', mirrored('d'));
    await write('home/.config/containers/registries.conf.d/05-e.conf', blocked('e'));
    expect((await loadUsual()).registries).toEqual({
      'user.example': { blocked: true },
      'index.docker.io': { mirrors: [{ location: 'c.example' }] },
      'e.example': { blocked: true },
    });
    const named = await write('named.conf', blocked('named'));
    expect((await loadUsual({ CONTAINERS_REGISTRIES_CONF: named })).files[0]).toBe(named);
    expect((await loadUsual({ CONTAINERS_REGISTRIES_CONF: devNull })).registries).not.toHaveProperty([
      'user.example',
    ]);
    await expect(loadUsual({ CONTAINERS_REGISTRIES_CONF: temp.path('none') })).rejects.toMatchObject({
      systemCode: 'ENOENT',
    });
  });

  it('makes sessions read from its mirrors', async () => {
    const [registry, mirror] = [
      await startContent(servers, content),
      await startContent(servers, { manifests: { 'copy/app:v1': manifest } }),
    ];
    const loaded = await load(
      `[[registry]]\nlocation = "${registry.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}/copy"`,
    );
    await get(reference(registry.host), { client: newGotClient(), clock: fakeClock(), ...loaded });
    expect(mirror.lines()).toEqual(['GET /v2/copy/app/manifests/v1']);
    expect(registry.seen).toEqual([]);
  });

  it.each<[string, string, { line: number; column: number } | undefined, string]>([
    ['no TOML', '[[registry]]\nlocation = ', { line: 2, column: 12 }, 'not valid TOML'],
    ['no place', '[[registry]]\nblocked = true', undefined, 'registry[0] has neither'],
    ['a prefix without location', '[[registry]]\nprefix = "a.example"', undefined, 'has no location'],
    ['a scheme', '[[registry]]\nlocation = "https://a.example"', undefined, 'must have no scheme'],
    [
      'a prefix with a tag',
      '[[registry]]\nprefix = "a.example/b:v1"\nlocation = "c.example"',
      undefined,
      'no host',
    ],
    [
      'a mirror of nowhere',
      '[[registry]]\nlocation = "a.example"\n[[registry.mirror]]',
      undefined,
      'mirror[0] has no location',
    ],
    ['a wrong type', '[[registry]]\nlocation = 1', undefined, 'registry[0].location must be a string'],
    [
      'a table in place of a list',
      '[registry]\nlocation = "a.example"',
      undefined,
      'registry must be a list',
    ],
    [
      'two tables for one prefix',
      '[[registry]]\nlocation = "a.example"\n[[registry]]\nlocation = "a.example"',
      undefined,
      'another one',
    ],
    ['a prototype', '[__proto__]\nx = 1', { line: 1, column: 2 }, 'not valid TOML'],
  ])('refuses %s with its position', async (_name, text, position, reason) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      file: temp.path('registries.conf'),
      position,
      message: expect.stringContaining(reason),
    });
  });

  it('with random content fails with typed errors only', async () => {
    const line = fc.constantFrom(
      ...[
        '[[registry]]',
        '[[registry.mirror]]',
        '[registries.block]',
        'registries = ["a", 1]',
        'location = "a.example/b"',
      ],
      ...[
        'prefix = "*.example"',
        'location = ""',
        'blocked = 1979-05-27',
        'x = {a = [[[]]]}',
        'insecure = "no"',
        '"" = 1',
      ],
      ...[
        'location = "__proto__"',
        'prefix = "constructor"',
        'mirror = 5',
        'pull-from-mirror = "x"',
        '[registry]',
        '=',
      ],
    );
    const text = fc.oneof(
      fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n')),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        'x = '.padEnd(50_000, '['),
        'x = '.padEnd(50_000, '{a='),
        '['.repeat(50_000),
        'a.'.repeat(50_000),
      ),
    );
    await fc.assert(
      fc.asyncProperty(text, async (written) => {
        const failure = await load(written).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure === undefined || isContainerError(failure)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
