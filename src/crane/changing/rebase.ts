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
import { formatLocation, type Place } from '../locations/location.js';
import { type CraneOptions, referenceOf } from '../locations/options.js';
import type { Pushed } from '../locations/push-from.js';
import { referenceText, targetFor } from '../locations/target.js';
import { writeTo } from '../locations/write-to.js';
import { isImageIndex } from '../../v1/image-index.js';

export interface RebaseOptions extends CraneOptions {
  /** Rebases these images of an index, or all, each onto the image of the new base for its platform. @default `platform` */
  readonly platforms?: readonly (Platform | string)[] | 'all' | undefined;
  /**
   * The base that the image has now; the text `scratch` for none.
   *
   * @default the digest in its annotation `org.opencontainers.image.base.digest`
   */
  readonly oldBase?: Place | undefined;
  /** The base that it gets. @default the name in its annotation `org.opencontainers.image.base.name` */
  readonly newBase?: Place | undefined;
  /** Where the result goes. @default where the image is; a reference by digest gets the new digest */
  readonly tag?: Place | undefined;
}

/** What was pushed, and whether anything changed. */
export interface Rebased extends Pushed {
  readonly changed: boolean;
}

const BASE_NAME = 'org.opencontainers.image.base.name';
const BASE_DIGEST = 'org.opencontainers.image.base.digest';

/**
 * Puts an image onto another base and pushes the result, annotated with its base, so that the next
 * time neither base has to be named. Layers of either base are not downloaded.
 *
 * @throws {@link RebaseError} if the images do not fit together, with the reason.
 * @throws {@link UnsupportedError} for an index, unless `platform` or `platforms` choose images of it.
 * @see `mutate.rebase` for what is kept.
 */
export async function rebase(place: Place, options: RebaseOptions = {}): Promise<Rebased> {
  const { tag, oldBase: _old, newBase: _new, ...crane } = options;
  const { signal } = crane;
  const target = targetFor(place, tag);
  const found = await find(place, crane);
  if (isIndex(found.mediaType) && crane.platform === undefined && crane.platforms === undefined) {
    throw new UnsupportedError(
      `${typeof place === 'string' ? place : formatLocation(place)} is an index, which cannot be rebased as a whole`,
      {
        hint: 'choose one of its images with `platform`, or several with `platforms`',
      },
    );
  }
  const subject = typeof place === 'string' ? place : formatLocation(place);
  const rebased = await mapFound(found, subject, async (image, o) => rebasedImage(image, options, o), crane);
  const before = isImageIndex(rebased) ? found : await found.image({ signal });
  const pushed = await writeTo(rebased, target, crane);
  return { ...pushed, changed: pushed.digest !== (await before.digest({ signal })) };
}

async function rebasedImage(
  original: Image,
  options: RebaseOptions,
  { signal }: AbortOptions,
): Promise<Image> {
  const { tag: _tag, oldBase: _old, newBase: _new, platforms, ...crane } = options;
  const bases = basesOf((await original.manifest({ signal })).annotations ?? {}, options);
  // Bases for many platforms are indexes, of which the image's own counts.
  const chosen = platforms === undefined ? crane.platform : undefined;
  const platform = chosen ?? platformOfConfig(await original.configFile({ signal }));
  const [under, onto] = await Promise.all([
    referenceText(bases.oldBase) === 'scratch'
      ? { image: emptyImage }
      : openBase(bases.oldBase, { ...crane, signal, platform }),
    openBase(bases.newBase, { ...crane, signal, platform }),
  ]);
  const baseName = referenceText(bases.newBase);
  return annotations(rebaseImage(original, under.image, onto.image), {
    [BASE_DIGEST]: onto.digest,
    // A place on a disk says nothing to others.
    ...(baseName !== undefined && { [BASE_NAME]: baseName }),
  });
}

function basesOf(
  annotated: Annotations,
  { oldBase, newBase, ...options }: RebaseOptions,
): { readonly oldBase: Place; readonly newBase: Place } {
  const onto = newBase ?? valueOf(annotated, BASE_NAME);
  if (onto === undefined) throw noBase('new', BASE_NAME);
  if (oldBase !== undefined) return { oldBase, newBase: onto };
  const digest = valueOf(annotated, BASE_DIGEST);
  const named = referenceText(onto);
  if (digest === undefined || named === undefined) throw noBase('old', BASE_DIGEST);
  return { oldBase: referenceOf(named, options).context().digest(digest).name(), newBase: onto };
}

function valueOf(annotated: Annotations, name: string): string | undefined {
  const value = Object.hasOwn(annotated, name) ? annotated[name] : undefined;
  return value === '' ? undefined : value;
}

function noBase(which: 'old' | 'new', annotation: string): RebaseError {
  return new RebaseError('no-base', `the image has no annotation ${annotation}`, {
    hint: `name the ${which} base`,
  });
}

interface Base {
  readonly image: Image;
  /** That of the index, if the reference names one. */
  readonly digest: Hash;
}

async function openBase(place: Place, options: CraneOptions): Promise<Base> {
  const { signal } = options;
  const found = await find(place, options);
  return { image: await found.image({ signal }), digest: await found.digest({ signal }) };
}
