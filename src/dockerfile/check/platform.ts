/** The operating system and the architecture of a platform. */
export interface CheckedPlatform {
  readonly os: string;
  readonly architecture: string;
}

const SYSTEMS: ReadonlySet<string> = new Set([
  ...['aix', 'android', 'darwin', 'dragonfly', 'freebsd', 'hurd', 'illumos', 'ios', 'js', 'linux'],
  ...['nacl', 'netbsd', 'openbsd', 'plan9', 'solaris', 'windows', 'zos'],
]);
const ARCHITECTURES: ReadonlySet<string> = new Set([
  ...['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips', 'mips64', 'mips64le', 'mipsle', 'ppc', 'ppc64'],
  ...['ppc64le', 'riscv', 'riscv64', 's390', 's390x', 'sparc', 'sparc64', 'wasm'],
]);
/** Other names that BuildKit accepts. */
const SYNONYMS: Readonly<Record<string, string>> = {
  macos: 'darwin',
  i386: '386',
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
};
const PART = /^[A-Za-z0-9_.-]{1,100}$/;
const SYSTEM = /^([A-Za-z0-9_.-]{1,100})(?:\([^()]{0,100}\))?$/;

/**
 * Reads the platform of FROM, such as `linux/arm64/v8`, `arm64` or `windows(10.0.20348)/amd64`; undefined if it is not a
 * platform. If it names only one of the two parts, the other one is that of the build.
 */
export function platformOf(text: string, build: CheckedPlatform): CheckedPlatform | undefined {
  const [first = '', second, ...more] = text.split('/', 4);
  if (more.length > 1 || ![second ?? 'x', ...more].every((part) => PART.test(part))) return undefined;
  const [, system] = SYSTEM.exec(first) ?? [];
  if (system === undefined) return undefined;
  const name = plainName(system);
  if (second !== undefined) return { os: name, architecture: plainName(second) };
  if (SYSTEMS.has(name)) return { os: name, architecture: build.architecture };
  return ARCHITECTURES.has(name) ? { os: build.os, architecture: name } : undefined;
}

function plainName(name: string): string {
  const lower = name.toLowerCase();
  return Object.hasOwn(SYNONYMS, lower) ? (SYNONYMS[lower] ?? lower) : lower;
}

/** Whether a path of WORKDIR is absolute. On Windows it may begin with a drive. */
export function isAbsolutePath(path: string, os: string): boolean {
  return os === 'windows' ? /^(?:[a-z]:)?[\\/]/i.test(path) : path.startsWith('/');
}
