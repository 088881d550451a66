import { describe, expect, it } from '@jest/globals';
import { nilSlice } from '../../../src/internal/json/go-json.js';
import type { ConfigFile, Manifest } from '../../../src/v1/index.js';
import {
  marshalConfigFile,
  marshalIndexManifest,
  marshalManifest,
  newHash,
  parseConfigFile,
  parseIndexManifest,
  parseManifest,
  sha256Bytes,
  types,
} from '../../../src/v1/index.js';
import { configByCrane, configIn, manifestByCrane, manifestIn } from '../crane-documents.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const digest = newHash(`sha256:${'a'.repeat(64)}`);

describe('marshalConfigFile', () => {
  it("writes crane's bytes for a config with every field", () => {
    expect(text(marshalConfigFile(parseConfigFile(configIn)))).toBe(configByCrane);
  });

  it("writes crane's bytes for an image that was made from an empty one", () => {
    const config: ConfigFile = {
      architecture: '',
      os: '',
      history: [{}],
      config: {},
      rootfs: {
        type: 'layers',
        diff_ids: [newHash('sha256:19877774beccf8bfe6d4b845bb564e04f0295abfe077282898d8ffd785491790')],
      },
    };
    expect(sha256Bytes(marshalConfigFile(config))).toBe(
      'sha256:394fe3e21ae7ac63c4113071ff3bc09b7669ee19375bf49f245c1725cbb78998',
    );
  });

  it('writes null for a missing list, as Go does for a nil slice', () => {
    const empty =
      '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","rootfs":{"type":"","diff_ids":null},"config":{}}';
    expect(text(marshalConfigFile(parseConfigFile('{}')))).toBe(empty);
    expect(text(marshalConfigFile(parseConfigFile('{"rootfs":{"diff_ids":null}}')))).toBe(empty);
    expect(text(marshalConfigFile(parseConfigFile('{"rootfs":{"diff_ids":[]}}')))).toBe(
      empty.replace('null', '[]'),
    );
  });

  it('puts the fields that go-containerregistry lacks where Docker declares them', () => {
    const config = parseConfigFile(
      '{"config":{"Shell":["sh"],"StopTimeout":3,"StopSignal":"TERM","Healthcheck":{"StartInterval":2,"Retries":1,"StartPeriod":3}}}',
    );
    expect(text(marshalConfigFile(config))).toContain(
      '"config":{"Healthcheck":{"StartPeriod":3,"StartInterval":2,"Retries":1},"StopSignal":"TERM","StopTimeout":3,"Shell":["sh"]}',
    );
  });

  it('appends unknown fields in their order, at every level', () => {
    const config = parseConfigFile(
      '{"z":{"y":1,"x":["<"]},"os":"linux","moby":null,"config":{"Zed":true,"User":"u"},"history":[{"b":1.5,"a":-0,"author":"x"}],"rootfs":{"base":"b","type":"layers","diff_ids":[]}}',
    );
    expect(text(marshalConfigFile(config))).toBe(
      String.raw`{"architecture":"","created":"0001-01-01T00:00:00Z","history":[{"author":"x","created":"0001-01-01T00:00:00Z","b":1.5,"a":-0}],"os":"linux","rootfs":{"type":"layers","diff_ids":[],"base":"b"},"config":{"User":"u","Zed":true},"z":{"y":1,"x":["\u003c"]},"moby":null}`,
    );
  });

  it.each([
    ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z'],
    ['2024-01-02T03:04:05.000Z', '2024-01-02T03:04:05Z'],
    ['2024-01-02T03:04:05.123456789Z', '2024-01-02T03:04:05.123456789Z'],
    ['2024-01-02T03:04:05.1200+00:00', '2024-01-02T03:04:05.12Z'],
    ['2024-01-02T03:04:05.1234567891-05:30', '2024-01-02T03:04:05.123456789-05:30'],
    ['', '0001-01-01T00:00:00Z'],
    ['yesterday', 'yesterday'],
  ])('writes the time %j as %s', (created, written) => {
    const config = parseConfigFile(JSON.stringify({ created }));
    expect(JSON.parse(text(marshalConfigFile(config)))).toMatchObject({ created: written });
  });

  it('omits empty values, but keeps an empty health check', () => {
    const config = parseConfigFile(
      '{"config":{"Env":[],"Cmd":null,"Labels":{},"User":"","Tty":false,"StopTimeout":0,"Healthcheck":{},"Volumes":{"/v":null}},"history":[],"os.features":[]}',
    );
    expect(text(marshalConfigFile(config))).toBe(
      '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","rootfs":{"type":"","diff_ids":null},"config":{"Healthcheck":{},"Volumes":{"/v":{}}}}',
    );
  });

  it('throws a TypeError that names the field for a value of another type', () => {
    const wrong = {
      architecture: '',
      os: '',
      rootfs: { type: '', diff_ids: [] },
      config: { Labels: { a: 1 } },
    };
    // A caller without types could pass these values.
    expect(() => marshalConfigFile(wrong as unknown as ConfigFile)).toThrow(
      new TypeError('config.Labels.a must be a string'),
    );
  });
});

describe('marshalManifest', () => {
  it("writes crane's bytes for a manifest with every field", () => {
    const manifest = parseManifest(manifestIn);
    const config = marshalConfigFile(parseConfigFile(configIn));
    const rewritten = { ...manifest.config, size: config.byteLength, digest: sha256Bytes(config) };
    expect(text(marshalManifest({ ...manifest, config: rewritten }))).toBe(manifestByCrane);
  });

  it('writes the fields in declared order, whatever their order in the object', () => {
    const manifest: Manifest = {
      artifactType: 'application/x',
      subject: { size: 2, digest, mediaType: types.ociManifestSchema1 },
      layers: nilSlice,
      config: { digest, size: 1, mediaType: types.ociEmptyJson, data: 'e30=' },
      mediaType: types.ociManifestSchema1,
      schemaVersion: 2,
    };
    expect(text(marshalManifest(manifest))).toBe(
      `{"schemaVersion":2,"mediaType":"${types.ociManifestSchema1}","config":{"mediaType":"${types.ociEmptyJson}","size":1,"digest":"${digest}","data":"e30="},"layers":null,"subject":{"mediaType":"${types.ociManifestSchema1}","size":2,"digest":"${digest}"},"artifactType":"application/x"}`,
    );
  });

  it('L15: round-trips keys that are names of Object.prototype as data', () => {
    const annotations = '"annotations":{"__proto__":"p","constructor":"c","toString":"t"}';
    const body = `{"schemaVersion":2,"config":{"mediaType":"a","size":1,"digest":"${digest}",${annotations}},"layers":[],${annotations},"__proto__":{"polluted":true}}`;
    const manifest = parseManifest(body);
    expect(text(marshalManifest(manifest))).toBe(body);
    expect(Object.getPrototypeOf(manifest)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(manifest.annotations)).toBe(Object.prototype);
    expect('polluted' in manifest).toBe(false);
    expect('polluted' in {}).toBe(false);
  });
});

describe('marshalIndexManifest', () => {
  it('writes the fields in declared order', () => {
    const body = `{"schemaVersion":2,"mediaType":"${types.ociImageIndex}","manifests":[{"mediaType":"${types.ociManifestSchema1}","size":1,"digest":"${digest}","platform":{"architecture":"arm","os":"linux","variant":"v7"}}],"annotations":{"a":"1"},"artifactType":"application/x","x":1}`;
    const index = parseIndexManifest(body);
    const { x, artifactType, annotations, ...rest } = index as typeof index & { x: number };
    expect(text(marshalIndexManifest({ annotations, artifactType, x, ...rest } as typeof index))).toBe(body);
  });
});
