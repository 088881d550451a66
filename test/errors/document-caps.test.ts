import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { putManifest } from '../../src/crane/uploading/put-manifest.js';
import { isContainerError } from '../../src/errors/base.js';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import * as layout from '../../src/layout/index.js';
import { name as matchName } from '../../src/match/matchers.js';
import * as mutate from '../../src/mutate/index.js';
import { parseReference } from '../../src/name/index.js';
import { newDigest } from '../../src/name/digest.js';
import * as partial from '../../src/partial/index.js';
import { index as randomIndex } from '../../src/random/image-index.js';
import { image as randomImage } from '../../src/random/image.js';
import * as remote from '../../src/remote/index.js';
import * as tarball from '../../src/tarball/index.js';
import { loadHosts } from '../../src/transport/index.js';
import { newHash } from '../../src/v1/index.js';
import { ociConfigJson, ociImageIndex, ociManifestSchema1 } from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { tarEntries } from '../support/archives/tar-entries.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useServers } from '../support/servers/http-server.js';
import { startRegistry } from '../support/servers/start-registry.js';
import { sha256Of } from '../support/tools/read-all.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const servers = useServers();

/** Values that exceed the caps of all documents. */
const hostileValues: readonly (readonly [string, unknown])[] = [
  ['too deep', Array.from({ length: 70 }).reduce<unknown>((inner) => [inner], [])],
  ['too long', new Array(1_000_001).fill(0)],
];

/** The same for a document that may have 100 000 values and 1 MiB. */
const shortened = (hostile: unknown): unknown =>
  Array.isArray(hostile) ? hostile.slice(0, 100_001) : hostile;

const blob = { digest: `sha256:${'0'.repeat(64)}`, size: 2 };
const manifestOf = (hostile: unknown) => ({
  schemaVersion: 2,
  mediaType: ociManifestSchema1,
  config: { ...blob, mediaType: ociConfigJson },
  layers: [],
  hostile,
});
const indexOf = (hostile: unknown) => ({
  schemaVersion: 2,
  mediaType: ociImageIndex,
  manifests: [],
  hostile,
});
const configOf = (hostile: unknown) => ({ rootfs: { type: 'layers', diff_ids: [] }, hostile });
const bytesOf = (document: unknown): Buffer => Buffer.from(JSON.stringify(document));

/** A layout whose `index.json` lists the document. The entry may lack a media type. */
async function layoutOf(document: unknown, mediaType?: string): Promise<layout.Path> {
  const opened = await layout.fromPath(dir.path('layout'), { create: true });
  const bytes = bytesOf(document);
  const digest = newHash(sha256Of(bytes));
  await opened.writeBlob(digest, Readable.from([bytes], { objectMode: false }));
  const manifests = [{ digest, size: bytes.byteLength, mediaType }];
  await writeFile(dir.path('layout/index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  return opened;
}

const openArchive = async (archive: Uint8Array): Promise<unknown> =>
  tarball.image(() => Readable.from([archive], { objectMode: false }));

/** The host of a server that sends this document for every GET, and accepts everything else. */
async function serverOf(document: unknown, mediaType: string): Promise<string> {
  const { host } = await servers.http((request, response) => {
    request.resume();
    request.once('end', () => {
      const isRead = request.method === 'GET' && request.url !== '/v2/';
      response.writeHead(isRead || request.url === '/v2/' ? 200 : 201, { 'content-type': mediaType });
      response.end(isRead ? bytesOf(document) : undefined);
    });
  });
  return host;
}

async function pushToRegistry(document: unknown, mediaType: string): Promise<never> {
  const registry = await startRegistry();
  try {
    const response = await fetch(`${registry.url}/v2/app/manifests/v1`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: bytesOf(document),
    });
    throw new Error(await response.text());
  } finally {
    await registry.close();
  }
}

const LAYER_ID = 'a'.repeat(64);

/**
 * A call that makes the file of the source parse a document with a hostile value. `ignores` marks a file that continues
 * without the document, so that no error is expected.
 */
interface Site {
  readonly file: string;
  readonly call: (hostile: unknown) => Promise<unknown>;
  readonly ignores?: true;
}

const sites: readonly Site[] = [
  ...[manifestOf, indexOf].map((make) => ({
    file: 'crane/uploading/put-manifest.ts',
    call: async (hostile: unknown) => putManifest('registry.example/app:v1', bytesOf(make(hostile))),
  })),
  {
    file: 'layout/garbage.ts',
    call: async (hostile) => (await layoutOf(manifestOf(hostile), ociManifestSchema1)).garbageCollect(),
  },
  {
    file: 'layout/garbage.ts',
    call: async (hostile) => (await layoutOf(indexOf(hostile), ociImageIndex)).garbageCollect(),
  },
  {
    file: 'layout/index-file.ts',
    call: async (hostile) => {
      const opened = await layoutOf(manifestOf(0), ociManifestSchema1);
      await writeFile(dir.path('layout/index.json'), bytesOf(indexOf(hostile)));
      await opened.removeDescriptors(matchName('app'));
    },
  },
  {
    file: 'layout/layout-file.ts',
    call: async (hostile) => {
      await layoutOf(manifestOf(0), ociManifestSchema1);
      await writeFile(dir.path('layout/oci-layout'), bytesOf({ imageLayoutVersion: '1.0.0', hostile }));
      await layout.fromPath(dir.path('layout'));
    },
  },
  {
    file: 'mutate/views/any-manifest.ts',
    call: async (hostile) =>
      mutate
        .annotations({ rawManifest: async () => bytesOf(manifestOf(hostile)) }, { key: 'value' })
        .rawManifest(),
  },
  {
    file: 'partial/config-values.ts',
    call: async (hostile) => partial.configFile({ rawConfigFile: async () => bytesOf(configOf(hostile)) }),
  },
  {
    file: 'partial/index-from-core.ts',
    call: async (hostile) => {
      const { manifests } = await randomIndex(10, 1, 1).indexManifest();
      const { digest } = manifests[0] ?? blob;
      const opened = await layoutOf(indexOf(hostile), ociImageIndex);
      await opened.image(newHash(digest));
    },
  },
  ...[manifestOf, indexOf].map((make) => ({
    file: 'partial/listed-media-types.ts',
    call: async (hostile: unknown) => (await (await layoutOf(make(hostile))).imageIndex()).indexManifest(),
  })),
  {
    file: 'partial/manifest-values.ts',
    call: async (hostile) => partial.manifest({ rawManifest: async () => bytesOf(manifestOf(hostile)) }),
  },
  {
    file: 'registry/store/manifest-document.ts',
    call: async (hostile) => pushToRegistry(manifestOf(hostile), ociManifestSchema1),
  },
  {
    file: 'registry/store/manifest-document.ts',
    call: async (hostile) => pushToRegistry(indexOf(hostile), ociImageIndex),
  },
  {
    file: 'remote/push/link-subject.ts',
    ignores: true,
    call: async (hostile) => {
      const document = { ...manifestOf(hostile), subject: { ...blob, mediaType: ociManifestSchema1 } };
      const host = await serverOf(document, ociManifestSchema1);
      await remote.put(parseReference(`${host}/app:v1`), {
        mediaType: ociManifestSchema1,
        rawManifest: async () => bytesOf(document),
      });
    },
  },
  {
    file: 'remote/read/manifest-descriptor.ts',
    ignores: true,
    call: async (hostile) => {
      const host = await serverOf(manifestOf(hostile), ociManifestSchema1);
      await remote.get(parseReference(`${host}/app:v1`));
    },
  },
  {
    file: 'remote/read/referrers.ts',
    call: async (hostile) => {
      const host = await serverOf(indexOf(hostile), ociImageIndex);
      await remote.referrers(newDigest(`${host}/app@${blob.digest}`));
    },
  },
  {
    file: 'tarball/documents/archive-manifest.ts',
    call: async (hostile) =>
      openArchive(dockerTar(dockerArchive({ layers: [tarOf(['a', 'b'])], manifestEntry: { hostile } }))),
  },
  {
    file: 'tarball/read/docker-image.ts',
    call: async (hostile) =>
      openArchive(dockerTar(dockerArchive({ layers: [tarOf(['a', 'b'])], config: { hostile } }))),
  },
  {
    file: 'tarball/read/legacy-config.ts',
    call: async (hostile) =>
      openArchive(tarEntries({ name: `${LAYER_ID}/json`, content: bytesOf({ id: LAYER_ID, hostile }) })),
  },
  {
    file: 'tarball/read/legacy.ts',
    call: async (hostile) =>
      openArchive(
        tarEntries(
          { name: `${LAYER_ID}/json`, content: bytesOf({ id: LAYER_ID }) },
          { name: 'repositories', content: bytesOf({ hostile }) },
        ),
      ),
  },
  {
    file: 'transport/hosts/hosts-file.ts',
    call: async (hostile) => {
      await mkdir(dir.path('hosts'));
      await writeFile(dir.path('hosts/hosts.json'), bytesOf({ registries: shortened(hostile) }));
      await loadHosts({ hostsFile: dir.path('hosts/hosts.json'), registriesConf: false, certsDirs: [] });
    },
  },
  {
    file: 'validate/config.ts',
    call: async (hostile) =>
      validate.image({ ...randomImage(10, 1), rawConfigFile: async () => bytesOf(configOf(hostile)) }),
  },
  {
    file: 'validate/image.ts',
    call: async (hostile) =>
      validate.image({ ...randomImage(10, 1), rawManifest: async () => bytesOf(manifestOf(hostile)) }),
  },
  {
    file: 'validate/image-index.ts',
    call: async (hostile) =>
      validate.index({ ...randomIndex(10, 1, 1), rawManifest: async () => bytesOf(indexOf(hostile)) }),
  },
];

/** What an error and its causes say: messages, hints and names of options. */
function textsOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const hint = isContainerError(error) ? error.hint : undefined;
  const option = error instanceof LimitExceededError ? error.option : undefined;
  return [error.message, hint ?? '', option ?? '', ...textsOf(error.cause)];
}

const failureOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

/** The files of the source whose text matches, without those of the parsers. */
const filesWith = (pattern: RegExp): readonly string[] =>
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => file.endsWith('.ts') && !/^(v1\/documents|internal\/json)\//.test(file))
    .filter((file) => pattern.test(readFileSync(path.join('src', file), 'utf8')))
    .sort();

describe('a document that exceeds the caps of its parser', () => {
  describe.each(sites.map((site) => [site.file, site] as const))('in %s', (_file, { call, ignores }) => {
    it.each(hostileValues)('causes no error that names an option, if it is %s', async (_how, hostile) => {
      const texts = textsOf(await failureOf(call(hostile)));
      if (ignores === true) expect(texts).toEqual([]);
      else expect(texts.join('\n')).toMatch(/exceeds the limit of \d+/);
      expect(texts.join('\n')).not.toMatch(/max[A-Z]/);
    });
  });

  it('was tried in each file of the source that parses documents', () => {
    const parsing = filesWith(/\b(?:decode(?:Manifest|IndexManifest|ConfigFile|Document)|parseStrictJson)\(/);
    const passing = filesWith(/findInManifest\([^)]*, decode(?:Index)?Manifest,/);
    const tried = [...new Set(sites.map(({ file }) => file))].sort();
    expect([...new Set([...parsing, ...passing])].sort()).toEqual(tried);
  });

  it('is parsed by functions whose options raise the caps only for users of the package', () => {
    expect(filesWith(/documents\/parse\.js'/)).toEqual(['v1/index.ts']);
  });
});
