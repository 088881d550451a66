import { addAbortSignal, Readable } from 'node:stream';
import { compressionOf } from '../../internal/compress/compression.js';
import { foreignFormat } from '../../internal/compress/foreign-format.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { decodeBlock, isZeroBlock } from '../../internal/tar/format/block.js';
import { BLOCK } from '../../internal/tar/format/header.js';
import { UsageError } from '../terminal/exit-code.js';
import { readText } from '../arguments/read-text.js';

/** What stdin can be if the context of a build is `-`. */
export type StdinContext =
  | { readonly kind: 'tar'; readonly stream: Readable }
  | { readonly kind: 'dockerfile'; readonly text: string };

const MAX_DOCKERFILE_BYTES = 8 * 1024 * 1024;

/** Reads the text of a Dockerfile from stdin. */
export async function readDockerfile(stdin: Readable, signal: AbortSignal): Promise<string> {
  return readText(stdin, MAX_DOCKERFILE_BYTES, signal);
}

/**
 * Reads the start of stdin. As with docker, a tar is the context of the build, and anything else is the text of a Dockerfile
 * without a context.
 *
 * @throws UsageError if stdin has a compression that a context cannot have
 */
export async function stdinContext(stdin: Readable, signal: AbortSignal): Promise<StdinContext> {
  const source = addAbortSignal(signal, stdin);
  const rest = source[Symbol.asyncIterator]() as AsyncIterator<Buffer | string, undefined>;
  const head = await readHead(rest);
  const stream = ignoreLateErrors(Readable.from(joined(head, rest), { objectMode: false }));
  if (isTar(head) || compressionOf(head) !== 'none') return { kind: 'tar', stream };
  const format = foreignFormat(head);
  if (format === undefined) return { kind: 'dockerfile', text: await readDockerfile(stream, signal) };
  stream.destroy();
  const command = format.unpack?.replace('FILE', 'CONTEXT');
  throw new UsageError(
    `stdin has the format ${format.name}, but a context is a tar, plain or compressed with gzip or zstd`,
    command === undefined ? undefined : `use \`${command} | gantry build -\``,
  );
}

async function readHead(source: AsyncIterator<Buffer | string, undefined>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  while (size < BLOCK) {
    const next = await source.next();
    if (next.done === true) break;
    const chunk = Buffer.from(next.value);
    size += chunk.byteLength;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

async function* joined(
  head: Buffer,
  rest: AsyncIterator<Buffer | string, undefined>,
): AsyncGenerator<Buffer | string> {
  try {
    if (head.byteLength > 0) yield head;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

function isTar(head: Buffer): boolean {
  if (head.byteLength < BLOCK) return false;
  const block = head.subarray(0, BLOCK);
  if (isZeroBlock(block)) return true;
  try {
    decodeBlock(block);
    return true;
  } catch {
    return false;
  }
}
