import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { compareUtf8, goJson } from '../../internal/json/go-json.js';
import { lazy } from '../../internal/async/lazy.js';
import type { WithRawManifest } from '../../partial/manifest-values.js';
import type { Annotations } from '../../v1/descriptor.js';
import type { MediaType } from '../../v1/media-type.js';
import { decodeDocument } from '../../v1/documents/decode-document.js';

/** A manifest of any kind: its exact bytes, and its media type if that is known. The result of `remote.get` is one. */
export interface AnyManifest extends WithRawManifest {
  /** The media type, or a method that reads it. */
  readonly mediaType?: MediaType | ((options?: AbortOptions) => Promise<MediaType>) | undefined;
}

/** The manifest with changed annotations, for `remote.put`. Its members are sorted, as Go does for a map. */
export function annotatedManifest(
  base: AnyManifest,
  change: (before: Annotations) => Annotations,
): AnyManifest {
  const { mediaType } = base;
  const changed = lazy(async (options) => {
    const document = objectOf(decodeDocument(await base.rawManifest(options), 'manifest'));
    const { annotations: before = {}, ...rest } = document;
    const annotations = change(annotationsOf(before));
    const kept = Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
    return Buffer.from(goJson(sorted(kept)));
  });
  return Object.freeze<AnyManifest>({
    rawManifest: async (options) => changed(options),
    // The method may use `this`, so it is called on its object.
    mediaType: typeof mediaType === 'function' ? async (options) => mediaType.call(base, options) : mediaType,
  });
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new ManifestInvalidError('annotate: the manifest is not an object');
}

function annotationsOf(value: unknown): Annotations {
  const members = Object.entries(value === null ? {} : objectOf(value));
  const bad = members.find(([, text]) => typeof text !== 'string');
  if (bad !== undefined) {
    throw new ManifestInvalidError(`annotate: the annotation ${JSON.stringify(bad[0])} is not a string`);
  }
  // The values were checked to be strings above.
  return Object.fromEntries(members) as Annotations;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => compareUtf8(a, b));
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]));
}
