import { createHash } from 'node:crypto';
import type { AbortOptions } from '../../internal/async/abort.js';
import { consume } from '../../internal/streams/consume.js';
import type { TarHeader } from '../../internal/tar/format/header.js';
import type { FileInLayer } from '../view/resolve.js';
import type { Side } from './file-changes.js';

/** What differs between two files of the same path. */
export type FileAspect =
  'type' | 'mode' | 'owner' | 'size' | 'content' | 'target' | 'device' | 'attributes' | 'time';

export interface CompareOptions extends AbortOptions {
  readonly compareTimes: boolean;
}

/** What differs between two files. The contents are compared by digest, and only if their sizes are equal. */
export async function differences(
  before: Side,
  after: Side,
  options: CompareOptions,
): Promise<readonly FileAspect[]> {
  const [old, now] = [headerOf(before), headerOf(after)];
  const [oldType, newType] = [typeOf(before), typeOf(after)];
  if (oldType !== newType) return ['type'];
  const aspects: FileAspect[] = [];
  const differ = (aspect: FileAspect, isDifferent: boolean): void => {
    if (isDifferent) aspects.push(aspect);
  };
  differ('mode', (old.mode & 0o7777) !== (now.mode & 0o7777));
  differ('owner', old.uid !== now.uid || old.gid !== now.gid);
  if (newType === 'file' || newType === 'other') {
    differ('size', old.size !== now.size);
    differ('content', old.size !== now.size || (await haveOtherContent(before, after, options)));
  }
  differ('target', newType === 'symlink' && old.linkName !== now.linkName);
  const isDevice = newType === 'character-device' || newType === 'block-device';
  differ('device', isDevice && (old.deviceMajor !== now.deviceMajor || old.deviceMinor !== now.deviceMinor));
  differ('attributes', !haveSameAttributes(old.pax, now.pax));
  differ('time', options.compareTimes && Math.floor(old.mtime) !== Math.floor(now.mtime));
  return aspects;
}

const IMPLIED = { mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0, linkName: '', pax: {} } as const;

type Compared = Pick<TarHeader, keyof typeof IMPLIED> & Partial<TarHeader>;

function headerOf({ found, source }: Side): Compared {
  return (found.kind === 'directory' ? found.file : source?.file)?.header ?? IMPLIED;
}

function typeOf({ found, source }: Side): string | undefined {
  return found.kind === 'directory' ? 'directory' : source?.file.header.type;
}

async function haveOtherContent(
  { source: before }: Side,
  { source: after }: Side,
  options: AbortOptions,
): Promise<boolean> {
  if (before === undefined || after === undefined || before.file === after.file) return false;
  if (before.file.header.size === 0) return false;
  return (await digestOf(before, options)) !== (await digestOf(after, options));
}

/** The digest that a table of contents, an index or the read of the layer gave; otherwise the content is read. */
async function digestOf({ file, layer }: FileInLayer, options: AbortOptions): Promise<string> {
  if (file.digest?.startsWith('sha256:') === true) return file.digest;
  const hash = createHash('sha256');
  await consume(
    await layer.open(file, options),
    (chunk) => {
      hash.update(chunk);
      return undefined;
    },
    options,
  );
  return `sha256:${hash.digest('hex')}`;
}

function haveSameAttributes(a: TarHeader['pax'], b: TarHeader['pax']): boolean {
  const keys = (pax: TarHeader['pax']): string[] =>
    Object.keys(pax).filter((key) => key.startsWith('SCHILY.xattr.'));
  return keys(a).length === keys(b).length && keys(a).every((key) => a[key] === b[key]);
}
