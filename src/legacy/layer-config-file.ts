import { type ConfigFile, type Config, type History } from '../v1/config-file.js';
import { type Hash, hashHex, sha256Bytes } from '../v1/hash.js';
import { marshalConfigFile } from '../v1/documents/marshal.js';

/**
 * The document beside each layer in Docker's first format: a config with additional members about the layer.
 *
 * @see https://github.com/moby/moby/blob/v20.10.27/image/spec/v1.md
 */
export interface LayerConfigFile extends Partial<ConfigFile> {
  /** The configuration of the container that made the layer; its `Cmd` is the command of the layer's step. */
  readonly container_config: Config;
  /** ID of the layer: 64 hexadecimal characters, computed from the layer and those below it. */
  readonly id: string;
  /** ID of the layer below; the lowest layer has none. */
  readonly parent?: string | undefined;
  /** True for a step that made no layer. */
  readonly throwaway?: boolean | undefined;
  /** Comment of the layer's step. */
  readonly comment?: string | undefined;
}

/** The config of the image whose topmost layer is described. */
export interface TopLayerImage {
  readonly config: ConfigFile;
  readonly rawConfig: Uint8Array;
}

/** Makes the document of a layer. The document of the topmost layer has the members of the image's config. */
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
  // marshalConfigFile writes zero values for missing members, and unknown members last, in their order.
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

/** The ID of a layer in Docker's first format, which depends on the layers below it. */
function layerId(digest: Hash, parent: string, rawConfig: Uint8Array | undefined): string {
  const layerBytes = Buffer.from(`${hashHex(digest)} ${parent}`);
  const bytes =
    rawConfig === undefined || rawConfig.byteLength === 0
      ? layerBytes
      : Buffer.concat([layerBytes, Buffer.from(' '), rawConfig]);
  return hashHex(sha256Bytes(bytes));
}
