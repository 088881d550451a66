import { mkdir, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ContentServer, startContent } from '../../support/servers/content-server.js';
import { gantry } from '../../support/programs/gantry.js';
import { useServers } from '../../support/servers/http-server.js';
import { content, manifest } from '../../support/servers/mirrored.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();
let registry: ContentServer;
let mirror: ContentServer;
let file: string;

beforeEach(async () => {
  registry = await startContent(servers, content);
  mirror = await startContent(servers, content);
  file = temp.path('hosts.json');
  await writeFile(file, JSON.stringify({ registries: { [registry.host]: { mirrors: [mirror.origin] } } }));
});

const show = (flags: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  gantry(['manifest', `${registry.host}/app:v1`, ...flags], {
    env: { HOME: temp.path(), CONTAINERS_REGISTRIES_CONF: '/dev/null', ...variables },
  });

describe('settings of registries', () => {
  it('are read from the file that a flag or a variable names', async () => {
    expect(await show(['--hosts', file])).toMatchObject({ code: 0, stdout: manifest });
    expect(await show([], { CONTAINERREGISTRY_HOSTS: file })).toMatchObject({ code: 0, stdout: manifest });
    expect(mirror.lines()).toHaveLength(2);
    expect(registry.seen).toEqual([]);
  });

  it('are not read with --no-hosts', async () => {
    const variables = { CONTAINERREGISTRY_HOSTS: file, CONTAINERS_REGISTRIES_CONF: temp.path('missing') };
    expect(await show(['--no-hosts'], variables)).toMatchObject({ code: 0, stdout: manifest });
    expect(mirror.seen).toEqual([]);
  });

  it('report a fallback with --verbose', async () => {
    await mirror.close();
    const { code, stderr } = await show(['--hosts', file, '--verbose']);
    expect(code).toBe(0);
    expect(stderr).toContain(`fallback {"mirror":"${mirror.host}/app","error":`);
  });

  it('report with --verbose which certificates were skipped', async () => {
    const directory = temp.path('.config/containers/certs.d/bad.example');
    await mkdir(directory, { recursive: true });
    await writeFile(`${directory}/ca.crt`, 'rubbish');
    expect((await show([])).stderr).toBe('');
    expect((await show(['--verbose'])).stderr).toContain(`skipped: read ${directory}: cannot read \`ca\``);
  });

  it('can block a registry', async () => {
    await writeFile(file, JSON.stringify({ registries: { [registry.host]: { blocked: true } } }));
    const { code, stderr } = await show(['--hosts', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: \S+: blocked by the settings for .*\n$/);
    expect(registry.seen).toEqual([]);
  });

  it('fail a command that needs them if they are invalid, and give the position', async () => {
    await writeFile(file, '{"registries": {\n "a.example": {"mirors": []}}}');
    const { code, stderr } = await show(['--hosts', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error: read \S+hosts\.json:2:16: .*mirors is unknown.*; correct the file.*--no-hosts\n$/,
    );
    expect(await gantry(['version', '--hosts', file])).toMatchObject({ code: 0, stderr: '' });
    expect(await gantry(['registry', '--help', '--hosts', file])).toMatchObject({ code: 0, stderr: '' });
    expect(await show(['--hosts', temp.path('none.json')])).toMatchObject({ code: 3 });
  });
});
