import type { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../errors/archive-invalid.js';
import { withBudgetOf } from './budget.js';
import { asDisposableAs } from './disposable.js';
import { generated } from './generated.js';
import { BLOCK, paddingOf } from './tar-header.js';
import { tarSequence, type TarStep } from './tar-sequence.js';

/**
 * Passes a plain tar on as it is, and fails where it turns out to be none, or to be cut. Headers alone are looked at, in
 * the pass that reads the bytes anyway. Nothing at all counts as an empty tar. Owns the source.
 *
 * @throws {@link ArchiveInvalidError} through the stream.
 */
export function checkedTar(source: Readable, subject: string): Readable {
  const passed = generated(source, async function* () {
    const watch = tarWatch(subject);
    for await (const chunk of source as AsyncIterable<Buffer>) {
      watch.take(chunk);
      yield chunk;
    }
    watch.end();
  });
  return withBudgetOf(source, asDisposableAs(source, passed));
}

/** Is shown the bytes of what should be a tar. Both throw an {@link ArchiveInvalidError} that names the subject. */
export interface TarWatch {
  take(chunk: Buffer): void;
  /** To be called at the end of the bytes. */
  end(): void;
}

export function tarWatch(subject: string): TarWatch {
  const walk = new TarWalk();
  let start: Buffer | undefined;
  const explained = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ArchiveInvalidError)) throw error;
      const form = walk.begun ? undefined : formOf(start);
      const reason = form === undefined ? error.message : `it is ${form.name}, which no runtime unpacks`;
      const unpack = form === undefined ? 'give a whole tar, plain or in gzip or zstd' : form.hint;
      throw new ArchiveInvalidError(`${subject} is not a layer: ${reason}`, {
        cause: error,
        hint: `${unpack}; \`anyLayer\` takes any bytes`,
      });
    }
  };
  return {
    take: (chunk) => {
      if (!walk.begun && chunk.byteLength > 0) start ??= Buffer.from(chunk.subarray(0, 8));
      explained(() => {
        walk.take(chunk);
      });
    },
    end: () => {
      explained(() => {
        walk.end();
      });
    },
  };
}

interface Form {
  readonly name: string;
  readonly magic: string;
  readonly hint: string;
}

const packed = (name: string, magic: string, tool: string): Form => ({
  name: `packed with ${name}`,
  magic,
  hint: `unpack it with \`${tool}\` first`,
});

const FORMS: readonly Form[] = [
  packed('xz', 'fd377a585a', 'xz -d'),
  packed('bzip2', '425a68', 'bzip2 -d'),
  packed('lzip', '4c5a4950', 'lzip -d'),
  packed('lz4', '04224d18', 'lz4 -d'),
  packed('compress', '1f9d', 'uncompress'),
  { name: 'a zip archive', magic: '504b0304', hint: 'unpack it, and give the directory' },
  { name: 'a 7z archive', magic: '377abcaf271c', hint: 'unpack it, and give the directory' },
];

/** What bytes that are not a tar may be. */
function formOf(start: Buffer | undefined): Form | undefined {
  const text = start?.toString('hex') ?? '';
  return FORMS.find(({ magic }) => text.startsWith(magic));
}

/** Follows the headers of a tar that comes in pieces. */
class TarWalk {
  // Nothing is expanded here, so that the holes of sparse files need no cap.
  readonly #sequence = tarSequence({ maxRatio: Infinity, maxBytes: Infinity });
  /** What is there of the next header block, or of the content of an extended header. */
  #gathered: Buffer[] = [];
  #missing = BLOCK;
  #inExtension = false;
  /** Bytes of a body, and of padding, that are still to come. */
  #skip = 0;
  #ended = false;

  /** Whether something was read as a header. */
  begun = false;

  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.byteLength && !this.#ended;) {
      const left = chunk.byteLength - at;
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, left);
        this.#skip -= count;
        at += count;
        continue;
      }
      const count = Math.min(this.#missing, left);
      // Copied, because whoever gets the chunk next may reuse it.
      this.#gathered.push(Buffer.from(chunk.subarray(at, at + count)));
      this.#missing -= count;
      at += count;
      if (this.#missing === 0) this.#step();
    }
  }

  /** @throws {@link ArchiveInvalidError} if the tar is cut; a missing trailer is tolerated. */
  end(): void {
    if (this.#ended) return;
    if (this.#skip > 0 || this.#inExtension || this.#gathered.length > 0) {
      throw new ArchiveInvalidError('tar: unexpected end of data');
    }
    this.#sequence.finish();
  }

  #step(): void {
    const bytes = Buffer.concat(this.#gathered);
    const wasExtension = this.#inExtension;
    this.#gathered = [];
    this.#missing = BLOCK;
    this.#inExtension = false;
    if (!wasExtension) {
      const next = this.#sequence.step(bytes);
      this.begun = true;
      this.#follow(next);
      return;
    }
    this.#skip = paddingOf(bytes.byteLength);
    const step = this.#sequence.extend(bytes);
    if (step !== undefined) this.#follow(step);
  }

  #follow(step: TarStep): void {
    if (step.kind === 'extension') {
      this.#inExtension = true;
      this.#missing = step.size;
      if (step.size === 0) this.#step();
    } else if (step.kind === 'entry') {
      this.#skip += step.stored + paddingOf(step.stored);
    } else if (step.kind === 'end') {
      this.#ended = true;
    }
  }
}
