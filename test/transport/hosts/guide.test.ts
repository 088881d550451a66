import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { loadHosts } from '../../../src/transport/hosts/load-hosts.js';
import { routeMembers } from '../../../src/transport/settings/registry-settings.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const guide = readFileSync('docs/guide/registries.md', 'utf8');

/** The only code block in a language. */
function example(language: string): string {
  const found = [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))];
  expect(found).toHaveLength(1);
  return found[0]![1]!;
}

describe('docs/guide/registries.md', () => {
  it('shows a valid hosts.json', async () => {
    await writeFile(temp.path('hosts.json'), example('json'));
    const { registries, requestsPerSecond, allowedHosts } = await loadHosts({
      hostsFile: temp.path('hosts.json'),
      registriesConf: false,
      certsDirs: [],
    });
    expect(requestsPerSecond).toBe(50);
    expect(allowedHosts).toEqual(['storage.corp.example']);
    expect(Object.keys(registries)).toEqual([
      'index.docker.io',
      'registry.partner.example',
      'registry.corp.example',
      'registry.corp.example/archive',
      '*.untrusted.example',
    ]);
  });

  it('shows a valid registries.conf', async () => {
    await writeFile(temp.path('registries.conf'), example('toml'));
    const { registries } = await loadHosts({
      registriesConf: temp.path('registries.conf'),
      hostsFile: false,
      certsDirs: [],
      env: {},
    });
    expect(registries).toEqual({
      'quay.io/team': {
        location: 'registry.corp.example/quay/team',
        mirrorByDigestOnly: true,
        mirrors: [{ location: 'mirror.example/team', pull: 'all' }],
      },
      'index.docker.io': { blocked: true },
    });
  });

  it.each([
    ...routeMembers,
    'ca',
    'cert',
    'key',
    'headers',
    'requestsPerSecond',
    'maxConcurrentRequests',
    'trustedRealms',
    'allowedHosts',
  ])('explains %s', (member) => {
    expect(guide).toMatch(new RegExp(`^\\|[^|]*\`${member}\`[^|]*\\|`, 'm'));
  });
});
