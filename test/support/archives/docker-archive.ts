import { sha256Of } from '../tools/read-all.js';
import { tarEntries, type TestEntry } from './tar-entries.js';

export interface DockerArchiveOptions {
  /** Content of the files of the layers. */
  readonly layers: readonly Uint8Array[];
  /** The tars of the layers, if the files are compressed. @default the files */
  readonly tars?: readonly Uint8Array[];
  /** Names of the files. @default Docker's classic ones */
  readonly names?: readonly string[];
  readonly tags?: readonly string[] | null;
  readonly configName?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Added to the entry of manifest.json. */
  readonly manifestEntry?: Readonly<Record<string, unknown>>;
}

/** The entries that `docker save` writes, before they are put into a tar. */
export interface DockerArchive {
  readonly config: Buffer;
  readonly entries: readonly TestEntry[];
  readonly manifestEntry: Readonly<Record<string, unknown>>;
}

export function dockerArchive(options: DockerArchiveOptions): DockerArchive {
  const { layers, tars = layers } = options;
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: tars.map(sha256Of) },
      config: {},
      ...options.config,
    }),
  );
  const hex = sha256Of(config).slice('sha256:'.length);
  const names = options.names ?? layers.map((layer) => `${sha256Of(layer).slice(7)}/layer.tar`);
  const configName = options.configName ?? `${hex}.json`;
  return {
    config,
    entries: [
      { name: configName, content: config },
      ...layers.map((content, at) => ({ name: names[at] ?? '', content })),
    ],
    manifestEntry: {
      Config: configName,
      RepoTags: options.tags ?? null,
      Layers: names,
      ...options.manifestEntry,
    },
  };
}

/** One tar of several images. */
export function dockerTar(...archives: readonly DockerArchive[]): Buffer {
  const manifest = JSON.stringify(archives.map(({ manifestEntry: manifestEntry }) => manifestEntry));
  return tarEntries(...archives.flatMap(({ entries }) => entries), {
    name: 'manifest.json',
    content: manifest,
  });
}
