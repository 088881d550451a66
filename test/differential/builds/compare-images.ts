import { readTar } from '../../../src/internal/tar/reader.js';
import type { ConfigFile, Image } from '../../../src/v1/index.js';
import { collect } from '../../../src/internal/streams/collect.js';
import { createHash } from 'node:crypto';

/** What two builders have to agree on. */
export interface BuildSummary {
  readonly config: unknown;
  readonly history: readonly unknown[];
  /** For each layer that the build made, its entries sorted by name. */
  readonly layers: readonly (readonly string[])[];
}

/** Times that are later than this one are those of the build. */
export type TimeOf = (seconds: number) => string;

/** Describes an image without the first layers, which are those of the base. */
export async function summaryOf(image: Image, baseLayers: number, since: number): Promise<BuildSummary> {
  const { created: _created, history = [], rootfs: _rootfs, ...config } = await image.configFile();
  const layers = (await image.layers()).slice(baseLayers);
  return {
    config: withoutEmpty(config),
    history: history.map(({ created: _time, ...step }) => step),
    layers: await Promise.all(
      layers.map(async (layer) => entriesOf(await layer.uncompressed(), (seconds) => timeOf(seconds, since))),
    ),
  };
}

function timeOf(seconds: number, since: number): string {
  return seconds >= since ? 'now' : String(seconds);
}

type Opened = Awaited<ReturnType<Awaited<ReturnType<Image['layers']>>[number]['uncompressed']>>;

async function entriesOf(tar: Opened, time: TimeOf): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { header, body } of readTar(tar)) {
    const { type, mode, uid, gid, name, linkName, mtime, size, pax } = header;
    const bytes = await collect(body, { maxBytes: 1024 * 1024 * 1024, subject: name });
    const content = type === 'file' ? createHash('sha256').update(bytes).digest('hex').slice(0, 8) : '';
    const attributes = Object.entries(pax).filter(([key]) => key.startsWith('SCHILY.xattr.'));
    // A whiteout is only a name; BuildKit and this builder give it other metadata.
    const isWhiteout = /(?:^|\/)\.wh\./.test(name);
    lines.push(
      isWhiteout
        ? `${name} (whiteout)`
        : [
            name.replace(/\/$/, ''),
            type,
            mode.toString(8),
            `${uid}:${gid}`,
            linkName,
            time(Math.floor(mtime)),
            ...(type === 'file' ? [size, content] : []),
            ...attributes.flat(),
          ].join(' '),
    );
  }
  return lines.sort();
}

/** A config without members that are empty: whether an encoder writes them has no meaning. */
function withoutEmpty(config: Omit<ConfigFile, 'created' | 'history' | 'rootfs'>): unknown {
  return JSON.parse(
    JSON.stringify(config, (_key, value: unknown) => (value === null || value === '' ? undefined : value)),
  );
}
