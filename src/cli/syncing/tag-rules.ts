import { parse, Range } from 'semver';

/** Which tags of a repository are copied. An empty list of ranges or of allowed patterns allows every tag. */
export interface TagRules {
  /** Ranges of versions. */
  readonly semver: readonly Range[];
  /** Patterns that the entire tag must match. */
  readonly allow: readonly RegExp[];
  readonly deny: readonly RegExp[];
}

/** A tag is selected if it is in one of the ranges, matches one of the allowed patterns, and matches no denied one. */
export function tagFilter({ semver, allow, deny }: TagRules): (tag: string) => boolean {
  return (tag) => {
    if (deny.some((pattern) => pattern.test(tag))) return false;
    if (allow.length > 0 && !allow.some((pattern) => pattern.test(tag))) return false;
    if (semver.length === 0) return true;
    const version = versionOf(tag);
    return version !== undefined && semver.some((range) => range.test(version));
  };
}

/**
 * The version that a tag names, such as `v1.2.3`. Parts that are left out, as in `1.2`, are 0. What follows a hyphen is a
 * pre-release, which a range includes only if it names one itself.
 */
function versionOf(tag: string): string | undefined {
  const [, major, minor = '0', patch = '0', rest = ''] =
    /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(-.*)?$/.exec(tag) ?? [];
  if (major === undefined) return undefined;
  return parse(`${major}.${minor}.${patch}${rest}`)?.version;
}

/** A range of versions as npm writes it; undefined if it is not valid. */
export function rangeOf(text: string): Range | undefined {
  try {
    return new Range(text);
  } catch {
    return undefined;
  }
}

/** A pattern for entire tags; undefined if it is not valid. */
export function patternOf(text: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch {
    return undefined;
  }
}
