import { deepFreeze } from '../../internal/json/freeze.js';
import { nilSlice } from '../../internal/json/go-json.js';
import type { Config, ConfigFile, RootFs } from '../config-file.js';
import { CONFIG_MAX_BYTES, parseDocument, type ParseOptions } from './parse-options.js';
import {
  checkObject,
  configFileSchema,
  configSchema,
  healthConfigSchema,
  historySchema,
  inside,
  type Location,
  rootFsSchema,
} from './schema.js';

/**
 * Parses an image's config.
 *
 * Missing fields get Go's zero values, as in Go, so that the config of an artifact can be parsed. A field of the wrong
 * type and an invalid diff ID are errors. Field names are compared exactly, although Go ignores their case. Unknown
 * fields are kept. The result is deeply frozen.
 *
 * @throws ManifestInvalidError if a field is invalid; the error names the first one.
 * @throws LimitExceededError if the document exceeds a cap of the options.
 */
export function parseConfigFile(content: Uint8Array | string, options: ParseOptions = {}): ConfigFile {
  const at: Location = { document: 'config file', path: '' };
  const value = parseDocument(content, at.document, CONFIG_MAX_BYTES, options);
  const { history, rootfs, config, ...rest } = checkObject(configFileSchema, value, at);
  return deepFreeze<ConfigFile>({
    ...rest,
    ...(history !== undefined && {
      history: history.map((entry, index) =>
        checkObject(historySchema, entry, inside(inside(at, 'history'), index)),
      ),
    }),
    rootfs: parseRootFs(rootfs ?? {}, inside(at, 'rootfs')),
    config: parseConfig(config ?? {}, inside(at, 'config')),
  });
}

function parseRootFs(value: unknown, at: Location): RootFs {
  const rootfs = checkObject(rootFsSchema, value, at);
  return { ...rootfs, diff_ids: rootfs.diff_ids ?? nilSlice };
}

function parseConfig(value: unknown, at: Location): Config {
  const { Healthcheck: health, ...config } = checkObject(configSchema, value, at);
  if (health === undefined) return config;
  return { ...config, Healthcheck: checkObject(healthConfigSchema, health, inside(at, 'Healthcheck')) };
}
