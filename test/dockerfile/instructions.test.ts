import { describe, expect, it } from '@jest/globals';
import { parseMount } from '../../src/dockerfile/expansion.js';
import { parse } from '../../src/dockerfile/parse.js';
import { DockerfileError } from '../../src/errors/invalid/dockerfile.js';

/** The only instruction behind `FROM scratch`, without what all instructions have. */
function instruction(line: string): object {
  const {
    range: _range,
    source: _source,
    keyword: _keyword,
    comments: _comments,
    ...rest
  } = parse(`FROM scratch\n${line}`).stages[0]!.instructions[0]!;
  return JSON.parse(JSON.stringify(rest)) as object;
}

const noFlags = { link: false, exclude: [], inline: [] };

describe('instructions', () => {
  it.each<[string, object]>([
    ['CMD a "b" c', { kind: 'cmd', command: { form: 'shell', text: 'a "b" c' } }],
    ['CMD [ "a", "b c" ]', { kind: 'cmd', command: { form: 'exec', words: ['a', 'b c'] } }],
    ["CMD ['a']", { kind: 'cmd', command: { form: 'shell', text: "['a']" } }],
    ['CMD []', { kind: 'cmd', command: { form: 'exec', words: [] } }],
    ['ENTRYPOINT ["a"] b', { kind: 'entrypoint', command: { form: 'shell', text: '["a"] b' } }],
    ['SHELL ["sh", "-c"]', { kind: 'shell', shell: ['sh', '-c'] }],
    [
      'ENV A=1 B="x y" C=x\\ y',
      {
        kind: 'env',
        pairs: [
          { name: 'A', value: '1', legacy: false },
          { name: 'B', value: '"x y"', legacy: false },
          { name: 'C', value: 'x\\ y', legacy: false },
        ],
      },
    ],
    ['ENV A  b  c=d', { kind: 'env', pairs: [{ name: 'A', value: 'b  c=d', legacy: true }] }],
    ['LABEL "a b"=c', { kind: 'label', pairs: [{ name: '"a b"', value: 'c', legacy: false }] }],
    [
      'ARG A B= C="d e"',
      { kind: 'arg', variables: [{ name: 'A' }, { name: 'B', value: '' }, { name: 'C', value: '"d e"' }] },
    ],
    ['EXPOSE 80 443/tcp 100-102', { kind: 'expose', ports: ['100-102', '443/tcp', '80'] }],
    ['VOLUME /a /b', { kind: 'volume', volumes: ['/a', '/b'] }],
    ['VOLUME ["/a b"]', { kind: 'volume', volumes: ['/a b'] }],
    ['USER a:b', { kind: 'user', user: 'a:b' }],
    ['WORKDIR /a b', { kind: 'workdir', path: '/a b' }],
    ['STOPSIGNAL SIGTERM', { kind: 'stopsignal', signal: 'SIGTERM' }],
    ['MAINTAINER me', { kind: 'maintainer', maintainer: 'me' }],
    ['ONBUILD copy a b', { kind: 'onbuild', trigger: 'copy a b' }],
    ['COPY a b', { kind: 'copy', sources: ['a'], destination: 'b', parents: false, ...noFlags }],
    [
      'COPY --from=x --chown=1:2 --chmod=0755 --link --parents --exclude=*.a --exclude=b ["a b", "/c"]',
      {
        ...{ kind: 'copy', sources: ['a b'], destination: '/c', inline: [] },
        ...{ from: 'x', chown: '1:2', chmod: '0755', link: true, parents: true, exclude: ['*.a', 'b'] },
      },
    ],
    ['COPY -- --a b', { kind: 'copy', sources: ['--a'], destination: 'b', parents: false, ...noFlags }],
    [
      'ADD --checksum=sha256:1 --unpack=false --keep-git-dir https://x /y',
      {
        ...{ kind: 'add', sources: ['https://x'], destination: '/y', ...noFlags },
        ...{ checksum: 'sha256:1', unpack: false, keepGitDir: true },
      },
    ],
    [
      'RUN --network=none --mount=type=tmpfs,target=/t a',
      {
        ...{ kind: 'run', command: { form: 'shell', text: 'a' }, heredocs: [] },
        ...{ mounts: ['type=tmpfs,target=/t'], network: 'none' },
      },
    ],
    [
      'HEALTHCHECK none',
      {
        kind: 'healthcheck',
        test: ['NONE'],
        interval: 0,
        timeout: 0,
        startPeriod: 0,
        startInterval: 0,
        retries: 0,
      },
    ],
    [
      'HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 CMD ["a"]',
      {
        ...{ kind: 'healthcheck', test: ['CMD', 'a'], interval: 90e9, timeout: 5e8 },
        ...{ startPeriod: 0, startInterval: 0, retries: 3 },
      },
    ],
    [
      'HEALTHCHECK cmd a  b',
      {
        kind: 'healthcheck',
        test: ['CMD-SHELL', 'a  b'],
        interval: 0,
        timeout: 0,
        startPeriod: 0,
        startInterval: 0,
        retries: 0,
      },
    ],
  ])('parses %s', (line, expected) => {
    expect(instruction(line)).toEqual(expected);
  });

  it.each([
    ...['ENV', 'ENV A', 'ENV A=1 B', 'ENV =1', 'LABEL', 'ARG', 'ARG =1', 'COPY a', 'COPY', 'ADD ["a"]'],
    ...[
      'EXPOSE',
      'VOLUME',
      'VOLUME [""]',
      'USER',
      'WORKDIR',
      'STOPSIGNAL',
      'MAINTAINER',
      'SHELL sh',
      'SHELL []',
    ],
    ...['ONBUILD', 'ONBUILD FROM a', 'ONBUILD ONBUILD RUN a', 'ONBUILD MAINTAINER a'],
    ...['HEALTHCHECK', 'HEALTHCHECK NONE a', 'HEALTHCHECK TCP 1', 'HEALTHCHECK CMD', 'HEALTHCHECK CMD []'],
    ...[
      'HEALTHCHECK --interval=1 CMD a',
      'HEALTHCHECK --interval=1us CMD a',
      'HEALTHCHECK --retries=-1 CMD a',
    ],
    ...['RUN --network=some a', 'RUN --security=x a', 'RUN --mount=type=bind,from=$x a', 'COPY --link=x a b'],
    ...['COPY --from a b', 'COPY --link= a b', 'WORKDIR --x /a', 'BOGUS a'],
  ])('refuses %s', (line) => {
    expect(() => instruction(line)).toThrow(DockerfileError);
  });
});

describe('mounts of RUN', () => {
  const variables = new Map([['dir', '/cache']]);
  const mount = (text: string) => parseMount(text, (name) => variables.get(name));
  const common = { readonly: true, required: false };

  it.each<[string, object]>([
    ['target=/a', { type: 'bind', target: '/a', ...common }],
    [
      'type=bind,from=x,source=/b,dst=/a,rw',
      { type: 'bind', from: 'x', source: '/b', target: '/a', readonly: false, required: false },
    ],
    [
      'type=cache,target=$dir,id=i,sharing=locked,mode=0755,uid=1,gid=2',
      {
        ...{ type: 'cache', target: '/cache', id: 'i', sharing: 'locked', mode: 0o755, uid: 1, gid: 2 },
        ...{ readonly: false, required: false },
      },
    ],
    [
      'type=tmpfs,target=/t,size=64m',
      { type: 'tmpfs', target: '/t', size: 64 * 1024 * 1024, readonly: false, required: false },
    ],
    [
      'type=secret,id=npm,required,env=',
      { type: 'secret', id: 'npm', required: true, env: '', readonly: true },
    ],
    ['type=ssh', { type: 'ssh', ...common }],
    ['"type=bind","target=/a,b"', { type: 'bind', target: '/a,b', ...common }],
  ])('parses %s', (text, expected) => {
    expect(mount(text)).toEqual(expected);
  });

  it.each([
    ...[
      'type=x',
      'what=1',
      'target',
      'required',
      'type=secret',
      'type=secret,id=a,source=b',
      'type=secret,id=a,from=b',
    ],
    ...[
      'type=bind,uid=1',
      'type=tmpfs,mode=1',
      'type=cache,size=1',
      'type=cache,sharing=x',
      'type=bind,sharing=shared',
    ],
    ...['type=cache,uid=x', 'type=cache,mode=8', 'ro=maybe', 'type=tmpfs,size=x', '"target=/a', 'target=${x'],
  ])('refuses %s', (text) => {
    expect(() => mount(text)).toThrow(DockerfileError);
  });
});
