import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { LayerEntry } from './layer-tar.js';
import { layerTar } from './layer-tar.js';

export interface Estargz {
  /** The stored layer. */
  readonly blob: Buffer;
  /** The tar inside. */
  readonly tar: Buffer;
  /** The annotations that the manifest has for the layer. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface EstargzOptions {
  /** Bytes of a chunk. @default 4 MiB */
  readonly chunkSize?: number;
  /** Changes the entries of the table of contents, to make a hostile one. */
  readonly change?: (entries: Record<string, unknown>[]) => Record<string, unknown>[];
  /** Changes the compressed layer before its table of contents. */
  readonly changeBytes?: (bytes: Buffer) => void;
  /** Changes the digest in the annotation. */
  readonly digest?: string;
}

const TYPES: Readonly<Record<string, string>> = {
  file: 'reg',
  directory: 'dir',
  symlink: 'symlink',
  link: 'hardlink',
  fifo: 'fifo',
};

/** A layer in the format eStargz: each chunk of a file begins a gzip member, and a table of contents is the last file. */
export async function estargz(
  entries: readonly LayerEntry[],
  { chunkSize = 4 * 1024 * 1024, change = (same) => same, changeBytes, digest }: EstargzOptions = {},
): Promise<Estargz> {
  const members: Buffer[] = [];
  const tars: Buffer[] = [];
  let pending = Buffer.alloc(0);
  let offset = 0;
  const flush = (): void => {
    if (pending.byteLength === 0) return;
    const member = gzipSync(pending);
    members.push(member);
    tars.push(pending);
    offset += member.byteLength;
    pending = Buffer.alloc(0);
  };
  const toc: Record<string, unknown>[] = [];
  for (const entry of entries) {
    const tar = (await layerTar([entry])).subarray(0, -1024);
    const body = Buffer.from(entry.body ?? '');
    const padded = Math.ceil(body.byteLength / 512) * 512;
    const start = tar.byteLength - padded;
    pending = Buffer.concat([pending, tar.subarray(0, start)]);
    const facts = tocEntry(entry, body);
    toc.push(facts);
    for (let at = 0; at < body.byteLength; at += chunkSize) {
      flush();
      const piece = body.subarray(at, at + chunkSize);
      const isMany = body.byteLength > chunkSize;
      const stored = {
        offset,
        chunkDigest: sha256(piece),
        ...(isMany && { chunkOffset: at, chunkSize: piece.length }),
      };
      if (at === 0) Object.entries(stored).forEach(([key, value]) => (facts[key] = value));
      else toc.push({ name: entry.name, type: 'chunk', ...stored });
      pending = Buffer.from(piece);
    }
    pending = Buffer.concat([pending, tar.subarray(start + body.byteLength)]);
  }
  flush();
  const content = Buffer.concat(members);
  changeBytes?.(content);
  const text = JSON.stringify({ version: 1, entries: change(toc) });
  const tocTar = await layerTar([{ name: 'stargz.index.json', body: text }]);
  return {
    blob: Buffer.concat([content, gzipSync(tocTar), footer(content.byteLength)]),
    tar: Buffer.concat([...tars, tocTar]),
    annotations: { 'containerd.io/snapshot/stargz/toc.digest': digest ?? sha256(Buffer.from(text)) },
  };
}

function tocEntry(
  { name, type = 'file', mode = 0o644, uid = 0, gid = 0, mtime = 0, linkName }: LayerEntry,
  body: Buffer,
): Record<string, unknown> {
  return {
    ...{ name, type: TYPES[type], mode, uid, gid },
    modtime: new Date(mtime * 1000).toISOString().replace('.000Z', 'Z'),
    ...(linkName !== undefined && { linkName }),
    ...(type === 'file' && { size: body.byteLength, digest: sha256(body) }),
  };
}

/** An empty gzip member whose extra field has the position of the table of contents. */
function footer(offset: number): Buffer {
  const extra = Buffer.from(`SG\u0016\u0000${offset.toString(16).padStart(16, '0')}STARGZ`, 'latin1');
  const header = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, extra.byteLength, 0]);
  return Buffer.concat([header, extra, Buffer.from([1, 0, 0, 0xff, 0xff]), Buffer.alloc(8)]);
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
