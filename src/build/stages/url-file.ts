import { posix } from 'node:path';
import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import { leaf, type LeafNode } from '../../tree/nodes/node.js';
import { storedContent } from '../../tree/layers/stored-content.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { spool } from '../../internal/files/spool.js';
import { hashed } from '../../internal/streams/verify.js';
import { fetchFile } from '../../transport/session/fetch-file.js';
import { hashAlgorithm, newHash } from '../../v1/hash.js';
import { remoteOptions, type CraneOptions } from '../../crane/names/options.js';
import type { WorkDirectory } from '../options/work-directory.js';

/** Files of the web have these permissions, as in BuildKit. */
const MODE = 0o600;

/** Whether a source of ADD is a file of the web. */
export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** The name of the file that a URL leads to. */
export function fileNameOf(url: string): string {
  const base = URL.canParse(url) ? posix.basename(decodePath(new URL(url).pathname)) : '';
  return base === '' ? '__unnamed__' : base;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * Downloads a file. Its time is that of the header `Last-Modified`, or else zero.
 *
 * @throws DigestMismatchError if the file does not have the digest of `--checksum`
 * @throws NotFoundError or TransportError if it cannot be downloaded
 */
export async function downloadFile(
  url: string,
  checksum: string | undefined,
  { work, crane, signal }: AbortOptions & { readonly work: WorkDirectory; readonly crane: CraneOptions },
): Promise<LeafNode> {
  const expected = checksum === undefined || checksum === '' ? undefined : newHash(checksum);
  const { platform: _platform, auth: _auth, ...client } = remoteOptions(crane);
  const response = await fetchFile(new URL(url), { ...client, signal });
  const { stream, tally } = hashed(response.body, expected && hashAlgorithm(expected));
  const file = work.keep(await spool(stream, { dir: work.path, signal }));
  const actual = newHash(tally.digest());
  if (expected !== undefined && actual !== expected)
    throw new DigestMismatchError(`ADD ${url}`, expected, actual);
  const modified = Date.parse(response.headers['last-modified'] ?? '');
  return leaf({
    type: 'file',
    ...{ mode: MODE, uid: 0, gid: 0 },
    modified: { seconds: Number.isNaN(modified) ? 0 : Math.floor(modified / 1000), nanoseconds: 0 },
    content: storedContent(file, { offset: 0, size: file.size }),
  });
}
