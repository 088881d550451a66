import { Readable } from 'node:stream';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { inOrder } from '../../internal/async/in-order.js';
import { discard } from '../../internal/streams/consume.js';
import type { TarHeaderInput } from '../../internal/tar/format/encode.js';
import type { TarWriter } from '../../internal/tar/tar.js';
import { isMetadata, markerOf, whiteoutOf } from '../../mutate/merge/archive-path.js';
import type { TreeNode } from '../nodes/node.js';
import type { Change } from './difference.js';

/** Number of files that are opened ahead of their turn. */
const AHEAD = 16;

/**
 * Writes the entries of a layer. The contents that are in archives must be loaded.
 *
 * @param maxSeconds - later times are replaced by this one
 * @throws UnsupportedError for a file whose name has a special meaning in a layer
 */
export async function writeChanges(
  changes: readonly Change[],
  tar: TarWriter,
  { maxSeconds = Infinity, signal }: AbortOptions & { readonly maxSeconds?: number | undefined },
): Promise<void> {
  const load = async (change: Change): Promise<Loaded> => {
    const header = headerOf(change, maxSeconds);
    if (change.kind !== 'node' || change.node.type !== 'file') return { header };
    return { header, body: (await change.node.content?.open({ signal })) ?? new Uint8Array() };
  };
  const drop = ({ body }: Loaded): void => {
    if (body instanceof Readable) discard(body);
  };
  for await (const { header, body } of inOrder(changes, AHEAD, load, drop)) await tar.add(header, body);
}

interface Loaded {
  readonly header: TarHeaderInput;
  readonly body?: Readable | Uint8Array | undefined;
}

function headerOf(change: Change, maxSeconds: number): TarHeaderInput {
  if (change.kind === 'whiteout') return { name: whiteoutOf(change.path), type: 'file' };
  const { path, node } = change;
  if (markerOf(path) !== undefined || isMetadata(path)) {
    throw new UnsupportedError(
      `${JSON.stringify(path)}: a file with such a name deletes other files in a layer, or is not visible`,
      { hint: 'leave it out with --exclude or .dockerignore' },
    );
  }
  const header = metadataHeader(path, node, maxSeconds);
  return change.kind === 'link' ? { ...header, type: 'link', linkName: change.target, size: 0 } : header;
}

function metadataHeader(path: string, node: TreeNode, maxSeconds: number): TarHeaderInput {
  const { mode, uid, gid, modified, attributes } = node;
  const shared = {
    ...{ mode, uid, gid },
    mtime: Math.min(modified.seconds, maxSeconds),
    ...(attributes && { pax: attributes }),
  };
  if (node.type === 'directory')
    return { ...shared, type: 'directory', name: path === '' ? './' : `${path}/` };
  const { type, target, content, deviceMajor, deviceMinor } = node;
  const isDevice = type === 'character-device' || type === 'block-device';
  return {
    ...shared,
    ...{ name: path, type, linkName: target, size: content?.size ?? 0 },
    ...(isDevice && { deviceMajor, deviceMinor }),
  };
}
