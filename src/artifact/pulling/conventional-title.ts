import type { Descriptor } from '../../v1/descriptor.js';

/** The config of a Helm chart. */
const HELM_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
/** The chart itself, as Helm writes it now and as it did before version 3.7. */
const HELM_CHARTS: ReadonlySet<string> = new Set([
  'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  'application/tar+gzip',
]);
/** The signature of a chart. */
const HELM_PROVENANCE = 'application/vnd.cncf.helm.chart.provenance.v1.prov';
/** WebAssembly modules, as the CNCF's guidance and wasm-to-oci name them. */
const WASM: ReadonlySet<string> = new Set(['application/wasm', 'application/vnd.wasm.content.layer.v1+wasm']);

/**
 * The name that a tool gives to a blob without a title. `helm pull` writes `NAME-VERSION.tgz` and `NAME-VERSION.tgz.prov`;
 * `wasm-to-oci pull` writes `module.wasm`. Undefined for any other blob.
 *
 * @param all - the blobs of the artifact: only one of them can have the name.
 * @see https://helm.sh/docs/topics/registries/#helm-chart-manifest
 */
export function conventionalTitle(
  blob: Descriptor,
  all: readonly Descriptor[],
  config: { readonly mediaType: string; readonly content: Uint8Array },
): string | undefined {
  const isAlone = all.filter(({ mediaType }) => mediaType === blob.mediaType).length === 1;
  if (!isAlone) return undefined;
  if (WASM.has(blob.mediaType)) return 'module.wasm';
  if (config.mediaType !== HELM_CONFIG) return undefined;
  const archive = chartArchive(config.content);
  if (archive === undefined) return undefined;
  if (HELM_CHARTS.has(blob.mediaType)) return archive;
  return blob.mediaType === HELM_PROVENANCE ? `${archive}.prov` : undefined;
}

/** The file name of a chart; undefined if its config has no name or version that can be a part of a file name. */
function chartArchive(config: Uint8Array): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(config).toString());
  } catch {
    return undefined;
  }
  const { name, version } = Object(parsed) as { readonly name?: unknown; readonly version?: unknown };
  return isPart(name) && isPart(version) ? `${name}-${version}.tgz` : undefined;
}

function isPart(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/.test(value);
}
