import { BadNameError } from '../../errors/invalid/name.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Annotations } from '../../v1/descriptor.js';
import { type Hash, isHash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import { type Platform, platformToString } from '../../v1/platform.js';
import { platformOf } from '../../v1/platform-match.js';
import { isIndex } from '../../v1/types.js';
import type { Found } from '../locations/find.js';
import type { ImageSource } from '../locations/source.js';
import { type ImageLocation, locationText } from '../names/location.js';
import { type CraneOptions, referenceOf } from '../names/options.js';
import { registryReference } from '../names/target.js';
import { baseOf, type RecordedBase } from './base-of.js';
import { CurrentBase } from './current-base.js';
import { childrenOf } from './children.js';
import { openSubject } from './subject.js';

/** How to find the base of an image. */
export interface CheckBaseOptions extends CraneOptions {
  /** The base to compare with. @default the name in the annotation `org.opencontainers.image.base.name` */
  readonly base?: ImageLocation | undefined;
  /** Cap on the number of manifests in an index and in its nested indexes. @default 1000 */
  readonly maxManifests?: number | undefined;
}

/** Whether an image is built on the present content of its base. */
export type BaseStatus = 'current' | 'outdated' | 'unknown';

/** The result of a comparison of an image with its base. */
export interface BaseCheck {
  /** `unknown` if the base is not known, or has no layers to compare. */
  readonly status: BaseStatus;
  /** Why, for a person. */
  readonly reason: string;
  /** What was compared: the recorded digest, or the layers. Undefined if nothing could be compared. */
  readonly method: 'digest' | 'layers' | undefined;
  /** The platform of the image; undefined if the check is about an entire index, or the platform is not known. */
  readonly platform: Platform | undefined;
  /** The name of the base. */
  readonly base: string | undefined;
  /** The digest in the annotation `org.opencontainers.image.base.digest`. */
  readonly recordedDigest: string | undefined;
  /** What the name of the base means now; undefined if only layers were compared. */
  readonly currentDigest: Hash | undefined;
}

/** The status of an image, or of all images of an index. */
export interface CheckedBase {
  /** `outdated` if any of the checks is, or else `unknown` if any of them is. */
  readonly status: BaseStatus;
  /** One check for an image, or for an index that records its base; otherwise one for each image of the index. */
  readonly checks: readonly BaseCheck[];
}

/**
 * Compares an image with the present content of its base. If the digest of the base is recorded, it is compared with the
 * present digest of the base, or of its images, and no layer or config is looked at. Otherwise the image must begin with
 * the layers of the base, which are compared by their uncompressed content (the diff IDs).
 *
 * A recorded digest costs two requests, or three if it differs and the base is an index. A comparison of layers costs up to
 * five for each image. With `platform`, only that image of an index is checked.
 *
 * @throws NotFoundError if the image or the base does not exist.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md
 */
export async function checkBase(source: ImageSource, options: CheckBaseOptions = {}): Promise<CheckedBase> {
  const { base, maxManifests, ...craneOptions } = options;
  const { signal } = craneOptions;
  const { found, options: shared } = await openSubject(source, craneOptions);
  const bases = new Bases(base, shared);
  const parts = await partsOf(found, shared, bases, maxManifests);
  const checks: BaseCheck[] = [];
  for (const part of parts) checks.push(await bases.check(part, { signal }));
  const statuses = checks.map(({ status }) => status);
  const status = (['outdated', 'unknown'] as const).find((one) => statuses.includes(one));
  return { status: status ?? (checks.length === 0 ? 'unknown' : 'current'), checks };
}

/** An image to check, or an index that records its base. */
interface Part {
  readonly annotations: Annotations | undefined;
  readonly image: Image | undefined;
  /** The platform that an index lists for the image. */
  readonly platform: Platform | undefined;
}

async function partsOf(
  found: Found,
  options: CraneOptions,
  bases: Bases,
  maxManifests: number | undefined,
): Promise<readonly Part[]> {
  const { signal, platform } = options;
  if (!isIndex(found.mediaType) || platform !== undefined) {
    const image = await found.image({ signal });
    return [{ image, annotations: (await image.manifest({ signal })).annotations, platform: undefined }];
  }
  const index = await found.imageIndex({ signal });
  const { annotations } = await index.indexManifest({ signal });
  if (bases.recordedDigest(baseOf(annotations)) !== undefined)
    return [{ image: undefined, annotations, platform: undefined }];
  const parts: Part[] = [];
  for (const { image, inspected } of await childrenOf(index, { ...options, maxManifests })) {
    if (image === undefined) continue;
    const own = (await image.manifest({ signal })).annotations;
    parts.push({ image, annotations: { ...annotations, ...own }, platform: inspected.platform });
  }
  return parts;
}

/** The bases that the images of one check have. Each is looked up once. */
class Bases {
  readonly #given: ImageLocation | undefined;
  readonly #options: CraneOptions;
  readonly #known = new Map<string, CurrentBase>();

  constructor(given: ImageLocation | undefined, options: CraneOptions) {
    this.#given = given;
    this.#options = options;
  }

  /** The digest that annotations record for the base. It says nothing about another base that the caller names. */
  recordedDigest(recorded: RecordedBase | undefined): Hash | undefined {
    const { name, digest } = recorded ?? {};
    if (digest === undefined || !isHash(digest) || (name ?? this.#given) === undefined) return undefined;
    if (this.#given === undefined || name === undefined) return digest;
    const given = registryReference(this.#given);
    return given !== undefined && this.#nameOf(given) === this.#nameOf(name) ? digest : undefined;
  }

  async check(part: Part, options: AbortOptions): Promise<BaseCheck> {
    const recorded = baseOf(part.annotations);
    const location = this.#given ?? recorded?.name;
    const recordedDigest = this.recordedDigest(recorded);
    const facts = {
      platform: part.platform,
      base: location === undefined ? undefined : locationText(location),
      recordedDigest: recorded?.digest,
      currentDigest: undefined,
      method: undefined,
    };
    if (location === undefined)
      return { ...facts, status: 'unknown', reason: 'the image does not record the name of its base' };
    if (registryReference(location) === 'scratch')
      return { ...facts, status: 'current', reason: 'the image has no base' };
    if (this.#given === undefined && typeof location === 'string' && this.#nameOf(location) === undefined)
      return { ...facts, status: 'unknown', reason: 'the recorded name of the base is not a reference' };
    const current = this.#current(location);
    if (recordedDigest !== undefined) {
      const [currentDigest, isCurrent] = await current.has(recordedDigest, options);
      const status = isCurrent ? 'current' : 'outdated';
      const reason = isCurrent
        ? 'the recorded digest is that of the base'
        : 'the base has another digest than the recorded one';
      return { ...facts, method: 'digest', currentDigest, status, reason };
    }
    if (part.image === undefined)
      return { ...facts, status: 'unknown', reason: 'the index does not record the digest of its base' };
    return { ...facts, ...(await compareLayers(part.image, part.platform, current, options)) };
  }

  #current(location: ImageLocation): CurrentBase {
    const key = locationText(location);
    const known = this.#known.get(key) ?? new CurrentBase(location, this.#options);
    this.#known.set(key, known);
    return known;
  }

  /** The complete name of a reference; undefined if the text, which may come from an annotation, is not a reference. */
  #nameOf(reference: string): string | undefined {
    try {
      return referenceOf(reference, this.#options).name();
    } catch (error) {
      if (error instanceof BadNameError) return undefined;
      throw error;
    }
  }
}

type LayerComparison = Pick<BaseCheck, 'status' | 'reason' | 'method' | 'platform'>;

async function compareLayers(
  image: Image,
  listed: Platform | undefined,
  current: CurrentBase,
  options: AbortOptions,
): Promise<LayerComparison> {
  const config = await image.configFile(options);
  const platform = listed ?? platformOf(config);
  let base: Image;
  try {
    base = await current.image(platform, options);
  } catch (error) {
    if (!(error instanceof NotFoundError) || platform === undefined || !(await current.exists(options)))
      throw error;
    const reason = `the base has no image for ${platformToString(platform)}`;
    return { status: 'unknown', reason, method: undefined, platform };
  }
  const layers = (await base.configFile(options)).rootfs.diff_ids;
  if (layers.length === 0)
    return { status: 'unknown', reason: 'the base has no layers', method: undefined, platform };
  const isPrefix = layers.every((diffId, at) => config.rootfs.diff_ids[at] === diffId);
  const reason = isPrefix
    ? 'the image begins with the layers of the base'
    : 'the image does not begin with the layers of the base';
  return { status: isPrefix ? 'current' : 'outdated', reason, method: 'layers', platform };
}
