import { visible } from '../../errors/visible.js';
import type { InspectedImage, Inspection } from '../../crane/inspecting/inspection.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type Platform, platformToString } from '../../v1/platform.js';
import { table } from '../terminal/table.js';
import { formatBytes } from '../../progress/format-bytes.js';
import { cut, labelled, shortDigest } from './text.js';

/** Formats an inspection for a person, within a number of columns. */
export function formatInspection(inspection: Inspection, width: number): string[] {
  const { kind, mediaType, artifactType, image, manifests, blobs, referrers = [], base } = inspection;
  return [
    ...labelled(
      [
        ['Name', inspection.location],
        ['Digest', inspection.digest],
        ['Type', `${kind}, ${mediaType}`],
        ['', artifactType],
        ['Size', inspection.size === undefined ? undefined : formatBytes(inspection.size)],
        ['Base', base?.name],
        [base?.name === undefined ? 'Base' : '', base?.digest],
        ...pairs('Notes', inspection.annotations),
      ],
      9,
      width,
    ),
    ...(kind === 'index' ? section('Manifests', manifestRows(inspection), width) : []),
    ...(manifests.length > 0 && kind === 'index' && image === undefined ? ['', 'No image'] : []),
    ...(image === undefined ? [] : imageLines(image, kind === 'index', width)),
    ...section('Blobs', blobs.map(blobRow), width),
    ...section('Referrers', referrers.map(referrerRow), width),
  ];
}

/** How Go programs write that they set no time. */
const NO_TIME = '0001-01-01T00:00:00Z';

function imageLines(image: InspectedImage, isChild: boolean, width: number): string[] {
  const { author, entrypoint, cmd, env, ports, volumes, labels } = image;
  const platform = platformText(image.platform);
  const layers = image.layers.map(({ digest, size, createdBy = '' }) => [
    shortDigest(digest),
    formatBytes(size),
    commandOf(createdBy),
  ]);
  return [
    '',
    `Image${platform === '' ? '' : ` ${platform}`}${isChild ? `, ${shortDigest(image.digest)}` : ''}`,
    ...labelled(
      [
        ['  Created', image.created === NO_TIME ? undefined : image.created],
        ['  Author', author],
        ['  Entrypoint', entrypoint.length === 0 ? undefined : JSON.stringify(entrypoint)],
        ['  Cmd', cmd.length === 0 ? undefined : JSON.stringify(cmd)],
        ['  User', image.user],
        ['  Workdir', image.workingDir],
        ['  Ports', ports.join(', ')],
        ['  Volumes', volumes.join(', ')],
        ...env.map((value, at) => [at === 0 ? '  Env' : '', value] as const),
        ...pairs('  Labels', labels),
      ],
      14,
      width,
    ),
    ...section(`Layers, ${image.layers.length}`, layers, width),
  ];
}

const pairs = (
  label: string,
  values: Readonly<Record<string, string>>,
): readonly (readonly [label: string, value: string])[] =>
  Object.entries(values).map(([name, value], at) => [at === 0 ? label : '', `${name}=${value}`]);

function manifestRows({ manifests }: Inspection): readonly (readonly string[])[] {
  return manifests.map(({ kind, platform, digest, size, missing }) => [
    shortDigest(digest),
    missing ? 'missing' : size === undefined ? '' : formatBytes(size),
    kind === 'image' ? platformText(platform) : kind,
  ]);
}

const blobRow = ({ digest, size, mediaType, annotations = {} }: Descriptor): readonly string[] => {
  const title = Object.hasOwn(annotations, TITLE) ? annotations[TITLE] : undefined;
  return [shortDigest(digest), formatBytes(size), title === undefined ? mediaType : `${title}, ${mediaType}`];
};

const TITLE = 'org.opencontainers.image.title';

const referrerRow = ({ digest, size, mediaType, artifactType }: Descriptor): readonly string[] => [
  shortDigest(digest),
  formatBytes(size),
  artifactType ?? mediaType,
];

/** A titled table whose last column is cut to fit. Nothing if there are no rows. */
function section(title: string, rows: readonly (readonly string[])[], width: number): string[] {
  if (rows.length === 0) return [];
  // Sizes align at the right.
  const sizeWidth = Math.max(...rows.map(([, size = '']) => size.length));
  const aligned = rows.map(([digest = '', size = '', last = '']) => [digest, size.padStart(sizeWidth), last]);
  return ['', title, ...table(aligned).map((line) => cut(`  ${line}`, width))];
}

function platformText(platform: Platform | undefined): string {
  return platform === undefined ? '' : visible(platformToString(platform));
}

/** A command of the history in one line, without the shell that old builders name in every step. */
function commandOf(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\) +/, '')
    .replace(/^\/bin\/sh -c /, 'RUN ')
    .replace(/\s+/g, ' ');
}
