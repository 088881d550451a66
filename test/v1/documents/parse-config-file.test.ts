import { describe, expect, it } from '@jest/globals';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../../src/errors/invalid/manifest.js';
import { parseConfigFile } from '../../../src/v1/index.js';

const digest = `sha256:${'a'.repeat(64)}`;

describe('parseConfigFile', () => {
  it("fills missing fields with Go's zero values", () => {
    const zero = { architecture: '', os: '', rootfs: { type: '', diff_ids: [] }, config: {} };
    expect(parseConfigFile('{}')).toEqual(zero);
    expect(parseConfigFile('{"rootfs":null,"config":null,"history":null,"os":null,"created":null}')).toEqual(
      zero,
    );
    expect(parseConfigFile('{"rootfs":{"diff_ids":null,"type":null}}')).toEqual(zero);
  });

  it('keeps the fields of an artifact config as unknown fields', () => {
    const chart = { name: 'chart', version: '1.0.0', apiVersion: 'v2', home: null };
    expect(parseConfigFile(JSON.stringify(chart))).toMatchObject(chart);
  });

  it('keeps known and unknown fields at every level', () => {
    const document = {
      architecture: 'amd64',
      os: 'windows',
      'os.version': '10.0.20348.2322',
      'os.features': ['win32k'],
      variant: 'v1',
      author: 'a',
      container: 'c',
      created: '2024-01-01T00:00:00Z',
      docker_version: '27',
      history: [
        {
          created: '2024-01-01T00:00:00Z',
          created_by: 'x',
          empty_layer: true,
          author: 'a',
          comment: 'b',
          z: 1,
        },
      ],
      rootfs: { type: 'layers', diff_ids: [digest, `sha512:${'b'.repeat(128)}`], z: 1 },
      config: {
        Env: ['A=b'],
        Labels: { a: 'b' },
        Volumes: { '/v': {} },
        ExposedPorts: { '80/tcp': {} },
        Healthcheck: { Test: ['NONE'], Interval: 31_536_000_000_000_000, Retries: 3, z: 1 },
        StopTimeout: -1,
        ArgsEscaped: true,
        z: 1,
      },
      'moby.buildkit.cache.v0': [1],
    };
    expect(parseConfigFile(JSON.stringify(document))).toEqual(document);
  });

  it('freezes the whole result', () => {
    const parsed = parseConfigFile(
      JSON.stringify({
        rootfs: { diff_ids: [digest] },
        config: { Labels: {}, Healthcheck: { Test: [] } },
        history: [{}],
      }),
    );
    const { rootfs, config, history } = parsed;
    const parts = [
      parsed,
      rootfs,
      rootfs.diff_ids,
      config,
      config.Labels,
      config.Healthcheck,
      config.Healthcheck?.Test,
    ];
    for (const part of [...parts, history, history?.[0]]) expect(Object.isFrozen(part)).toBe(true);
  });

  it('L15: keeps labels that are names of Object.prototype as data', () => {
    const { config } = parseConfigFile(
      '{"config":{"Labels":{"__proto__":"p","constructor":"c"},"Volumes":{"__proto__":{}}}}',
    );
    expect(Object.entries(config.Labels ?? {})).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    expect(Object.keys(config.Volumes ?? {})).toEqual(['__proto__']);
    expect('p' in {}).toBe(false);
  });

  it('L14: compares the names of fields exactly, and keeps other spellings as unknown fields', () => {
    const parsed = parseConfigFile('{"OS":"linux","config":{"env":["A=b"]}}');
    expect(parsed).toMatchObject({ os: '', OS: 'linux', config: { env: ['A=b'] } });
    expect(parsed.config.Env).toBeUndefined();
  });

  it.each([
    ['nothing', '', /is empty/],
    ['half a document', '{', /not valid JSON/],
    ['null', 'null', /config file: must be an object/],
    ['a list', '[]', /config file: must be an object/],
    ['an os that is a number', '{"os":1}', /os must be a string/],
    ['an invalid diff ID', '{"rootfs":{"diff_ids":["x"]}}', /rootfs\.diff_ids must be a list of sha256/],
    ['a rootfs that is a list', '{"rootfs":[]}', /rootfs must be an object/],
    ['a history that is an object', '{"history":{}}', /history must be a list/],
    ['a history entry that is text', '{"history":[{},"x"]}', /history\[1\] must be an object/],
    [
      'an empty_layer that is text',
      '{"history":[{"empty_layer":"true"}]}',
      /history\[0\]\.empty_layer must be true or false/,
    ],
    ['an Env with a number', '{"config":{"Env":["A=b",1]}}', /config\.Env must be a list of strings/],
    ['a Cmd that is text', '{"config":{"Cmd":"sh"}}', /config\.Cmd must be a list of strings/],
    [
      'Labels with a list',
      '{"config":{"Labels":{"a":[]}}}',
      /config\.Labels must be an object with string values/,
    ],
    [
      'Volumes with text',
      '{"config":{"Volumes":{"a":"b"}}}',
      /config\.Volumes must be an object with objects/,
    ],
    [
      'an Interval of half a nanosecond',
      '{"config":{"Healthcheck":{"Interval":0.5}}}',
      /Healthcheck\.Interval must be an integer/,
    ],
    [
      'an Interval of more than 64 bits',
      '{"config":{"Healthcheck":{"Interval":1e19}}}',
      /Healthcheck\.Interval must be/,
    ],
    ['a Healthcheck that is text', '{"config":{"Healthcheck":"x"}}', /config\.Healthcheck must be an object/],
    ['a duplicate key', '{"os":"a","os":"b"}', /key "os" twice/],
  ])('refuses %s and names the field', (_title, text, reason) => {
    const parse = (): unknown => parseConfigFile(text);
    expect(parse).toThrow(ManifestInvalidError);
    expect(parse).toThrow(reason);
  });

  it('L19: refuses a config of more than 16 MiB unless `maxBytes` allows it', () => {
    const text = JSON.stringify({ author: 'x'.repeat(16 * 1024 * 1024) });
    expect(() => parseConfigFile(text)).toThrow(LimitExceededError);
    expect(parseConfigFile(text, { maxBytes: 17 * 1024 * 1024 }).author).toHaveLength(16 * 1024 * 1024);
  });
});
