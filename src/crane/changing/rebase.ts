import { RebaseError } from '../../errors/rebase.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { image as emptyImage } from '../../empty/image.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { annotations } from '../../mutate/annotations.js';
import { rebase as rebaseImage } from '../../mutate/rebase.js';
import type { Annotations } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { platformOf as platformOfConfig } from '../../v1/platform-match.js';
import { isIndex } from '../../v1/types.js';
import { find } from '../locations/find.js';
import { mapFound } from './map-found.js';
import { assertSource, foundFrom, type ImageSource, locationIn, sourceText } from '../locations/source.js';
import type { ImageLocation } from '../names/location.js';
import { type CraneOptions, referenceOf } from '../names/options.js';
import type { Pushed } from '../locations/pushed.js';
import { sharedConnection } from '../names/shared-connection.js';
import { registryReference, targetFor } from '../names/target.js';
import { writeTo } from '../locations/write-to.js';
import { isImageIndex } from '../../v1/image-index.js';

/** The two bases, and where the result is written. */
export interface RebaseOptions extends CraneOptions {
  /**
   * Rebases the images of an index for these platforms, or all of them. Each is rebased onto the image of the new base for
   * its own platform.
   *
   * @default `platform`
   */
  readonly platforms?: readonly (Platform | string)[] | 'all' | undefined;
  /**
   * The present base of the image; the text `scratch` means an image without a base.
   *
   * @default the digest in its annotation `org.opencontainers.image.base.digest`
   */
  readonly oldBase?: ImageLocation | undefined;
  /** The new base. @default the name in the image's annotation `org.opencontainers.image.base.name` */
  readonly newBase?: ImageLocation | undefined;
  /** Where the result is written. @default the image's location; a reference by digest gets the new digest */
  readonly tag?: ImageLocation | undefined;
}

/** The result of a rebase. */
export interface Rebased extends Pushed {
  /** Whether the digest differs from that of the original image. */
  readonly changed: boolean;
}

const BASE_NAME = 'org.opencontainers.image.base.name';
const BASE_DIGEST = 'org.opencontainers.image.base.digest';

/**
 * Moves an image, or the image at a location, to another base and pushes the result. The result is annotated with its base,
 * so that the next rebase need not name either base. Layers of the bases are not downloaded.
 *
 * @throws RebaseError if the image is not built on the old base, or a base is not known; `problem` says why.
 * @throws TypeError for an image that is given without `tag`, which says where the result is written.
 * @throws UnsupportedError for an index, unless `platform` or `platforms` selects images of it.
 * @see `mutate.rebase` for what an image keeps.
 */
export async function rebase(source: ImageSource, options: RebaseOptions = {}): Promise<Rebased> {
  const { tag, oldBase, newBase, ...given } = options;
  const { signal } = given;
  assertSource(source);
  const target = targetFor(source, tag);
  const hasOldBase = oldBase !== undefined && registryReference(oldBase) !== 'scratch';
  const bases = [...(hasOldBase ? [oldBase] : []), newBase];
  const craneOptions = { ...given, reuse: sharedConnection([locationIn(source), target, ...bases], given) };
  const subject = sourceText(source);
  const found = await foundFrom(source, craneOptions);
  const chooses = craneOptions.platform !== undefined || craneOptions.platforms !== undefined;
  if (isIndex(found.mediaType) && !chooses) {
    throw new UnsupportedError(`${subject} is an index, which cannot be rebased as a whole`, {
      hint: 'choose one of its images with `platform`, or several with `platforms`',
    });
  }
  const rebased = await mapFound(
    found,
    subject,
    async (image, callOptions) => rebasedImage(image, { ...craneOptions, oldBase, newBase }, callOptions),
    craneOptions,
  );
  const before = isImageIndex(rebased) ? found : await found.image({ signal });
  const pushed = await writeTo(rebased, target, craneOptions);
  return { ...pushed, changed: pushed.digest !== (await before.digest({ signal })) };
}

async function rebasedImage(
  original: Image,
  options: RebaseOptions,
  { signal }: AbortOptions,
): Promise<Image> {
  const { tag: _tag, oldBase: _old, newBase: _new, platforms, ...craneOptions } = options;
  const bases = basesOf((await original.manifest({ signal })).annotations ?? {}, options);
  // If a base is an index, its image for the platform of this image is used.
  const chosen = platforms === undefined ? craneOptions.platform : undefined;
  const platform = chosen ?? platformOfConfig(await original.configFile({ signal }));
  const [oldBaseImage, newBaseImage] = await Promise.all([
    registryReference(bases.oldBase) === 'scratch'
      ? { image: emptyImage }
      : openBase(bases.oldBase, { ...craneOptions, signal, platform }),
    openBase(bases.newBase, { ...craneOptions, signal, platform }),
  ]);
  const baseName = registryReference(bases.newBase);
  return annotations(rebaseImage(original, oldBaseImage.image, newBaseImage.image), {
    [BASE_DIGEST]: newBaseImage.digest,
    // A path is of no use on another machine, so only a reference is noted.
    ...(baseName !== undefined && { [BASE_NAME]: baseName }),
  });
}

function basesOf(
  annotated: Annotations,
  { oldBase, newBase, ...options }: RebaseOptions,
): { readonly oldBase: ImageLocation; readonly newBase: ImageLocation } {
  const newBaseImage = newBase ?? valueOf(annotated, BASE_NAME);
  if (newBaseImage === undefined) throw baseNotNamed('new', BASE_NAME);
  if (oldBase !== undefined) return { oldBase, newBase: newBaseImage };
  const digest = valueOf(annotated, BASE_DIGEST);
  const named = registryReference(newBaseImage);
  if (digest === undefined || named === undefined) throw baseNotNamed('old', BASE_DIGEST);
  return { oldBase: referenceOf(named, options).context().digest(digest).name(), newBase: newBaseImage };
}

function valueOf(annotated: Annotations, name: string): string | undefined {
  const value = Object.hasOwn(annotated, name) ? annotated[name] : undefined;
  return value === '' ? undefined : value;
}

function baseNotNamed(which: 'old' | 'new', annotation: string): RebaseError {
  return new RebaseError('no-base', `the image has no annotation ${annotation}`, {
    hint: `name the ${which} base`,
  });
}

interface Base {
  readonly image: Image;
  /** The digest of the index, if the location holds one. */
  readonly digest: Hash;
}

async function openBase(location: ImageLocation, options: CraneOptions): Promise<Base> {
  const { signal } = options;
  const found = await find(location, options);
  return { image: await found.image({ signal }), digest: await found.digest({ signal }) };
}
