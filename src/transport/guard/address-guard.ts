import { BlockList, isIP } from 'node:net';
import { TransportError } from '../../errors/service/transport.js';
import type { AddressGuard } from './http-client.js';
import { hostOf } from './endpoint.js';
import { type HostPattern, matchesHost } from './host-pattern.js';

// This room decides where a server may send us: `address-guard` judges addresses, `url-guard` judges URLs, and
// `connection-policy` joins both for one registry. Start reading there.

/** The kind of network that an IP address belongs to. */
export type AddressClass = 'public' | 'private' | 'loopback' | 'link-local' | 'reserved';

type Subnet = readonly [net: string, prefix: number];

const classes: readonly (readonly [AddressClass, readonly Subnet[]])[] = [
  [
    'loopback',
    [
      ['127.0.0.0', 8],
      ['::1', 128],
    ],
  ],
  // Most clouds have their metadata service at a link-local address. The others of this list are the metadata services
  // of Alibaba, AWS, Google, Scaleway and Azure that have another address.
  [
    'link-local',
    [
      ['169.254.0.0', 16],
      ['fe80::', 10],
      ['100.100.100.200', 32],
      ['fd00:ec2::', 32],
      ['fd20:ce::254', 128],
      ['fd00:42::42', 128],
      ['168.63.129.16', 32],
    ],
  ],
  // Private use, carrier-grade NAT, benchmarking, unique local and site-local.
  [
    'private',
    [
      ['10.0.0.0', 8],
      ['172.16.0.0', 12],
      ['192.168.0.0', 16],
      ['100.64.0.0', 10],
      ['198.18.0.0', 15],
      ['fc00::', 7],
      ['fec0::', 10],
    ],
  ],
  // Unspecified, "this network", protocol assignments, documentation, multicast, future use, broadcast, discard.
  [
    'reserved',
    [
      ['0.0.0.0', 8],
      ['192.0.0.0', 24],
      ['192.0.2.0', 24],
      ['192.88.99.0', 24],
      ['198.51.100.0', 24],
      ['203.0.113.0', 24],
      ['224.0.0.0', 4],
      ['240.0.0.0', 4],
      ['::', 128],
      ['100::', 64],
      ['2001:db8::', 32],
      ['3fff::', 20],
      ['5f00::', 16],
      ['ff00::', 8],
    ],
  ],
];

const lists = classes.map(([name, subnets]) => {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, isIP(net) === 6 ? 'ipv6' : 'ipv4');
  return { name, list };
});

/** IPv6 ranges that contain the IPv4 address to which the packets travel in the end, and the byte where it starts. */
const carriers: readonly { readonly list: BlockList; readonly at: number }[] = (
  [
    ['::', 96, 12],
    ['::ffff:0:0:0', 96, 12],
    ['64:ff9b::', 96, 12],
    ['2002::', 16, 2],
  ] as const
).map(([net, prefix, at]) => {
  const list = new BlockList();
  list.addSubnet(net, prefix, 'ipv6');
  return { list, at };
});

/** A local NAT64 prefix (64:ff9b:1::/48) and Teredo (2001::/32): the address does not show the IPv4 destination. */
const opaque = new BlockList();
opaque.addSubnet('64:ff9b:1::', 48, 'ipv6');
opaque.addSubnet('2001::', 32, 'ipv6');

/** Classifies an address as `dns.lookup` or the host of a URL has it. Text that is not an address is `reserved`. */
export function classifyAddress(address: string): AddressClass {
  if (address.includes('\n')) return 'reserved';
  const [bare = ''] = address.replace(/^\[/, '').split('%', 1);
  const bareAddress = bare.endsWith(']') ? bare.slice(0, -1) : bare;
  const family = isIP(bareAddress);
  if (family === 0) return 'reserved';
  if (family === 4) return classOf(bareAddress, 'ipv4');
  const bytes = ipv6Bytes(bareAddress);
  // Only some versions of Node make BlockList unwrap ::ffff:0:0/96, so it is unwrapped here, too.
  if (bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff) {
    return classOf(dotted(bytes, 12), 'ipv4');
  }
  const classOfIpv6 = classOf(bareAddress, 'ipv6');
  if (classOfIpv6 !== 'public') return classOfIpv6;
  if (opaque.check(bareAddress, 'ipv6')) return 'private';
  const carrier = carriers.find(({ list }) => list.check(bareAddress, 'ipv6'));
  return carrier === undefined ? 'public' : classOf(dotted(bytes, carrier.at), 'ipv4');
}

function classOf(address: string, family: 'ipv4' | 'ipv6'): AddressClass {
  return lists.find(({ list }) => list.check(address, family))?.name ?? 'public';
}

const dotted = (bytes: Uint8Array, at: number): string => bytes.subarray(at, at + 4).join('.');

/** The URL parser writes IPv6 in one canonical form: hexadecimal groups, and at most one `::`. */
function ipv6Bytes(address: string): Uint8Array {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all = [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Whether the name of a host, which may have a port, says that it is this machine. */
export function isLoopbackHost(host: string): boolean {
  const name = hostOf(new URL(`http://${host}`));
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIP(name) !== 0 && classifyAddress(name) === 'loopback';
}

/** The addresses that a URL from a server may lead to. */
export interface GuardPolicy {
  /** Allows private and loopback addresses, because the registry that the user named has such an address. */
  readonly allowPrivate: boolean;
  /** Hosts that may have private addresses. */
  readonly allowedHosts: readonly HostPattern[];
}

/**
 * Refuses addresses that a server must not send us to: link-local ones (metadata services) always, and private and
 * loopback ones unless the policy allows them.
 */
export function addressGuard(policy: GuardPolicy, target: URL): AddressGuard {
  return (address, hostname) => {
    const addressClass = classifyAddress(address);
    if (addressClass === 'public') return;
    const isAllowed = policy.allowPrivate || matchesHost(policy.allowedHosts, target);
    if (isAllowed && (addressClass === 'private' || addressClass === 'loopback')) return;
    const hint =
      addressClass === 'private' || addressClass === 'loopback'
        ? `add ${JSON.stringify(target.host)} to \`allowedHosts\` if the registry may send you there`
        : undefined;
    throw new TransportError(
      `refused to connect to ${hostname}: a server chose it and ${address} is ${addressClass}`,
      { hint },
    );
  };
}
