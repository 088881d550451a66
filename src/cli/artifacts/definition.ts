import { readFile } from 'node:fs/promises';
import {
  checkedDefinition,
  type ArtifactDefinition,
  type FileOnDisk,
} from '../../artifact/content/definition.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { pairs } from '../arguments/name-values.js';
import { UsageError } from '../terminal/exit-code.js';

/** The flags of `artifact push` and `artifact attach`. */
export interface ContentFlags {
  readonly artifactType?: string;
  readonly config?: string;
  readonly annotation?: readonly string[];
  readonly annotationFile?: string;
  readonly json?: boolean;
}

/**
 * Makes the definition of an artifact from the arguments of a command.
 *
 * @throws UsageError if the arguments do not fit together.
 */
export async function definitionOf(
  files: readonly string[],
  flags: ContentFlags,
): Promise<ArtifactDefinition> {
  const listed = flags.annotationFile === undefined ? {} : await annotationsIn(flags.annotationFile);
  const ofFile = (name: string): FileOnDisk['annotations'] =>
    Object.hasOwn(listed, name) ? listed[name] : undefined;
  const definition: ArtifactDefinition = {
    ...(flags.artifactType !== undefined && { type: flags.artifactType }),
    ...(flags.config !== undefined && {
      config: { ...pathAndType(flags.config), annotations: ofFile('$config') },
    }),
    annotations: { ...ofFile('$manifest'), ...pairs('annotation', flags.annotation) },
    files: files.map((text) => {
      const file = pathAndType(text);
      return { ...file, annotations: ofFile(file.path) };
    }),
  };
  try {
    checkedDefinition(definition);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
  return definition;
}

/**
 * Divides `PATH:TYPE`. The part after the last colon is a media type if it has a slash and no colon, or if it is empty: so
 * `a:b:` is the path `a:b`.
 */
export function pathAndType(text: string): FileOnDisk {
  const colon = text.lastIndexOf(':');
  const type = text.slice(colon + 1);
  if (colon <= 0 || (type !== '' && !/^[^/\\]+\/[^/]+$/.test(type))) return { path: text };
  return { path: text.slice(0, colon), ...(type !== '' && { mediaType: type }) };
}

type AnnotationFile = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Reads the file of `--annotation-file`, which has the form of oras: annotations by `$manifest`, `$config` and file. */
async function annotationsIn(path: string): Promise<AnnotationFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileSystemError('read', path, error);
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (isMap(parsed) && Object.values(parsed).every(isMap)) return parsed as AnnotationFile;
  } catch {
    // The error below names the file.
  }
  throw new UsageError(
    `${path} does not have the form {"$manifest": {"name": "value"}, "$config": {...}, "FILE": {...}}`,
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
