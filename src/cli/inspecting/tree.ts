import { visible } from '../../errors/visible.js';
import type { ManifestTree } from '../../crane/inspecting/manifest-tree.js';
import { tree } from '../../crane/inspecting/tree.js';
import { parseLocation } from '../../crane/names/location.js';
import { platformToString } from '../../v1/platform.js';
import { isImage, isIndex } from '../../v1/types.js';
import type { Cli } from '../context/cli.js';
import { cut, shortDigest, widthOf } from './text.js';

export interface TreeFlags {
  readonly depth?: number;
  readonly referrers: boolean;
  readonly json?: boolean;
}

/** Prints a manifest with what it lists, and with what refers to it. */
export async function showTree(
  cli: Cli,
  image: string,
  { depth, referrers, json }: TreeFlags,
): Promise<void> {
  const found = await tree(parseLocation(image), { ...cli.options, depth, referrers });
  if (json === true) {
    await cli.line(JSON.stringify(found));
    return;
  }
  const style = hasUnicode(cli.io.env) ? UNICODE : ASCII;
  await cli.line(`${visible(image)}${noteOf(found)}`);
  await cli.line(found.digest);
  for (const line of linesBelow(found, '', style, widthOf(cli))) await cli.line(line);
}

interface Style {
  readonly branch: string;
  readonly last: string;
  readonly line: string;
}

const UNICODE: Style = { branch: '├─ ', last: '└─ ', line: '│  ' };
const ASCII: Style = { branch: '|- ', last: '`- ', line: '|  ' };

/** Whether the locale of the environment is one of UTF-8. Windows writes UTF-16 to terminals, whatever the locale. */
function hasUnicode({ LC_ALL, LC_CTYPE, LANG }: Cli['io']['env']): boolean {
  if (process.platform === 'win32') return true;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '') ?? '';
  return /utf-?8/i.test(locale);
}

function* linesBelow(node: ManifestTree, indent: string, style: Style, width: number): Generator<string> {
  const below = [
    ...node.manifests.map((child) => ({ child, label: labelOf(child) })),
    ...node.referrers.map((child) => ({ child, label: `referrer ${child.artifactType ?? child.mediaType}` })),
  ];
  for (const [at, { child, label }] of below.entries()) {
    const isLast = at === below.length - 1;
    const start = `${indent}${isLast ? style.last : style.branch}`;
    const end = ` ${shortDigest(child.digest)}${noteOf(child)}`;
    yield `${start}${cut(visible(label), Math.max(width - start.length - end.length, 8))}${end}`;
    yield* linesBelow(child, `${indent}${isLast ? '   ' : style.line}`, style, width);
  }
}

/** What a child of an index is. */
function labelOf({ platform, mediaType, artifactType }: ManifestTree): string {
  if (isIndex(mediaType)) return 'index';
  const name = platform === undefined ? '' : platformToString(platform);
  if (name === 'unknown/unknown') return 'attestation';
  if (name !== '') return name;
  return artifactType ?? (isImage(mediaType) ? 'image' : mediaType);
}

function noteOf({ omitted }: ManifestTree): string {
  switch (omitted) {
    case 'depth':
      return ' ...';
    case 'repeated':
      return ' (see above)';
    case 'missing':
      return ' (missing)';
    case undefined:
      return '';
  }
}
