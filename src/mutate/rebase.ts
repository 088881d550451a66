import { assertImage } from '../v1/assert-content.js';
import { RebaseError } from '../errors/rebase.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { ConfigFile, History } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import { platformToString } from '../v1/platform.js';
import { isConfig } from '../v1/types.js';
import { familyOf, inFamily } from './views/family.js';
import { emptySteps, layersIn, paddedHistory } from './layers/history-steps.js';
import { baseSlots, changedImage, type LayerSlot } from './views/image-view.js';
import { slotWithMediaType } from './layers/slots.js';

/**
 * Moves the layers that `original` added to `oldBase` onto `newBase`.
 *
 * The result has the layers and the history of the new base, followed by those that the original added. It has the
 * platform of the new base, if the new base has one. Everything else comes from the original: config, manifest type,
 * annotations, subject. The old base fits if its layers are the first layers of the original, in any compression. The
 * media types of the new base's layers are changed to the original's family. Layers that a history does not describe
 * get empty steps. Only manifests and configs are read.
 *
 * @throws RebaseError when the result is read, if the images do not fit together. Its `reason` says why.
 */
export function rebase(original: Image, oldBase: Image, newBase: Image): Image {
  assertImage('original', original);
  assertImage('oldBase', oldBase);
  assertImage('newBase', newBase);
  return changedImage(original, {
    layers: async (slots, options) => {
      const oldSlots = await baseSlots(oldBase, options);
      await checkFit(original, oldBase, newBase, options);
      await checkBase(slots, oldSlots, options);
      const family = familyOf(await original.mediaType(options));
      const newSlots = (await baseSlots(newBase, options)).map((slot) =>
        slotWithMediaType(slot, (type) => inFamily(type, family)),
      );
      return [...newSlots, ...slots.slice(oldSlots.length)];
    },
    config: async (config, options) => {
      const [old, base] = await Promise.all([oldBase.configFile(options), newBase.configFile(options)]);
      const [own, oldCount, newCount] = await Promise.all(
        [original, oldBase, newBase].map(async (image) => (await image.manifest(options)).layers.length),
      );
      return {
        // The config of an image that was made only of layers may have no platform.
        ...(base.os === '' ? config : { ...withoutPlatform(config), ...platformOf(base) }),
        history: history(config, old, base, own ?? 0, oldCount ?? 0, newCount ?? 0),
      };
    },
  });
}

async function checkFit(
  original: Image,
  oldBase: Image,
  newBase: Image,
  options: AbortOptions,
): Promise<void> {
  for (const [image, what] of [
    [original, 'the image'],
    [oldBase, 'the old base'],
    [newBase, 'the new base'],
  ] as const) {
    const { mediaType } = (await image.manifest(options)).config;
    if (isConfig(mediaType)) continue;
    throw new RebaseError('artifact', `${what} is an artifact, with a config of type ${mediaType}`);
  }
  const [own, base] = await Promise.all([original.configFile(options), newBase.configFile(options)]);
  for (const field of ['os', 'architecture', 'variant'] as const) {
    if (isUnset(own[field]) || isUnset(base[field]) || own[field] === base[field]) continue;
    const [ours, theirs] = [own, base].map((config) => platformToString(platformOf(config)));
    throw new RebaseError('platform', `the image is for ${ours}, but the new base for ${theirs}`);
  }
}

function isUnset(field: string | undefined): boolean {
  return field === undefined || field === '';
}

async function checkBase(
  layers: readonly LayerSlot[],
  base: readonly LayerSlot[],
  options: AbortOptions,
): Promise<void> {
  if (base.length > layers.length) {
    throw new RebaseError(
      'not-a-base',
      `the old base has ${base.length} layers, the image only ${layers.length}`,
    );
  }
  for (const [at, slot] of base.entries()) {
    const layer = layers[at];
    if (layer === undefined || (await isSameLayer(layer, slot, options))) continue;
    const [own, old] = await Promise.all([layer.descriptor(options), slot.descriptor(options)]);
    throw new RebaseError(
      'not-a-base',
      `layer ${at + 1} of the image is ${own.digest}, but that of the old base is ${old.digest}`,
    );
  }
}

async function isSameLayer(one: LayerSlot, other: LayerSlot, options: AbortOptions): Promise<boolean> {
  const [a, b] = await Promise.all([one.descriptor(options), other.descriptor(options)]);
  return a.digest === b.digest || (await one.diffId(options)) === (await other.diffId(options));
}

function history(
  config: ConfigFile,
  oldBase: ConfigFile,
  newBase: ConfigFile,
  layerCount: number,
  oldCount: number,
  newCount: number,
): readonly History[] {
  const own = checkedHistory(config, layerCount, 'the image');
  const base = checkedHistory(newBase, newCount, 'the new base');
  if (own.length === 0 && base.length === 0) return [];
  const below = paddedHistory(base, newCount);
  return [...below, ...ownSteps(own, oldBase.history ?? [], layerCount, oldCount)];
}

/** The steps of the layers that the image added to its old base. */
function ownSteps(
  own: readonly History[],
  old: readonly History[],
  layerCount: number,
  oldCount: number,
): readonly History[] {
  const added = layerCount - oldCount;
  if (own.length === 0) return emptySteps(added);
  // An image on a base without history often describes only the layers that it added.
  if (old.length === 0 && layersIn(own) === added) return own;
  const padded = paddedHistory(own, layerCount);
  return padded.slice(countBaseSteps(padded, old, oldCount));
}

function checkedHistory(
  { history: steps = [] }: ConfigFile,
  layerCount: number,
  subject: string,
): readonly History[] {
  const described = layersIn(steps);
  if (described <= layerCount) return steps;
  // It is unknown which of the steps made no layer.
  throw new RebaseError(
    'history',
    `the history of ${subject} describes ${described} layers, but it has ${layerCount}`,
  );
}

/**
 * How many steps of the image's history belong to the old base. If the history of the base describes all its layers,
 * that is its length, as far as the image's history has as many layers there. Otherwise, all steps up to the last layer
 * of the base belong to it.
 */
function countBaseSteps(steps: readonly History[], base: readonly History[], layerCount: number): number {
  if (layersIn(base) === layerCount && layersIn(steps.slice(0, base.length)) === layerCount)
    return base.length;
  let layers = 0;
  let at = 0;
  for (; at < steps.length && layers < layerCount; at += 1) if (steps[at]?.empty_layer !== true) layers += 1;
  return at;
}

function platformOf(
  config: ConfigFile,
): Pick<ConfigFile, 'architecture' | 'os' | 'os.version' | 'os.features' | 'variant'> {
  const { architecture, os, 'os.version': version, 'os.features': features, variant } = config;
  return {
    architecture,
    os,
    ...(version !== undefined && { 'os.version': version }),
    ...(features !== undefined && { 'os.features': features }),
    ...(variant !== undefined && { variant }),
  };
}

function withoutPlatform({
  'os.version': _version,
  'os.features': _features,
  variant: _variant,
  ...config
}: ConfigFile): ConfigFile {
  return config;
}
