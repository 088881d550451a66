import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { useTempDir } from '../support/tools/temp-dir.js';

interface Entry {
  readonly name: string;
  readonly versionInfo: string;
  readonly SPDXID: string;
}

interface Sbom {
  readonly packages: readonly Entry[];
  readonly relationships: readonly {
    readonly relatedSpdxElement: string;
    readonly relationshipType: string;
    readonly comment?: string;
  }[];
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly author?: string;
  readonly homepage?: string;
  readonly bugs?: { readonly url: string };
  readonly repository?: { readonly url: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

const temp = useTempDir();

/** A JSON file of the project's own, or of a tool. */
function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The packages from which esbuild takes code for the command line, each with its version. */
function behindTheCommandLine(): string[] {
  execFileSync('node_modules/.bin/esbuild', [
    ...['src/cli/main.ts', '--bundle', '--platform=node', '--format=esm', '--log-level=error'],
    ...[`--metafile=${temp.path('meta.json')}`, `--outfile=${temp.path('main.js')}`],
    // The build leaves these out.
    ...['--external:cacheable-request', '--external:http2-wrapper'],
  ]);
  const { inputs } = readJson(temp.path('meta.json')) as { inputs: object };
  const directories = Object.keys(inputs).flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? [],
  );
  return [...new Set(directories)].map((directory) => {
    const { name, version } = readJson(`${directory}/package.json`) as PackageJson;
    return `${name}@${version}`;
  });
}

describe('the supply chain', () => {
  it('Z8: the bill of materials lists what is installed and what is bundled, with versions', () => {
    const text = execFileSync('npm', ['run', '--silent', 'sbom'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
    });
    const { packages, relationships } = JSON.parse(text) as Sbom;
    const listed = new Map(
      packages.map(({ name, versionInfo, SPDXID }) => [SPDXID, `${name}@${versionInfo}`]),
    );
    const inside = (bundle: string): (string | undefined)[] =>
      relationships
        .filter((one) => one.relationshipType === 'CONTAINS' && one.comment === `bundled into ${bundle}`)
        .map((one) => listed.get(one.relatedSpdxElement));

    const bundled = ['got', 'zod'].map((name) => {
      const { version } = readJson(`node_modules/${name}/package.json`) as PackageJson;
      return `${name}@${version}`;
    });
    expect(inside('dist')).toEqual(expect.arrayContaining(bundled));
    expect(inside('dist/cli')).toEqual(expect.arrayContaining(behindTheCommandLine()));
    const { dependencies } = readJson('package.json') as PackageJson;
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(names).not.toContain('jest');
  });

  it.each([
    ['got', 1, 'high: it leaks'],
    ['jest', 0, 'no advisory'],
  ])('Z9: an advisory for %s ends the audit of bundled packages with status %d', (name, status, said) => {
    const via = [{ title: 'it leaks', severity: 'high', range: '*', url: 'https://advisories.example/1' }];
    const report = temp.path('report.json');
    writeFileSync(report, JSON.stringify({ vulnerabilities: { [name]: { via } } }));
    const printed = execFileSync(
      'sh',
      ['-c', `node scripts/audit-bundled.mjs < ${report}; echo "status $?"`],
      {
        encoding: 'utf8',
      },
    );
    expect(printed).toContain(said);
    expect(printed).toContain(`status ${status}`);
  });

  it('Z9: package.json names the repository, as provenance requires', () => {
    const { repository, bugs, homepage, author } = readJson('package.json') as PackageJson;
    expect(repository?.url).toMatch(/^git\+https:\/\/github\.com\/[\w-]+\/[\w-]+\.git$/);
    expect([bugs?.url, homepage, author]).not.toContain(undefined);
  });

  it('Z10: every action of the workflows is pinned by its commit, with no more rights than it needs', () => {
    const workflows = readdirSync('.github/workflows').map((file) =>
      readFileSync(`.github/workflows/${file}`, 'utf8'),
    );
    const uses = workflows.flatMap((text) => [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action));
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action ?? ''))).toEqual([]);
    for (const text of workflows) expect(text).toMatch(/^permissions:\n {2}contents: read\n$/m);
    const writes = workflows.flatMap((text) => text.match(/\S+: write/g) ?? []);
    expect(writes.sort()).toEqual(['contents: write', 'id-token: write']);
    // What people send by a pull request never reaches those rights.
    expect(workflows.join('\n')).not.toMatch(/pull_request_target|secrets\./);
  });
});
