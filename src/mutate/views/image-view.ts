import { NotComputedError } from '../../errors/stream-state.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import { compressedToImage } from '../../partial/compressed-image.js';
import { assertImage } from '../../v1/assert-content.js';
import type { ConfigFile } from '../../v1/config-file.js';
import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import { type Hash, sha256Bytes } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import type { Manifest } from '../../v1/manifest.js';
import { marshalChangedConfigFile, marshalManifest } from '../../v1/documents/marshal.js';
import type { MediaType } from '../../v1/media-type.js';
import { isConfig } from '../../v1/types.js';
import { artifactConfigError } from './artifact-config.js';
import { checkCount, setStatedDiffIds, statedDiffIds, type StatedDiffIds } from './stated-diff-ids.js';
import { descriptorAfterChange, equalHashes, annotationsAfterChange } from './byte-annotations.js';

/** A layer and how the manifest and the config list it. */
export interface LayerSlot {
  readonly layer: Layer;
  /** How the manifest lists the layer. */
  descriptor(options?: AbortOptions): Promise<Descriptor>;
  /** Digest of the layer's tar, as the config lists it. */
  diffId(options?: AbortOptions): Promise<Hash>;
  /** The diff ID that a config states. Missing for a new layer, whose diff ID is computed from its content. */
  statedDiffId?(options: AbortOptions): Promise<Hash | undefined>;
}

/** The change that a view makes to its base. If a member is missing, its part is not changed. */
export interface ImageChange {
  /** Receives the slots of the base and returns those of the view, the lowest layer first. */
  layers?(
    base: readonly LayerSlot[],
    options: AbortOptions,
  ): readonly LayerSlot[] | Promise<readonly LayerSlot[]>;
  /** Receives the config with the diff IDs of the changed layers. Not called for artifacts, whose config is opaque. */
  config?(config: ConfigFile, options: AbortOptions): ConfigFile | Promise<ConfigFile>;
  /** What is requested, if an artifact cannot have it because its config is opaque. It is refused for artifacts. */
  readonly imagesOnly?: string | undefined;
  readonly configMediaType?: MediaType | ((base: MediaType) => MediaType);
  readonly mediaType?: MediaType;
  /** The diff IDs of a config that replaces the old one. They need not match the layers. */
  readonly diffIds?: readonly Hash[];
  /** Receives the manifest with the changed layers and config. */
  manifest?(manifest: Manifest): Manifest;
}

interface Computed {
  readonly rawManifest: Uint8Array;
  readonly rawConfigFile: Uint8Array;
  readonly layers: ReadonlyMap<Hash, Layer>;
}

/**
 * An image that is equal to its base except for one change. Nothing is read before a method is called. Documents that
 * the change does not touch keep their exact bytes; a document that it touches keeps all other fields.
 */
export function changedImage(base: Image, change: ImageChange): Image {
  assertImage('base', base);
  const slots = lazy(async (options) => {
    const kept = await baseSlots(base, options);
    return change.layers === undefined ? kept : change.layers(kept, options);
  });

  const mediaType = async (options?: AbortOptions): Promise<MediaType> =>
    change.mediaType ?? base.mediaType(options);

  const computed = lazy(async (options): Promise<Computed> => {
    const manifest = await base.manifest(options);
    const listed = await slots(options);
    const layers = await Promise.all(listed.map(async (slot) => slot.descriptor(options)));
    const configType = changedConfigType(change, manifest.config.mediaType);
    const rawConfigFile = await changedConfig(base, change, configType, listed, options);
    const changed: Manifest = {
      ...manifest,
      ...(change.mediaType !== undefined && { mediaType: change.mediaType }),
      config: await configDescriptor(manifest.config, configType, rawConfigFile, options),
      layers,
      annotations: await imageAnnotations(base, listed, layers, options),
    };
    return {
      rawManifest: marshalManifest(change.manifest?.(changed) ?? changed),
      rawConfigFile,
      layers: new Map(layers.map(({ digest }, at) => [digest, listed[at]?.layer] as const).filter(hasLayer)),
    };
  });

  const image = compressedToImage(
    {
      mediaType,
      rawManifest: async (options) => (await computed(options)).rawManifest,
      rawConfigFile: async (options) => (await computed(options)).rawConfigFile,
      layerByDigest: async (digest, _descriptor, options) => {
        const layer = (await computed(options)).layers.get(digest);
        if (layer === undefined) throw new TypeError(`layer ${digest} is listed but was not kept`);
        return layer;
      },
    },
    // The size of the config was checked when it was read or made.
    { maxConfigBytes: Number.MAX_SAFE_INTEGER },
  );
  const view = Object.freeze<Image>({
    ...image,
    layers: async (options) => {
      try {
        return await image.layers(options);
      } catch (error) {
        // The manifest needs the digests of one-shot streams. A sink gets the layers to read these streams first.
        if (error instanceof NotComputedError) return (await slots(options)).map(({ layer }) => layer);
        throw error;
      }
    },
  });
  return setStatedDiffIds(view, async (options): Promise<StatedDiffIds | undefined> => {
    if (change.diffIds !== undefined) return checkCount(change.diffIds, (await slots(options)).length);
    if (change.layers === undefined) return statedDiffIds(base, options);
    return Promise.all((await slots(options)).map(async (slot) => slot.statedDiffId?.(options)));
  });
}

/** The slots of an image's layers, unchanged. */
export async function baseSlots(base: Image, options: AbortOptions): Promise<readonly LayerSlot[]> {
  return (await base.layers(options)).map((layer, at) => baseSlot(base, layer, at));
}

/** The slot of an unchanged layer. */
function baseSlot(base: Image, layer: Layer, at: number): LayerSlot {
  return {
    layer,
    descriptor: async (options) => {
      const listed = (await base.manifest(options)).layers[at];
      if (listed === undefined) throw new TypeError(`the image lists no layer ${at}`);
      return listed;
    },
    diffId: async (options) => (await base.configFile(options)).rootfs.diff_ids[at] ?? layer.diffId(options),
    statedDiffId: async (options) => (await statedDiffIds(base, options))?.[at],
  };
}

async function changedConfig(
  base: Image,
  change: ImageChange,
  configType: MediaType,
  slots: readonly LayerSlot[],
  options: AbortOptions,
): Promise<Uint8Array> {
  if (change.imagesOnly !== undefined && !isConfig(configType)) {
    throw artifactConfigError(change.imagesOnly, configType);
  }
  const untouched = change.layers === undefined && change.config === undefined;
  if (untouched || !isConfig(configType)) return base.rawConfigFile(options);
  const config = await base.configFile(options);
  const diffIds =
    change.layers === undefined
      ? config.rootfs.diff_ids
      : await Promise.all(slots.map(async (slot) => slot.diffId(options)));
  const sameLayers = diffIds.join() === config.rootfs.diff_ids.join();
  if (sameLayers && change.config === undefined) return base.rawConfigFile(options);
  // Readers refuse a config without `rootfs.type`, which the config of an image without layers may lack.
  const type = config.rootfs.type || 'layers';
  const relayered: ConfigFile = { ...config, rootfs: { ...config.rootfs, type, diff_ids: diffIds } };
  return marshalChangedConfigFile((await change.config?.(relayered, options)) ?? relayered);
}

function changedConfigType({ configMediaType }: ImageChange, base: MediaType): MediaType {
  return typeof configMediaType === 'function' ? configMediaType(base) : (configMediaType ?? base);
}

/** Keeps all other fields of the descriptor. If the old config was embedded in `data`, the new one is, too. */
async function configDescriptor(
  base: Descriptor,
  mediaType: MediaType,
  config: Uint8Array,
  options: AbortOptions,
): Promise<Descriptor> {
  const now = { mediaType, size: config.byteLength, digest: sha256Bytes(config) };
  const changed = await descriptorAfterChange(base, now, () => false, options);
  return {
    ...changed,
    ...(base.data !== undefined && { data: Buffer.from(config).toString('base64') }),
  };
}

/** The annotations of the manifest, without those that describe layers which have changed. */
async function imageAnnotations(
  base: Image,
  slots: readonly LayerSlot[],
  layers: readonly Descriptor[],
  options: AbortOptions,
): Promise<Annotations | undefined> {
  const { annotations, layers: before } = await base.manifest(options);
  const digestsOf = (some: readonly Descriptor[]): readonly Hash[] => some.map(({ digest }) => digest);
  const stored = equalHashes(digestsOf(layers), digestsOf(before));
  if (stored) return annotations;
  const content = async (options: AbortOptions): Promise<boolean> => {
    const kept = await baseSlots(base, options);
    const idsOf = async (some: readonly LayerSlot[]): Promise<readonly Hash[]> =>
      Promise.all(some.map(async (slot) => slot.diffId(options)));
    return equalHashes(await idsOf(slots), await idsOf(kept));
  };
  return annotationsAfterChange(annotations, { stored: () => stored, content }, options);
}

function hasLayer(entry: readonly [Hash, Layer | undefined]): entry is readonly [Hash, Layer] {
  return entry[1] !== undefined;
}
