import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { UnsafePathError } from '../../errors/invalid/path.js';
import type { TarEntry, TarHeader } from '../tar/tar.js';
import { attributesOf, type AttributeRules, dropsPrivileges, IMPLIED_ATTRIBUTES } from './attributes.js';
import { NameClashes } from './name-clashes.js';
import { assertLength, assertPortable, plainPath, TOP, type UnpackStep } from './name.js';
import type { UnpackOptions, UnpackTotals } from './options.js';
import { keepsOwnersByDefault } from './owners.js';
import { addWithParents, Removals } from './removals.js';
import type { UnpackTarget } from './target.js';
import { UnpackTree } from './tree.js';

const MAX_BYTES = 64 * 1024 ** 3;

/** Writes the entries of an archive into a directory, one after the other. */
export class Unpacker {
  readonly #options: UnpackOptions;
  readonly #rules: AttributeRules;
  readonly #target: UnpackTarget;
  readonly #portable: boolean;
  readonly #clashes: NameClashes | undefined;
  readonly #tree: UnpackTree;
  readonly #removals: Removals;
  readonly #written: Set<string> | undefined;
  readonly #totals = {
    directories: 0,
    files: 0,
    symbolicLinks: 0,
    hardLinks: 0,
    bytes: 0,
    skipped: 0,
    privilegesDropped: 0,
    attributesDropped: 0,
  };

  constructor(target: UnpackTarget, options: UnpackOptions, confusesNames: boolean) {
    this.#options = options;
    this.#target = target;
    this.#portable = options.portable ?? process.platform === 'win32';
    this.#clashes = confusesNames ? new NameClashes() : undefined;
    this.#rules = {
      keepOwners: options.keepOwners ?? keepsOwnersByDefault(),
      keepPrivileges: options.keepPrivileges ?? false,
    };
    const written = options.readName === undefined ? undefined : new Set<string>();
    this.#written = written;
    this.#tree = new UnpackTree(target.root, {
      signal: options.signal,
      replacesDirectories: target.isReplaceable || written !== undefined,
      replacesParents: (path) => written !== undefined && !written.has(path),
    });
    this.#removals = new Removals(target.root, this.#tree, written ?? new Set());
    if (target.isNew) this.#tree.directories.set(TOP, IMPLIED_ATTRIBUTES);
  }

  /** Unpacks the next entry. Its file may still be being written when the call resolves. */
  async take(entry: TarEntry): Promise<void> {
    const step = this.#read(entry.header.name);
    if (step.kind === 'remove') await this.#removals.remove(step.path);
    else if (step.kind === 'empty') await this.#removals.empty(step.path);
    else if (step.kind === 'put' && step.path === TOP) this.#takeTop(entry.header);
    else if (step.kind === 'put') await this.#takeFile(step.path, entry);
  }

  async finish(): Promise<UnpackTotals> {
    await this.#tree.finish();
    return { ...this.#totals };
  }

  /** Waits until no file is being written. */
  async settled(): Promise<void> {
    await this.#tree.settled();
  }

  #read(name: string): UnpackStep {
    const { readName } = this.#options;
    const step: UnpackStep = readName === undefined ? { kind: 'put', path: plainPath(name) } : readName(name);
    if (step.kind !== 'ignore') assertLength(step.path);
    return step;
  }

  async #takeFile(path: string, entry: TarEntry): Promise<void> {
    const { header } = entry;
    const { type } = header;
    if (this.#portable) assertPortable(path);
    if (!isSupported(type)) {
      this.#skip(path, header, 'unsupported-type');
      return;
    }
    const other = this.#clashes?.add(path, type === 'directory');
    if (other !== undefined) {
      if (this.#options.nameClashes !== 'skip') throw clash(path, other);
      this.#skip(path, header, 'name-clash');
      return;
    }
    if (Object.keys(header.pax).some(isAttribute)) this.#totals.attributesDropped += 1;
    await this.#write(path, entry);
    if (this.#written !== undefined) addWithParents(this.#written, path);
  }

  async #write(path: string, entry: TarEntry): Promise<void> {
    const { header } = entry;
    const totals = this.#totals;
    const tree = this.#tree;
    const attributes = attributesOf(header, this.#rules);
    switch (header.type) {
      case 'directory':
        totals.directories += 1;
        await tree.putDirectory(path, attributes);
        break;
      case 'symlink':
        totals.symbolicLinks += 1;
        await tree.putSymbolicLink(path, attributes, header.linkName);
        break;
      case 'link': {
        totals.hardLinks += 1;
        const target = this.#read(header.linkName);
        await tree.putHardLink(path, target.kind === 'put' ? target.path : header.linkName);
        break;
      }
      default:
        totals.files += 1;
        totals.bytes += header.size;
        if (dropsPrivileges(header, this.#rules)) totals.privilegesDropped += 1;
        this.#checkBytes();
        await tree.putFile(path, attributes, entry);
    }
  }

  #checkBytes(): void {
    const { maxBytes = MAX_BYTES } = this.#options;
    if (this.#totals.bytes > maxBytes) {
      throw new LimitExceededError('unpack: the size of all files', maxBytes, 'maxBytes');
    }
  }

  #takeTop(header: TarHeader): void {
    if (header.type !== 'directory') {
      throw new UnsafePathError('unpack: an entry that is not a directory has the name of the root');
    }
    if (!this.#target.isNew) return;
    this.#tree.directories.set(TOP, attributesOf(header, this.#rules));
  }

  #skip(path: string, { type }: TarHeader, reason: 'unsupported-type' | 'name-clash'): void {
    this.#totals.skipped += 1;
    this.#options.onSkip?.({ path, type, reason });
  }
}

function isSupported(type: TarHeader['type']): boolean {
  return type === 'file' || type === 'directory' || type === 'symlink' || type === 'link';
}

function isAttribute(key: string): boolean {
  return key.startsWith('SCHILY.xattr.') || key.startsWith('LIBARCHIVE.xattr.');
}

function clash(path: string, other: string): UnsafePathError {
  return new UnsafePathError(
    `unpack: the file system cannot distinguish ${JSON.stringify(path)} from ${JSON.stringify(other)}`,
    { hint: 'unpack it on a file system that distinguishes case, or skip such names with `nameClashes`' },
  );
}
