import { deepFreeze } from '../internal/json/freeze.js';
import { goJson } from '../internal/json/go-json.js';
import type { DescriptorMatcher } from '../partial/find.js';
import type { Annotations, Descriptor } from '../v1/descriptor.js';
import type { IndexManifest } from '../v1/manifest.js';
import { marshalIndexManifest } from '../v1/documents/marshal.js';
import type { Platform } from '../v1/platform.js';
import { indentJson } from './indent-json.js';

/** Additions to an entry of `index.json`. */
export interface EntryOptions {
  /** Added to the descriptor's annotations, such as `org.opencontainers.image.ref.name`. */
  readonly annotations?: Annotations | undefined;
  /** Added to the descriptor's URLs. */
  readonly urls?: readonly string[] | undefined;
  /** Replaces the descriptor's platform. */
  readonly platform?: Platform | undefined;
}

/** Adds the options to a descriptor. */
export function withEntryOptions(
  descriptor: Descriptor,
  { annotations, urls, platform }: EntryOptions,
): Descriptor {
  return deepFreeze<Descriptor>({
    ...descriptor,
    ...(urls && { urls: [...(descriptor.urls ?? []), ...urls] }),
    ...(annotations && { annotations: { ...descriptor.annotations, ...annotations } }),
    ...(platform && { platform: { ...platform } }),
  });
}

/** Adds an entry at the end. If an entry has the same digest, platform and annotations, it is replaced at its position. */
export function withEntry(index: IndexManifest, entry: Descriptor): IndexManifest {
  const name = identityOf(entry);
  const at = index.manifests.findIndex((known) => identityOf(known) === name);
  return at < 0
    ? { ...index, manifests: [...index.manifests, entry] }
    : { ...index, manifests: index.manifests.with(at, entry) };
}

/** Removes the entries that match. */
export function withoutEntries(index: IndexManifest, matcher: DescriptorMatcher): IndexManifest {
  return { ...index, manifests: index.manifests.filter((entry) => !matcher(entry)) };
}

/** The content of an `index.json`, with the white space that go-containerregistry writes. */
export function indexFileContent(index: IndexManifest): Uint8Array {
  return Buffer.from(indentJson(Buffer.from(marshalIndexManifest(index)).toString()));
}

function identityOf({ digest, platform, annotations }: Descriptor): string {
  const sorted = Object.entries(annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return goJson([digest, Object.entries(platform ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)), sorted]);
}
