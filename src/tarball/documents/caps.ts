import { CONFIG_MAX_BYTES, MANIFEST_MAX_BYTES } from '../../v1/documents/parse-options.js';

/** Caps on what is read whole. */
export interface ArchiveCapOptions {
  /** Cap on `manifest.json`, `index.json` and manifests. @default 8 MiB */
  readonly maxManifestBytes?: number | undefined;
  /** Cap on configs. @default 16 MiB */
  readonly maxConfigBytes?: number | undefined;
}

export interface Cap {
  readonly maxBytes: number;
  /** The option that raises it. */
  readonly option: string;
}

export interface ArchiveCaps {
  readonly manifest: Cap;
  readonly config: Cap;
}

export function archiveCaps({ maxManifestBytes, maxConfigBytes }: ArchiveCapOptions): ArchiveCaps {
  return {
    manifest: { maxBytes: maxManifestBytes ?? MANIFEST_MAX_BYTES, option: 'maxManifestBytes' },
    config: { maxBytes: maxConfigBytes ?? CONFIG_MAX_BYTES, option: 'maxConfigBytes' },
  };
}
