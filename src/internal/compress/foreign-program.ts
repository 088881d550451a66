import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../async/abort.js';
import { errorCode } from '../error-code.js';
import { budget } from '../streams/budget.js';
import { generated } from '../streams/generated.js';
import { ignoreLateErrors } from '../streams/consume.js';
import type { ForeignFormat } from './foreign-format.js';

/** The part of the program's messages that is kept. */
const MAX_MESSAGE_LENGTH = 1000;

/**
 * Decompresses a stream with the program for its format, such as `xz`, which must be installed. Owns the source.
 *
 * The stream fails with an UnsupportedError if the format has no program or it is not installed, and with an
 * ArchiveInvalidError if the program fails.
 */
export function decompressedByProgram(
  source: Readable,
  { name, unpack }: ForeignFormat,
  { signal }: AbortOptions,
): Readable {
  return generated(source, async function* () {
    const [program = '', ...args] = unpack?.replace(/ FILE$/, '').split(' ') ?? [];
    if (program === '') throw new UnsupportedError(`the format ${name} cannot be decompressed`);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], signal, windowsHide: true });
    let message = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      message = (message + text).slice(0, MAX_MESSAGE_LENGTH);
    });
    const exit = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    // The errors are thrown below; until then they must not count as unhandled.
    exit.catch(() => undefined);
    const feeding = pipeline(source, child.stdin).catch((error: unknown) => error);
    ignoreLateErrors(child.stdout);
    try {
      const cap = budget();
      let size = 0;
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        size += chunk.byteLength;
        cap.check(size, size);
        yield chunk;
      }
      const code = await exit;
      if (code !== 0) throw new ArchiveInvalidError(`${program} failed: ${message.trim()}`);
      const failure = await feeding;
      if (failure !== undefined) throw failure as Error;
    } catch (error) {
      signal?.throwIfAborted();
      throw errorCode(error) === 'ENOENT'
        ? new UnsupportedError(`an archive in the format ${name} needs the program ${program}`, {
            cause: error,
            hint: `install ${program}, or decompress the archive with gzip or zstd`,
          })
        : error;
    } finally {
      child.kill();
    }
  });
}
