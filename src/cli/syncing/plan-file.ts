import { isContainerError } from '../../errors/base.js';
import type { ReferrersToCopy } from '../../crane/copying/referrers.js';
import { parseEntry, type SyncEntry } from '../../crane/syncing/plan.js';
import { parsePlatform } from '../../v1/platform.js';
import { type Node, PlanReader } from './plan-reader.js';
import { patternOf, rangeOf, tagFilter, type TagRules } from './tag-rules.js';

const VALUES = ['platforms', 'referrers', 'digestTags'] as const;

/**
 * Parses a file that lists images and their targets.
 *
 * @throws UsageError with the file, the line and the column of the first mistake.
 */
export function parsePlan(text: string, file: string): readonly SyncEntry[] {
  const reader = new PlanReader(text, file);
  const root = reader.map(reader.root, ['defaults', 'sync'], 'the file');
  const defaults = root.has('defaults')
    ? valuesOf(reader, reader.map(root.get('defaults') ?? null, VALUES, '`defaults`'))
    : {};
  const entries = root.get('sync');
  if (entries === undefined) return reader.fail(reader.root, '`sync` is missing', 'list the images under it');
  return reader.list(entries, '`sync`').map((node) => entryOf(reader, node, defaults));
}

type Values = Pick<SyncEntry, (typeof VALUES)[number]>;

function entryOf(reader: PlanReader, node: Node, defaults: Values): SyncEntry {
  const keys = ['source', 'target', 'targets', 'tags', ...VALUES];
  const values = reader.map(node, keys, 'an entry of `sync`');
  const source = values.get('source');
  if (source === undefined) return reader.fail(node, '`source` is missing', 'name a repository or an image');
  const targets = [...textsIn(reader, values, 'target'), ...textsIn(reader, values, 'targets')];
  if (targets.length === 0)
    return reader.fail(
      node,
      '`target` is missing',
      'name a repository or an image, or several with `targets`',
    );
  const entry: SyncEntry = {
    source: reader.text(source, '`source`'),
    targets,
    ...(values.has('tags') && { tags: tagsOf(reader, values.get('tags') ?? null) }),
    ...defaults,
    ...valuesOf(reader, values),
  };
  try {
    parseEntry(entry, {});
  } catch (error) {
    if (error instanceof TypeError || isContainerError(error)) return reader.fail(node, error.message);
    throw error;
  }
  return entry;
}

function textsIn(reader: PlanReader, values: ReadonlyMap<string, Node>, key: string): readonly string[] {
  const node = values.get(key);
  return node === undefined ? [] : reader.texts(node, `\`${key}\``).map(([text]) => text);
}

function valuesOf(reader: PlanReader, values: ReadonlyMap<string, Node>): Values {
  const platforms = values.get('platforms');
  const referrers = values.get('referrers');
  const digestTags = values.get('digestTags');
  return {
    ...(platforms !== undefined && { platforms: platformsOf(reader, platforms) }),
    ...(referrers !== undefined && { referrers: referrersOf(reader, referrers) }),
    ...(digestTags !== undefined && { digestTags: reader.boolean(digestTags, '`digestTags`') }),
  };
}

function platformsOf(reader: PlanReader, node: Node): readonly string[] | undefined {
  const platforms = reader.texts(node, '`platforms`');
  if (platforms.some(([text]) => text === 'all')) return undefined;
  for (const [text, item] of platforms) {
    try {
      parsePlatform(text);
    } catch (error) {
      reader.fail(item, error instanceof Error ? error.message : String(error));
    }
  }
  return platforms.map(([text]) => text);
}

/** True, false, or a list of artifact types. */
function referrersOf(reader: PlanReader, node: Node): boolean | ReferrersToCopy {
  if (reader.isList(node)) return { artifactTypes: reader.texts(node, '`referrers`').map(([type]) => type) };
  return reader.boolean(node, '`referrers`');
}

/** `all`, rules, or a list of names and rules. */
function tagsOf(reader: PlanReader, node: Node): NonNullable<SyncEntry['tags']> {
  if (reader.isScalar(node)) {
    if (reader.text(node, '`tags`') === 'all') return 'all';
    return reader.fail(node, '`tags` must be all, a list of tags, or a mapping with semver, allow, deny');
  }
  if (!reader.isList(node)) return rulesOf(reader, node);
  const items = reader.list(node, '`tags`');
  const names = items.filter((item) => reader.isScalar(item)).map((item) => reader.text(item, '`tags`'));
  // If all tags are named, the registry need not list them.
  if (names.length === items.length) return names;
  const rules = items.filter((item) => !reader.isScalar(item)).map((item) => rulesOf(reader, item));
  return (tag) => names.includes(tag) || rules.some((isSelected) => isSelected(tag));
}

function rulesOf(reader: PlanReader, node: Node): (tag: string) => boolean {
  const values = reader.map(node, ['semver', 'allow', 'deny'], '`tags`');
  const compiled = <T>(
    key: keyof TagRules,
    compile: (text: string) => T | undefined,
    what: string,
  ): readonly T[] => {
    const list = values.get(key);
    if (list === undefined) return [];
    return reader
      .texts(list, `\`${key}\``)
      .map(([text, item]) => compile(text) ?? reader.fail(item, `${JSON.stringify(text)} is not ${what}`));
  };
  return tagFilter({
    semver: compiled('semver', rangeOf, 'a range of versions'),
    allow: compiled('allow', patternOf, 'a regular expression'),
    deny: compiled('deny', patternOf, 'a regular expression'),
  });
}
