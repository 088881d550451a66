import type { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../errors/invalid/archive.js';
import { TransportError } from '../errors/service/transport.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Hash } from '../v1/hash.js';
import type { Platform } from '../v1/platform.js';
import type { BodyObserver } from './engine/response-body.js';
import type { Engine } from './engine/engine.js';
import { escapeInPath } from './inspect.js';
import { findErrorMessage } from './engine/message-lines.js';

/** The archive of an image, as the daemon writes it. The stream fails if it does not end as a tar does. */
export async function exportImage(
  engine: Engine,
  id: Hash,
  { platform, signal }: AbortOptions & { readonly platform?: Platform | undefined },
): Promise<Readable> {
  const operation = `export image ${id}`;
  const query =
    platform === undefined || !engine.speaks('1.48')
      ? ''
      : `?platform=${encodeURIComponent(JSON.stringify(platform))}`;
  const call = { method: 'GET', path: `/images/${escapeInPath(id)}/get${query}`, operation } as const;
  return engine.open(call, { signal, observer: checkTarEnd(operation, engine.host) });
}

const BLOCK_BYTES = 512;

/** A tar ends with two blocks of zeros. */
const TRAILER_BYTES = 2 * BLOCK_BYTES;

/** A daemon that fails during an export has sent its status before. Its error message follows the incomplete tar. */
const TAIL_BYTES = 8 * 1024;

function checkTarEnd(operation: string, host: string): BodyObserver {
  const tail = Buffer.alloc(TAIL_BYTES);
  let size = 0;
  return {
    take(chunk) {
      size += chunk.byteLength;
      const kept = chunk.subarray(-TAIL_BYTES);
      tail.copyWithin(0, kept.byteLength);
      kept.copy(tail, TAIL_BYTES - kept.byteLength);
    },
    end() {
      const endsWithTrailer = tail.subarray(-TRAILER_BYTES).every((byte) => byte === 0);
      if (size >= TRAILER_BYTES && size % BLOCK_BYTES === 0 && endsWithTrailer) return;
      const text = tail.subarray(-Math.min(size, TAIL_BYTES)).toString('latin1');
      const reason = findErrorMessage(text.slice(Math.max(text.lastIndexOf('{"errorDetail"'), 0)));
      if (reason !== undefined) {
        throw new TransportError(`${operation}: the daemon failed during the export: ${reason} (${host})`, {
          url: host,
        });
      }
      throw new ArchiveInvalidError(
        `${operation}: the archive is truncated: it ends after ${size} bytes (${host})`,
        {
          hint: 'see the log of the daemon for the reason',
        },
      );
    },
  };
}
