import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { writeFileAtomic } from '../../internal/files/atomic-file.js';
import { lazy } from '../../internal/async/lazy.js';
import { tryLock } from '../../internal/lock/lock-file.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import type { UploadKey, UploadLocation, UploadStateStore } from '../connection/upload-state.js';

/**
 * Remembers uploads in files, one for each, by default in `$XDG_CACHE_HOME/containerregistry/uploads`.
 *
 * A file holds the URL at which the registry keeps the upload and no credentials; as the URL may serve as one, only
 * the user may read it. Files are removed when their upload is done, or after a week.
 *
 * @throws {@link FileSystemError} from the first upload on, if the directory cannot be made.
 */
export function fileUploadState(directory: string = uploadStateDirectory()): UploadStateStore {
  const ready = lazy(async () => prepare(directory));
  return Object.freeze<UploadStateStore>({
    claim: async (upload, options) => {
      await ready(options);
      const file = path.join(directory, `${nameOf(upload)}.json`);
      const lock = await tryLock(`${file}.lock`, options);
      if (lock === undefined) return undefined;
      let saved = '';
      return {
        location: await read(file, upload),
        save: async (location) => {
          const text = JSON.stringify({ ...upload, ...location });
          if (text === saved) return;
          saved = text;
          // The upload itself goes well: it just cannot be taken up again.
          await writeFileAtomic(file, Buffer.from(text), { mode: 0o600 }).catch(() => undefined);
        },
        forget: async () => unlink(file).catch(() => undefined),
        release: async () => lock.release(),
      };
    },
  });
}

/** Where uploads are remembered if nothing else is said. */
export function uploadStateDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { XDG_CACHE_HOME: cache = '', HOME: home = homedir() } = env;
  // The specification has relative paths ignored.
  return path.join(
    path.isAbsolute(cache) ? cache : path.join(home, '.cache'),
    'containerregistry',
    'uploads',
  );
}

const WEEK_MS = 7 * 24 * 3_600_000;

/** Makes the directory, and removes what no registry will remember. */
async function prepare(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(directory)) {
      if (!/^\.?[0-9a-f]{64}\.json/.test(name)) continue;
      const file = path.join(directory, name);
      const stats = await lstat(file).catch(() => undefined);
      if (stats !== undefined && Date.now() - stats.mtimeMs > WEEK_MS)
        await unlink(file).catch(() => undefined);
    }
  } catch (error) {
    throw fileSystemError('create', directory, error);
  }
}

/** Names may be longer than files', and differ in more than case. */
function nameOf({ registry, repository, digest }: UploadKey): string {
  return createHash('sha256').update([registry, repository, digest].join('\n')).digest('hex');
}

/** What a file says about this very upload; undefined if it says nothing of use. */
async function read(file: string, upload: UploadKey): Promise<UploadLocation | undefined> {
  try {
    const { size } = await lstat(file);
    if (size > MAX_BYTES) return undefined;
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isSaved(value, upload) ? { url: value.url, minChunk: value.minChunk } : undefined;
  } catch {
    return undefined;
  }
}

const MAX_BYTES = 64 * 1024;

function isSaved(value: unknown, upload: UploadKey): value is UploadKey & UploadLocation {
  if (typeof value !== 'object' || value === null) return false;
  const saved: Partial<Record<string, unknown>> = { ...value };
  return (
    saved.registry === upload.registry &&
    saved.repository === upload.repository &&
    saved.digest === upload.digest &&
    typeof saved.url === 'string' &&
    URL.canParse(saved.url) &&
    typeof saved.minChunk === 'number' &&
    Number.isSafeInteger(saved.minChunk) &&
    saved.minChunk >= 0
  );
}
