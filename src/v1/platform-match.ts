import type { ConfigFile } from './config-file.js';
import type { Platform } from './platform.js';

/** Whether two platforms are the same. The order of features does not matter; an absent field equals an empty one. */
export function platformEquals(a: Platform, b: Platform): boolean {
  return (
    a.os === b.os &&
    a.architecture === b.architecture &&
    (a.variant ?? '') === (b.variant ?? '') &&
    (a['os.version'] ?? '') === (b['os.version'] ?? '') &&
    sameList(a['os.features'], b['os.features']) &&
    sameList(a.features, b.features)
  );
}

/**
 * Whether a platform matches a specification. A field that the specification leaves empty matches anything; the platform
 * may have more features than the specification names.
 */
export function platformSatisfies(platform: Platform, specification: Platform): boolean {
  return (
    satisfies(platform.os, specification.os) &&
    satisfies(platform.architecture, specification.architecture) &&
    satisfies(platform.variant, specification.variant) &&
    satisfies(platform['os.version'], specification['os.version']) &&
    includesAll(platform['os.features'], specification['os.features']) &&
    includesAll(platform.features, specification.features)
  );
}

/** The platform that a config names; undefined if it names none, as in the config of an artifact. */
export function platformOf(config: ConfigFile): Platform | undefined {
  const { os, architecture, variant = '', 'os.version': version = '', 'os.features': features = [] } = config;
  if (os === '' && architecture === '' && variant === '' && version === '' && features.length === 0)
    return undefined;
  return Object.freeze({
    architecture,
    os,
    ...(version !== '' && { 'os.version': version }),
    ...(features.length > 0 && { 'os.features': features }),
    ...(variant !== '' && { variant }),
  });
}

function satisfies(actual: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || wanted === '' || wanted === actual;
}

function includesAll(actual: readonly string[] = [], wanted: readonly string[] = []): boolean {
  const set = new Set(actual);
  return wanted.every((feature) => set.has(feature));
}

function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  if (a.length !== b.length) return false;
  const [left, right] = [[...a].sort(), [...b].sort()];
  return left.every((feature, index) => feature === right[index]);
}
