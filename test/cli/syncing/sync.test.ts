import { writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { parsePlan } from '../../../src/cli/syncing/plan-file.js';
import { amd, imageFor, multi } from '../../support/images/platform-images.js';
import { gantry } from '../../support/programs/gantry.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';
import { useClosing } from '../../support/tools/closing.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const closing = useClosing();
const temp = useTempDir();
let source: StartedRegistry;
let target: StartedRegistry;
let from: string;
let to: string;

beforeEach(async () => {
  source = await closing(startRegistry());
  target = await closing(startRegistry());
  from = `${source.host}/app`;
  to = `${target.host}/mirror/app`;
});

/** Writes the file of a plan and returns its path. */
async function planOf(text: string): Promise<string> {
  const file = temp.path('plan.yaml');
  await writeFile(file, text);
  return file;
}

describe('sync', () => {
  const plan = (): string => `
defaults:
  platforms: all
sync:
  - source: ${from}
    target: ${to}
    tags:
      - latest
      - semver: '>=1.1 <2'
`;

  it('copies the tags that the rules select, and a second run finds them', async () => {
    for (const tag of ['1.0', '1.1', 'v1.2.3', '1.3.0-rc1', '2.0', 'latest'])
      await crane.push(imageFor(tag), `${from}:${tag}`);
    const file = await planOf(plan());
    const first = await gantry(['sync', file, '--quiet']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const tags = ['1.1', 'latest', 'v1.2.3'];
    expect(first.stdout.split('\n').sort()).toEqual(
      ['', ...tags.map((tag) => `copied    ${from}:${tag} -> ${to}:${tag}`)].sort(),
    );
    expect((await crane.listTags(to)).sort()).toEqual(tags);
    const second = await gantry(['sync', file]);
    expect(second.stdout.split('\n').sort()).toEqual(
      ['', ...tags.map((tag) => `existing  ${from}:${tag} -> ${to}:${tag}`)].sort(),
    );
    expect(second.stderr).toContain('3 existing\n');
  });

  it('shows with --dry-run what it would copy', async () => {
    await crane.push(amd, `${from}:latest`);
    const { code, stdout } = await gantry(['sync', '--dry-run', await planOf(plan())]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `planned   ${from}:latest -> ${to}:latest\n` });
    await expect(crane.digest(`${to}:latest`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('reads the plan from stdin, and prints one object per line with --json', async () => {
    await crane.push(multi, `${from}:latest`);
    const { stdout } = await gantry(['sync', '--json', '-'], { stdin: plan() });
    expect(JSON.parse(stdout)).toEqual({
      source: `${from}:latest`,
      target: `${to}:latest`,
      state: 'copied',
      digest: await multi.digest(),
      companions: 0,
    });
  });

  it('completes the other images, and has the exit code of the first failure', async () => {
    await crane.push(amd, `${from}:v1`);
    const file = await planOf(`sync: [{ source: ${from}, target: ${to}, tags: [none, v1] }]`);
    const { code, stdout, stderr } = await gantry(['sync', file, '--jobs', '1']);
    expect(code).toBe(3);
    expect(stdout).toContain(`failed    ${from}:none -> ${to}:none: `);
    expect(stdout).toContain(`copied    ${from}:v1 -> ${to}:v1\n`);
    expect(stderr).toContain('Error: sync: 1 of 2 failed: ');
  });

  it('keeps its lines on a terminal with progress bars', async () => {
    await crane.push(amd, `${from}:v1`);
    const terminal = { columns: 100, rows: 24 };
    const plan = `sync: [{ source: ${from}:v1, target: ${to} }]`;
    const { stdout } = await gantry(['sync', '-', '--progress', 'bars'], { stdin: plan, terminal });
    expect(stdout).toBe(`copied    ${from}:v1 -> ${to}:v1\n`);
  });

  it('refuses --platform, which the file replaces', async () => {
    const { code, stderr } = await gantry(['sync', '--platform', 'linux/amd64', 'plan.yaml']);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain('set "platforms" in the file');
  });

  it('fails with exit code 3 if the file does not exist', async () => {
    expect(await gantry(['sync', temp.path('none.yaml')])).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('a plan file', () => {
  const entry = { source: 'a.example/app', targets: ['b.example/app'] };

  it('has several entries with values of their own and defaults', () => {
    const text = `
defaults: { referrers: true, platforms: [linux/amd64] }
sync:
  - { source: a.example/app, target: b.example/app, tags: all, platforms: all }
  - source: a.example/app:v1
    targets: [b.example/app, c.example/app:stable]
    referrers: [application/spdx+json]
    digestTags: true
`;
    expect(parsePlan(text, 'plan.yaml')).toEqual([
      { ...entry, tags: 'all', referrers: true, platforms: undefined },
      {
        source: 'a.example/app:v1',
        targets: ['b.example/app', 'c.example/app:stable'],
        platforms: ['linux/amd64'],
        referrers: { artifactTypes: ['application/spdx+json'] },
        digestTags: true,
      },
    ]);
  });

  it('keeps the digits of tags that YAML reads as numbers', () => {
    const [parsed] = parsePlan(
      'sync: [{ source: a.example/app, target: b.example/app, tags: [1.10, 2] }]',
      'plan',
    );
    expect(parsed?.tags).toEqual(['1.10', '2']);
  });

  it('resolves anchors', () => {
    const text = `sync:
  - &one { source: a.example/app, target: &b b.example/app, tags: &tags [v1] }
  - { source: c.example/app, target: *b, tags: *tags }`;
    expect(parsePlan(text, 'plan').map(({ tags, targets }) => [tags, targets])).toEqual([
      [['v1'], ['b.example/app']],
      [['v1'], ['b.example/app']],
    ]);
  });

  const selects = (rules: string, tag: string): boolean => {
    const [parsed] = parsePlan(
      `sync: [{ source: a.example/a, target: b.example/b, tags: ${rules} }]`,
      'plan',
    );
    const tags = parsed?.tags;
    return typeof tags === 'function' && tags(tag);
  };

  it.each([
    ['{ semver: ">=1.2" }', ['1.2', 'v1.3.0', '10'], ['1.1', '1.2-rc1', 'latest', '1.2.3.4']],
    ['{ semver: [1.x, 3.x] }', ['1.9', '3'], ['2.0']],
    ['{ semver: ">=1.2.0-0" }', ['1.2.0-rc1'], ['1.1']],
    ['{ allow: "v\\\\d+" }', ['v1', 'v12'], ['v1.2', 'xv1']],
    ['{ deny: [".*-rc.*"] }', ['v1', 'latest'], ['v1-rc1']],
    ['{ semver: "*", allow: ["1.*"], deny: [1.3] }', ['1.0', '1.2'], ['1.3', '2.0', '1-x']],
    ['[latest, { semver: ">=3" }, { allow: "v.*" }]', ['latest', '3.1', 'v1'], ['2.0', 'edge']],
  ])('selects tags with %s', (rules, selected, others) => {
    expect(selected.filter((tag) => !selects(rules, tag))).toEqual([]);
    expect(others.filter((tag) => selects(rules, tag))).toEqual([]);
  });

  it.each([
    [
      'a key that does not exist',
      'sync:\n  - sauce: x',
      'plan.yaml:2:5: "sauce" is not a key of an entry of `sync`',
    ],
    ['no list', 'sync: 1', 'plan.yaml:1:7: `sync` must be a list'],
    ['nothing', '', 'plan.yaml:1:1: the file must be a mapping with defaults, sync'],
    ['no entries', 'defaults: {}', 'plan.yaml:1:1: `sync` is missing'],
    ['no source', 'sync:\n  - target: x', 'plan.yaml:2:5: `source` is missing'],
    ['no target', 'sync:\n  - source: x:1', 'plan.yaml:2:5: `target` is missing'],
    ['a key twice', 'sync: []\nsync: []', 'plan.yaml:2:1: Map keys must be unique'],
    ['bad YAML', 'sync: [', 'plan.yaml:1:8: Flow sequence in block collection must be'],
    ['two documents', 'sync: []\n---\nsync: []', 'plan.yaml:2:1: Source contains multiple documents'],
    [
      'a bad pattern',
      'sync:\n  - source: a.example/a\n    target: b.example/b\n    tags: { deny: [ok, "("] }',
      'plan.yaml:4:24: "(" is not a regular expression',
    ],
    [
      'a bad range',
      'sync: [{ source: a.example/a, target: b.example/b, tags: { semver: x y } }]',
      'plan.yaml:1:68: "x y" is not a range of versions',
    ],
    [
      'a bad platform',
      'sync: [{ source: a.example/a:1, target: b.example/b, platforms: [a/b/c/d] }]',
      'plan.yaml:1:66: ',
    ],
    [
      'no tags of a repository',
      'sync:\n  - source: a.example/a\n    target: b.example/b',
      'plan.yaml:2:5: a.example/a: `tags` must select the tags of the repository',
    ],
    ['a bad name', 'sync:\n  - { source: "A B", target: b.example/b }', 'plan.yaml:2:5: '],
  ])('with %s is refused with line and column', async (_title, text, message) => {
    const { code, stderr } = await gantry(['sync', '-'], { stdin: text });
    expect(stderr).toContain(`Error: ${message.replace('plan.yaml', 'stdin')}`);
    expect(code).toBe(2);
  });
});
