import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Interrupted } from '../../../src/cli/terminal/exit-code.js';
import { makeFiles } from '../../support/archives/make-files.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { gantry } from '../../support/programs/gantry.js';
import { startRegistry } from '../../support/servers/start-registry.js';
import { ENV, errorOf, useBuilds } from './use-builds.js';

const builds = useBuilds();
const { temp, registry } = builds;
let app: string;
let context: string;
beforeEach(() => {
  ({ app, context } = builds);
});

describe('a failing gantry build', () => {
  it('without the permission to push begins nothing', async () => {
    const guarded = await startRegistry({ auth: { basic: { users: { me: 'secret' }, realm: 'test' } } });
    let read = false;
    const stdin = new Readable({
      read() {
        read = true;
        this.push(null);
      },
    });
    try {
      const tags = ['-t', `${app}:v1`, '-t', `${guarded.host}/app:v1`];
      const [code, message] = await errorOf([...tags, '-'], { stdin });
      expect(code).toBe(4);
      expect(message).toContain(`gantry auth login ${guarded.host}`);
      expect(read).toBe(false);
      expect((await errorOf([...tags, temp.path('missing')]))[0]).toBe(4);
      const output = await errorOf([context, '-o', `docker://${guarded.host}/app`, '-o', temp.path('x.tar')]);
      expect(output[0]).toBe(4);
      expect(await readdir(temp.path())).toEqual(['context']);
    } finally {
      await guarded.close();
    }
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('names the file and the line', async () => {
    const failing = 'FROM scratch\n\nCOPY a nope \\\n  /\n';
    await makeFiles(temp.path('context'), { 'docker/Dockerfile': failing });
    expect(await errorOf([context, '-f', 'docker/Dockerfile'])).toEqual([
      1,
      expect.stringMatching(/^docker\/Dockerfile:3: COPY: \/nope does not exist;/),
    ]);
    expect(await errorOf(['-'], { stdin: 'FROM scratch\nCOPPY a /\n' })).toEqual([
      1,
      'Dockerfile:2:1: the instruction COPPY does not exist; did you mean COPY?',
    ]);
  });

  it.each([
    {
      exit: 1,
      args: ['-'],
      stdin: 'FROM scratch\nRUN true\n',
      message: 'pass the result with --build-context',
    },
    { exit: 2, args: ['-'], stdin: 'FROM Not/A:Name:\n', message: 'Not/A:Name:' },
    { exit: 2, args: ['.', '--build-arg', '=x'], message: '--build-arg "=x" is not name=value' },
    { exit: 2, args: ['.', '--annotation', 'x'], message: '--annotation "x" is not name=value' },
    { exit: 2, args: ['.', '--annotation', 'index:a=b'], message: 'needs several platforms' },
    {
      exit: 2,
      args: ['.', '--annotation', 'manifest-descriptor:a=b'],
      message: 'cannot annotate a descriptor',
    },
    { exit: 2, args: ['.', '--build-context', 'x='], message: '--build-context "x=" is not name=value' },
    { exit: 2, args: ['.', '--compression-level', '10'], message: 'too high' },
    { exit: 2, args: ['.', '--platform', 'all'], message: 'name the platforms' },
    { exit: 2, args: ['.', '--platform', 'linux'], message: 'linux/amd64' },
    { exit: 2, args: ['.', '-t', 'oci:x:v1'], message: 'is not a reference' },
    { exit: 2, args: ['.', '-t', 'UPPER'], message: 'UPPER' },
    { exit: 2, args: ['.', '-o', 'type=docker,dest=x'], message: 'is not a location' },
    { exit: 2, args: ['.', '-o', '-', '-o', 'oci-archive:-'], message: 'only one --output' },
    { exit: 3, args: ['/nonexistent'], message: '/nonexistent' },
    { exit: 3, args: ['.', '-f', 'nope'], message: 'name another file with --file' },
  ])('exits with $exit for $args', async ({ exit, args, stdin = '', message }) => {
    expect(await errorOf(args, { stdin })).toEqual([exit, expect.stringContaining(message)]);
  });

  it.each(['docker-archive:x.tar', 'docker-daemon:x', 'new.tar', '-'])(
    'does not write an index to %s',
    async (output) => {
      const platforms = ['--platform', 'linux/amd64,linux/arm64'];
      const [code, message] = await errorOf([context, ...platforms, '-o', output]);
      expect([code, message]).toEqual([
        2,
        expect.stringContaining(`--output ${output} can take only one image`),
      ]);
    },
  );

  it('has exit code 3 for a base image that does not exist', async () => {
    const [code, message] = await errorOf(['-'], { stdin: `FROM ${app}:none\n` });
    expect([code, message]).toEqual([3, expect.stringContaining(`has no repository ${app}`)]);
  });

  it('ends when it is interrupted, and leaves no files', async () => {
    const controller = new AbortController();
    const work = temp.path('work');
    const args = ['build', '-', '--work-directory', work, '-q'];
    const ended = gantry(args, {
      stdin: new Readable({ read: () => undefined }),
      env: ENV,
      signal: controller.signal,
    });
    controller.abort(new Interrupted('SIGTERM'));
    expect(await ended).toMatchObject({ code: 143, stderr: 'Error: interrupted by SIGTERM\n' });

    const begun = new AbortController();
    let sent = false;
    const tar = tarOf(['Dockerfile', 'FROM scratch\n']);
    const stdin = new Readable({
      read() {
        // The rest of the tar never arrives.
        if (sent)
          setImmediate(() => {
            begun.abort(new Interrupted('SIGINT'));
          });
        else this.push(tar.subarray(0, 600));
        sent = true;
      },
    });
    expect(await gantry(args, { stdin, env: ENV, signal: begun.signal })).toMatchObject({ code: 130 });
    expect(await readdir(work)).toEqual([]);
  });
});
