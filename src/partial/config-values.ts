import type { AbortOptions } from '../internal/async/abort.js';
import type { ConfigFile } from '../v1/config-file.js';
import { type Hash, sha256Bytes } from '../v1/hash.js';
import { marshalConfigFile } from '../v1/documents/marshal.js';
import { decodeConfigFile } from '../v1/documents/decode-config-file.js';
import { memoByBytes } from './memo-by-bytes.js';

/** A source of the exact bytes of a config. */
export interface WithRawConfigFile {
  /** The config's exact bytes. The array is shared: do not write to it. */
  rawConfigFile(options?: AbortOptions): Promise<Uint8Array>;
}

/** A source of a parsed config. */
export interface WithConfigFile {
  /** The parsed config, which is frozen. */
  configFile(options?: AbortOptions): Promise<ConfigFile>;
}

// The size of the bytes was checked when they were read.
const parsed = memoByBytes((bytes) => decodeConfigFile(bytes));
const hashed = memoByBytes(sha256Bytes);

/** Parses the raw config; the same bytes are parsed once. */
export async function configFile(source: WithRawConfigFile, options?: AbortOptions): Promise<ConfigFile> {
  return parsed(await source.rawConfigFile(options));
}

/** Serialises a config, byte for byte as Go's encoder does. */
export async function rawConfigFile(source: WithConfigFile, options?: AbortOptions): Promise<Uint8Array> {
  return marshalConfigFile(await source.configFile(options));
}

/** Digest of the raw config, known to Docker as the image ID. */
export async function configName(source: WithRawConfigFile, options?: AbortOptions): Promise<Hash> {
  return hashed(await source.rawConfigFile(options));
}

/** Digests of the layers' tars, the base first, as the config lists them. */
export async function diffIds(source: WithConfigFile, options?: AbortOptions): Promise<readonly Hash[]> {
  return (await source.configFile(options)).rootfs.diff_ids;
}
