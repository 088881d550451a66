import { type DirectoryLayerOptions, layerFromDirectory } from '../../crane/files/layer-from-directory.js';
import type { LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import type { Layer } from '../../v1/layer.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';
import { sourceDateEpoch } from '../arguments/read-time.js';

export interface DirectoryFlags {
  readonly dir?: readonly string[];
  readonly ignore?: readonly string[];
  /** `false` for --no-ignore-file. */
  readonly ignoreFile?: string | false;
  readonly chown?: string;
  readonly portableModes?: boolean;
  readonly sourceDateEpoch?: string;
}

/** Makes layers of the directories that --dir names, with the options of the other flags. */
export function directoryLayers(
  { io }: Cli,
  flags: DirectoryFlags,
  compress: LayerCompressionOptions,
): readonly Layer[] {
  const { dir: directories = [], ignore, ignoreFile, chown, portableModes } = flags;
  const options: DirectoryLayerOptions = {
    ...compress,
    ignore,
    ignoreFile,
    owner: chown === undefined ? undefined : ownerOf(chown),
    mode: portableModes === true ? 'portable' : 'keep',
    time: sourceDateEpoch(flags.sourceDateEpoch, io.env),
  };
  return directories.map((text) => {
    const { directory, target } = parseDirectory(text);
    // The owner of the files should also own the directory that is created for them.
    return layerFromDirectory(directory, {
      ...options,
      target,
      includeRoot: chown !== undefined && target !== '/',
    });
  });
}

/** Parses `dir` or `dir:/target`. */
function parseDirectory(text: string): { readonly directory: string; readonly target: string } {
  const [, directory = text, target = '/'] = /^(.+?):(\/.*)$/s.exec(text) ?? [];
  return { directory, target };
}

function ownerOf(text: string): { readonly uid: number; readonly gid: number } {
  const [, uid, gid = uid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text) ?? [];
  if (uid === undefined) {
    throw new UsageError(
      `--chown ${JSON.stringify(text)} is not uid[:gid]`,
      'give numbers; names have no meaning outside of the image',
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}
