import type { Annotations } from '../../v1/descriptor.js';

/** The image that another image was built on, as annotations name it. */
export interface RecordedBase {
  /** The annotation `org.opencontainers.image.base.name`: a reference, usually with a tag. */
  readonly name: string | undefined;
  /** The annotation `org.opencontainers.image.base.digest`: what the name meant when the image was built. */
  readonly digest: string | undefined;
}

/**
 * The base that annotations name; undefined if they have neither a name nor a digest.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md
 */
export function baseOf(annotations: Annotations = {}): RecordedBase | undefined {
  const value = (key: string): string | undefined => {
    const found = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
    return found === '' ? undefined : found;
  };
  const name = value('org.opencontainers.image.base.name');
  const digest = value('org.opencontainers.image.base.digest');
  return name === undefined && digest === undefined ? undefined : { name, digest };
}
