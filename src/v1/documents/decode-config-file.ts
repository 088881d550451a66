import { deepFreeze } from '../../internal/json/freeze.js';
import { nilSlice } from '../../internal/json/go-json.js';
import type { Config, ConfigFile, RootFs } from '../config-file.js';
import { decodeDocument, type DocumentCaps } from './decode-document.js';
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

/** Parses an image's config, with the rules of `parseConfigFile` and the caps of the caller. */
export function decodeConfigFile(content: Uint8Array | string, caps: DocumentCaps = {}): ConfigFile {
  const at: Location = { document: 'config file', path: '' };
  const value = decodeDocument(content, at.document, caps);
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
