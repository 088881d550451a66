import type { ConfigFile } from './config-file.js';
import type { Platform } from './platform.js';

/** Whether two platforms are the same; the order of features does not matter, and absent equals empty. */
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

/** Whether a platform is what a specification asks for: fields that the specification leaves empty match anything. */
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

/** The platform that a config names; undefined if it names none, as configs of artifacts do. */
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

function satisfies(have: string | undefined, want: string | undefined): boolean {
  return want === undefined || want === '' || want === have;
}

function includesAll(have: readonly string[] = [], want: readonly string[] = []): boolean {
  const set = new Set(have);
  return want.every((feature) => set.has(feature));
}

function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  if (a.length !== b.length) return false;
  const [left, right] = [[...a].sort(), [...b].sort()];
  return left.every((feature, index) => feature === right[index]);
}
