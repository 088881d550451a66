import { isIP } from 'node:net';
import { hostOf } from './endpoint.js';

/**
 * Names of the metadata services of clouds, which give credentials to whoever asks from inside. Their addresses are
 * checked when a connection is made, but through a proxy only the name is known here.
 */
const NAMES: ReadonlySet<string> = new Set([
  'instance-data',
  'instance-data.ec2.internal',
  'metadata',
  'metadata.azure.internal',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.oraclecloud.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'metadata.tencentyun.com',
  'rancher-metadata',
]);

/** `instance-data.eu-west-1.compute.internal`, and names of wildcard services that spell the address out. */
const PATTERN = /^instance-data\.[a-z\d-]+\.compute\.internal$|(?:^|[.-])169[.-]254[.-]169[.-]254(?:[.-]|$)/;

/** Whether the host of a URL is a metadata service by its name. Addresses are left to the check of addresses. */
export function isMetadataHost(url: URL): boolean {
  const name = hostOf(url).replace(/\.$/, '');
  return isIP(name) === 0 && (NAMES.has(name) || PATTERN.test(name));
}
