import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { errors, image } from '../../src/index.js';

/** Options of wrong shapes, and what the error has to say. A base that cannot be reached shows that nothing is read. */
const wrong: readonly (readonly [options: unknown, message: string])[] = [
  [null, '`options` must be an object'],
  [{ from: 5 }, '`from` must be a reference'],
  [{ from: '' }, '`from` must be a reference'],
  [{ platforms: [] }, '`platforms` must be a list of at least one platform'],
  [{ platforms: 'linux/amd64' }, '`platforms` must be a list of platforms'],
  [{ platforms: ['linux/amd64', 'linux/x86_64'] }, '`platforms` has linux/amd64 twice'],
  [
    { platforms: ['linux/amd64'], platform: 'linux/arm64' },
    '`platform` and `platforms` cannot both be given',
  ],
  [{ platform: 5 }, '`platform` must be a platform'],
  [{ copy: 'dist' }, '`copy` must be a list'],
  [{ copy: [5] }, '`copy[0]` must be a path'],
  [{ copy: ['../dist'] }, '`copy[0]` is "../dist": write { from, to }'],
  [{ copy: ['/dist'] }, '`copy[0]` is "/dist": write { from, to }'],
  [{ copy: [{ from: 'dist' }] }, '`copy[0].to` must be a path in the image'],
  [{ copy: [{ to: '/' }] }, '`copy[0].from` must be a path'],
  [{ copy: [{ from: 'a', to: '/', owner: 'node' }] }, '`copy[0].owner` must be numeric IDs'],
  [{ copy: [{ from: 'a', to: '/', mode: '755' }] }, '`copy[0].mode` must be permissions'],
  [{ copy: [{ from: 'a', to: '/', include: '*.js' }] }, '`copy[0].include` must be a list of words'],
  [{ copy: [{ from: 'a', to: '/', followLinks: 'yes' }] }, '`copy[0].followLinks` must be a boolean'],
  [{ copy: [{ from: 'a', to: '/', time: 'now' }] }, '`copy[0].time` must be a valid Date'],
  [{ copy: [{ a: 5 }] }, '`copy[0]["a"]` must be a text, bytes or a stream'],
  [{ copy: [{ 'a/': 'x' }] }, '"a/" is not the path of a file'],
  [{ layers: [5] }, '`layers[0]` must be the path of a tar'],
  [{ layers: [{ a: Readable.from([]) }] }, '`layers[0]["a"]` must be a text or bytes'],
  [{ env: ['=x'] }, '`env[0]` must be a text in the form NAME=value'],
  [{ env: 'A=1' }, '`env` must be an object of texts'],
  [{ env: { A: 1 } }, '`env["A"]` must be a text'],
  [{ env: { 'A=B': '1' } }, '"A=B" is not a variable'],
  [{ entrypoint: 'node index.js' }, '`entrypoint` must be a list of words, such as ["node","index.js"]'],
  [{ cmd: ['a', 5] }, '`cmd[1]` must be a text'],
  [{ user: {} }, '`user` must be a name or a number'],
  [{ workdir: '' }, '`workdir` must be the path'],
  [{ labels: ['a=b'] }, '`labels` must be an object'],
  [{ annotations: { a: 1 } }, '`annotations["a"]` must be a text'],
  [{ ports: 80 }, '`ports` must be a list of ports'],
  [{ ports: ['http'] }, '`ports[0]` must be a port'],
  [{ ports: [0] }, '`ports[0]` must be a port'],
  [{ ports: ['80:80'] }, '`ports[0]` must be a port'],
  [{ ports: [70000] }, '`ports[0]` must be a port'],
  [{ volumes: '/data' }, '`volumes` must be a list'],
  [{ stopSignal: 'STOPPED' }, '`stopSignal` must be the name'],
  [{ healthcheck: 'curl' }, '`healthcheck` must be `false`'],
  [{ healthcheck: { cmd: [] } }, '`healthcheck.cmd` must be a command'],
  [{ healthcheck: { cmd: ['x'], intervalMs: -1 } }, '`healthcheck.intervalMs` must be a number'],
  [{ shell: '/bin/sh' }, '`shell` must be a list of words'],
  [{ created: '2026-01-01' }, '`created` must be a valid Date'],
  [{ author: 5 }, '`author` must be a text'],
  [{ compression: 'xz' }, "`compression` must be 'gzip'"],
];

describe('the arguments of image.build', () => {
  it.each(wrong)('%o are a TypeError', async (options, message) => {
    const given =
      typeof options === 'object' && options !== null && !('from' in options)
        ? { from: '127.0.0.1:1/none', ...options }
        : options;
    const building = image.build(given as image.ImageOptions);
    await expect(building).rejects.toThrow(TypeError);
    await expect(building).rejects.toThrow(message);
  });

  it('of a wrong shape end the streams beside them', async () => {
    const streams = [Readable.from(['a']), Readable.from(['b'])];
    const building = image.build({ copy: [{ a: streams[0]! }], layers: [streams[1]!], user: '' });
    await expect(building).rejects.toThrow(TypeError);
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  it('that name a file twice are a TypeError', async () => {
    await expect(image.build({ copy: [{ a: '1', '/a': '2' }] })).rejects.toThrow(
      '"a" and "/a" are the same path',
    );
  });

  it('that name a file that does not exist are a NotFoundError with a hint', async () => {
    const building = image.build({ copy: ['none/*.js'] });
    await expect(building).rejects.toThrow(errors.NotFoundError);
    await expect(building).rejects.toMatchObject({ hint: expect.stringContaining('`include`') });
  });
});
