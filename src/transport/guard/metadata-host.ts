import { isIP } from 'node:net';
import { hostOf } from './endpoint.js';

/**
 * Names of the metadata services of clouds, which give credentials to every process on a machine. Their addresses are
 * checked when a connection is made, but a connection through a proxy shows only the name.
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

/** `instance-data.eu-west-1.compute.internal`, and names of wildcard DNS services that contain the address. */
const PATTERN = /^instance-data\.[a-z\d-]+\.compute\.internal$|(?:^|[.-])169[.-]254[.-]169[.-]254(?:[.-]|$)/;

/** Whether the host of a URL has the name of a metadata service. An IP address is judged by the address guard. */
export function isMetadataHost(url: URL): boolean {
  const name = hostOf(url).replace(/\.$/, '');
  return isIP(name) === 0 && (NAMES.has(name) || PATTERN.test(name));
}
