import { type ConfigFile, type Config, type History } from '../v1/config-file.js';
import { type Hash, hashHex, sha256Bytes } from '../v1/hash.js';
import { marshalConfigFile } from '../v1/documents/marshal.js';

/**
 * The document beside each layer of the old format: a config with the layer's own members.
 *
 * @see https://github.com/moby/moby/blob/v20.10.27/image/spec/v1.md
 */
export interface LayerConfigFile extends Partial<ConfigFile> {
  readonly container_config: Config;
  readonly id: string;
  readonly parent?: string | undefined;
  readonly throwaway?: boolean | undefined;
  readonly comment?: string | undefined;
}

/** The image that a layer on top belongs to. */
export interface TopLayerImage {
  readonly config: ConfigFile;
  readonly rawConfig: Uint8Array;
}

/** The document of a layer; that of the topmost one holds what the image's config says. */
export function layerConfigFile(
  digest: Hash,
  parent: string,
  step: History,
  top: TopLayerImage | undefined,
): LayerConfigFile {
  const { created, author, created_by: command = '', comment } = step;
  return {
    ...(created !== undefined && { created }),
    ...(author !== undefined && { author }),
    ...(top !== undefined && membersOf(top.config)),
    container_config: { Cmd: [command] },
    id: layerId(digest, parent, top?.rawConfig),
    ...(parent !== '' && { parent }),
    ...(comment !== undefined && comment !== '' && { comment }),
  };
}

/** Writes the document with the bytes that go-containerregistry writes. */
export function marshalLayerConfigFile(config: LayerConfigFile): Uint8Array {
  // The writer gives what is missing its zero value, and what it does not know follows in order.
  return marshalConfigFile(config as LayerConfigFile & ConfigFile);
}

function membersOf({
  architecture,
  container,
  docker_version,
  os,
  config,
  created,
}: ConfigFile): Partial<ConfigFile> {
  return { architecture, container, docker_version, os, config, created };
}

/** The old ID of a layer, which depends on those below it. */
function layerId(digest: Hash, parent: string, rawConfig: Uint8Array | undefined): string {
  const layerBytes = Buffer.from(`${hashHex(digest)} ${parent}`);
  const bytes =
    rawConfig === undefined || rawConfig.byteLength === 0
      ? layerBytes
      : Buffer.concat([layerBytes, Buffer.from(' '), rawConfig]);
  return hashHex(sha256Bytes(bytes));
}
