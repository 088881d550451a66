import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { openCli } from '../../src/cli/context/cli.js';
import { newMessages, newOutput } from '../../src/cli/terminal/output.js';
import { openBars } from '../../src/cli/progress/bars.js';
import type { BlobProgress } from '../../src/v1/progress.js';
import { newHash } from '../../src/v1/hash.js';
import { gantry } from '../support/programs/gantry.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { openTerminal } from './terminal.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
let registry: StartedRegistry;
let app: string;
beforeEach(async () => {
  registry = await startRegistry({ warning: 'this registry ends soon' });
  app = `${registry.host}/app`;
  await crane.save(crane.image({ a: Buffer.alloc(100_000, 'a') }), `${app}:v1`, temp.path('app.tar'));
});
afterEach(async () => {
  await registry.close();
});

const push = async (...flags: readonly string[]) =>
  gantry(['push', temp.path('app.tar'), `${app}:v1`, ...flags]);

describe('the style of progress', () => {
  it('prints a line per event without a terminal, and each warning of the registry once', async () => {
    const { stderr, stdout } = await push();
    const lines = stderr.trim().split('\n');
    expect(lines.filter((line) => line.startsWith('pushed blob: sha256:'))).toHaveLength(2);
    expect(
      lines.filter((line) => line === `Warning: ${registry.host}: this registry ends soon`),
    ).toHaveLength(1);
    expect(lines.at(-1)).toMatch(new RegExp(`^${app}:v1: digest: sha256:[0-9a-f]{64} size: [0-9]+$`));
    expect(lines).toHaveLength(4);
    expect(stdout).toMatch(/^\S+@sha256:[0-9a-f]{64}\n$/);
    // The second push finds every blob in the registry.
    const digest = await crane.digest(`${app}:v1`);
    expect((await push()).stderr).toContain(`existing manifest: ${app}:v1@${digest}\n`);
    const again = await gantry(['copy', `${app}@${digest}`, `${app}@${digest}`]);
    expect(again.stderr).toContain(`existing manifest: ${app}@${digest}\n`);
  });

  it('json prints one document per line, also for warnings', async () => {
    const { stderr } = await push('--progress=json');
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; state?: string; text?: string });
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['plan', 'blob', 'manifest', 'warning']));
    expect(events.filter(({ kind, state }) => kind === 'blob' && state === 'done')).toHaveLength(2);
  });

  it('none prints only warnings, and --quiet prints nothing', async () => {
    expect((await push('--progress=none')).stderr).toBe(
      `Warning: ${registry.host}: this registry ends soon\n`,
    );
    expect(await push('-q')).toMatchObject({ code: 0, stderr: '' });
  });

  it('--verbose traces the requests, without secrets', async () => {
    const auth = { basic: { users: { me: 'hush-hush' }, realm: 'test' } };
    const guarded = await startRegistry({ auth });
    try {
      const { mkdir, writeFile } = await import('node:fs/promises');
      const secret = Buffer.from('me:hush-hush').toString('base64');
      await mkdir(temp.path('docker'));
      const config = { auths: { [guarded.host]: { auth: secret } } };
      await writeFile(temp.path('docker/config.json'), JSON.stringify(config));
      const { code, stderr } = await gantry(
        ['push', temp.path('app.tar'), `${guarded.host}/app:v1`, '-v', '--progress=none'],
        { env: { HOME: temp.path(), DOCKER_CONFIG: temp.path('docker') } },
      );
      expect(code).toBe(0);
      expect(stderr).toMatch(/ request \{"method":"PUT","url":"http:[^"]*\/v2\/app\/manifests\/v1"/);
      expect(stderr).not.toContain('hush-hush');
      expect(stderr).not.toContain(secret);
    } finally {
      await guarded.close();
    }
  });
});

const event = (index: number, state: BlobProgress['state'], transferred: number): BlobProgress => ({
  kind: 'blob',
  sink: 'registry',
  target: 'r.example/app',
  digest: newHash(`sha256:${String(index).repeat(64)}`),
  size: 2_000_000,
  state,
  transferred,
});

describe('bars', () => {
  const size = { columns: 60, rows: 10 };

  it('are drawn on a terminal, and none is left at the end', async () => {
    const { code, writes } = await gantry(['push', temp.path('app.tar'), `${app}:v1`, '--progress=bars'], {
      terminal: size,
    });
    expect(code).toBe(0);
    const terminal = openTerminal(size);
    for (const text of writes) terminal.write(text);
    expect(terminal.lines().filter((line) => line.startsWith('pushed blob: '))).toHaveLength(2);
    expect(terminal.lines().filter((line) => line.includes('['))).toEqual([]);
  });

  it.each([
    [{}, true],
    [{ TERM: 'dumb' }, false],
    [{ CI: 'true' }, false],
  ])('are chosen on a terminal with %j: %s', (env, drawn) => {
    const screen = openTerminal({ columns: 80, rows: 24 });
    const { signal } = new AbortController();
    const io = { stdin: Readable.from([]), stdout: screen.stream, stderr: screen.stream, env, signal };
    const cli = openCli(io, newOutput(io), {});
    cli.options.onProgress?.(event(1, 'started', 0));
    cli.options.onProgress?.(event(2, 'done', 0));
    expect(screen.lines().some((line) => line.includes('['))).toBe(drawn);
  });

  it('V10: are erased after ^C, although the terminal echoes it', async () => {
    const screen = openTerminal({ columns: 60, rows: 8 });
    const messages = newMessages(screen.stream);
    const bars = openBars(messages);
    bars.onProgress(event(1, 'started', 0));
    bars.note('note', 'one');
    screen.write('^C');
    await bars.close();
    await messages.print(['Error: interrupted by SIGINT']);
    expect(screen.lines()).toEqual(['one', 'Error: interrupted by SIGINT']);
  });

  it('show running transfers below the messages, and disappear with the error', async () => {
    const screen = openTerminal({ columns: 60, rows: 8 });
    const bars = openBars(newMessages(screen.stream));
    for (let index = 0; index < 10; index += 1) bars.onProgress(event(index, 'started', 0));
    bars.onProgress(event(1, 'progress', 1_000_000));
    bars.note('warning', 'r.example: it is late');
    expect(screen.lines()).toEqual([
      'Warning: r.example: it is late',
      'sha256:000000000000 [                        ] 0 B / 2.0 MB',
      'sha256:111111111111 [===========          ] 1.0 MB / 2.0 MB',
      ...[2, 3, 4].map(
        (index) => `sha256:${String(index).repeat(12)} [                        ] 0 B / 2.0 MB`,
      ),
      '... and 5 more',
      '[==                            ]    5 %  1.0 MB / 20.0 MB',
    ]);
    bars.onProgress(event(0, 'done', 2_000_000));
    expect(screen.lines()[1]).toBe(`pushed blob: sha256:${'0'.repeat(64)}`.slice(0, 60));
    await bars.close();
    // Events after the end draw nothing.
    bars.onProgress(event(2, 'progress', 5));
    bars.note('note', 'done');
    expect(screen.lines().filter((line) => line.includes('['))).toEqual([]);
    expect(screen.lines().at(-1)).toBe('done');
  });

  it('show percent, rate and time left of everything, from the plan on', async () => {
    const screen = openTerminal({ columns: 80, rows: 10 });
    let now = 0;
    const bars = openBars(newMessages(screen.stream), () => now);
    const blobs = [1, 2].map((index) => ({ digest: event(index, 'done', 0).digest, size: 2_000_000 }));
    const plan = { kind: 'plan', sink: 'registry', state: 'expected', target: 'r.example/app' } as const;
    bars.onProgress({ ...plan, blobs, manifests: [] });
    bars.onProgress(event(1, 'started', 0));
    now = 1000;
    bars.onProgress(event(1, 'progress', 1_000_000));
    bars.note('note', 'one');
    expect(screen.lines().at(-1)).toBe(
      '[========                      ]   25 %  1.0 MB / 4.0 MB  1.0 MB/s  3 s left',
    );
    bars.onProgress(event(1, 'done', 2_000_000));
    bars.onProgress(event(2, 'existing', 0));
    await bars.close();
    expect(screen.lines().filter((line) => line.includes('%'))).toEqual([]);
  });

  it.each([40, 25, 12])('fit %i columns', async (columns) => {
    const screen = openTerminal({ columns, rows: 8 });
    const bars = openBars(newMessages(screen.stream));
    for (let index = 0; index < 5; index += 1) bars.onProgress(event(index, 'started', 0));
    bars.onProgress(event(1, 'progress', 1_000_000));
    for (const text of ['a', 'b']) bars.note('note', text);
    // A line that wraps would leave a part of itself behind when the bars are drawn again.
    expect(screen.lines().filter((line) => line.startsWith('sha256:'))).toHaveLength(5);
    expect(screen.lines().slice(0, 2)).toEqual(['a', 'b']);
    if (columns === 40) expect(screen.lines()[3]).toBe('sha256:111111111111 1.0 MB / 2.0 MB');
    await bars.close();
    expect(screen.lines()).toEqual(['a', 'b']);
  });

  it('are erased after the terminal became narrower and wrapped them', async () => {
    const screen = openTerminal({ columns: 80, rows: 20 });
    const bars = openBars(newMessages(screen.stream));
    bars.onProgress(event(1, 'started', 0));
    bars.note('note', 'one');
    screen.resize(30);
    expect(screen.lines().length).toBeGreaterThan(4);
    bars.note('note', 'two');
    expect(screen.lines().slice(0, 3)).toEqual([
      'one',
      'two',
      'sha256:111111111111 0 B / 2.0 MB'.slice(0, 29),
    ]);
    await bars.close();
    expect(screen.lines()).toEqual(['one', 'two']);
  });

  it('of a one-shot stream end when its digest is known', async () => {
    const screen = openTerminal({ columns: 100, rows: 20 });
    const bars = openBars(newMessages(screen.stream));
    const { digest, size: _size, ...stream } = event(1, 'started', 0);
    bars.onProgress({ ...stream, stream: 7 });
    bars.note('note', 'one');
    expect(screen.lines()[1]).toBe('stream 0 B');
    bars.onProgress({ ...stream, stream: 7, state: 'done', digest, size: 5, transferred: 5 });
    bars.note('note', 'two');
    expect(screen.lines()).toEqual(['one', `pushed blob: ${digest!}`, 'two']);
    await bars.close();
  });

  it('show what a command reads, and leave no line', async () => {
    const screen = openTerminal({ columns: 80, rows: 20 });
    const bars = openBars(newMessages(screen.stream));
    bars.onProgress({ ...event(1, 'started', 0), sink: 'reader' });
    bars.note('note', 'one');
    expect(screen.lines()).toHaveLength(3);
    bars.onProgress({ ...event(1, 'done', 2_000_000), sink: 'reader' });
    await bars.close();
    expect(screen.lines()).toEqual(['one']);
  });

  it('show running steps of a build, which end as a line with the time', async () => {
    const screen = openTerminal({ columns: 40, rows: 8 });
    const bars = openBars(newMessages(screen.stream));
    const step = { platform: 'linux/amd64', stage: 'base', step: 1, steps: 2, text: 'COPY a /a', line: 3 };
    bars.onProgress({ kind: 'step', state: 'started', ...step });
    bars.onProgress({
      kind: 'step',
      state: 'started',
      ...step,
      stage: '1',
      text: `ADD\tb ${'/long'.repeat(20)}`,
    });
    bars.note('note', 'one');
    const running = `[linux/amd64 stage-1 1/2] ADD b ${'/long'.repeat(2)}`.slice(0, 39);
    expect(screen.lines()).toEqual(['one', '[linux/amd64 base 1/2] COPY a /a', running]);
    bars.onProgress({ kind: 'step', state: 'done', ...step, durationMs: 1234 });
    expect(screen.lines()).toEqual(['one', '[linux/amd64 base 1/2] COPY a /a (1.2 s)', running]);
    await bars.close();
    expect(screen.lines().at(-1)).toBe('[linux/amd64 base 1/2] COPY a /a (1.2 s)');
  });
});
