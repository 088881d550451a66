import { CONFIG_MAX_BYTES, MANIFEST_MAX_BYTES } from '../../v1/documents/decode-document.js';

/** Caps on the documents that are read into memory. */
export interface ArchiveCapOptions {
  /** Largest size of `manifest.json`, of `index.json` and of a manifest, in bytes. @default 8 MiB */
  readonly maxManifestBytes?: number | undefined;
  /** Largest size of a config in bytes. @default 16 MiB */
  readonly maxConfigBytes?: number | undefined;
}

export interface Cap {
  readonly maxBytes: number;
  /** The public option that raises the cap; errors name it. */
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
