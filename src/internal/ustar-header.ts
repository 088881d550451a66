/** Size of a tar block: headers are one, and content is padded to a multiple of it. */
export const TAR_BLOCK = 512;

/** Two empty blocks end a tar. */
export const TAR_TRAILER = Buffer.alloc(2 * TAR_BLOCK);

/** Bytes of padding after content of this size. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

/**
 * The header blocks of a regular file with mode 0644 and neither owner nor time, byte for byte as
 * Go's `archive/tar` writes them: a ustar block, behind an extended header if name or size do not fit.
 */
export function fileHeader(name: string, size: number): Buffer {
  const records: (readonly [string, string])[] = [];
  const short = Buffer.byteLength(name) <= NAME_LENGTH && isAscii(name);
  if (!short) records.push(['path', name]);
  if (size > MAX_OCTAL_SIZE) records.push(['size', String(size)]);
  const base = ustarBlock(
    short ? name : ascii(name).slice(0, NAME_LENGTH),
    size > MAX_OCTAL_SIZE ? 0 : size,
    '0',
  );
  if (records.length === 0) return base;
  const content = Buffer.from(records.map(([key, value]) => paxRecord(key, value)).join(''));
  const slash = name.lastIndexOf('/');
  const paxName = ascii(`${name.slice(0, slash + 1)}PaxHeaders.0/${name.slice(slash + 1)}`);
  return Buffer.concat([
    ustarBlock(paxName.slice(0, NAME_LENGTH), content.byteLength, 'x'),
    content,
    Buffer.alloc(tarPadding(content.byteLength)),
    base,
  ]);
}

const NAME_LENGTH = 100;
const MAX_OCTAL_SIZE = 8 ** 11 - 1;

function ustarBlock(name: string, size: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  block.write(name, 0, NAME_LENGTH, 'latin1');
  block.write(type === 'x' ? octal(0, 7) : octal(0o644, 7), 100, 'latin1');
  block.write(octal(0, 7), 108, 'latin1');
  block.write(octal(0, 7), 116, 'latin1');
  block.write(octal(size, 11), 124, 'latin1');
  block.write(octal(0, 11), 136, 'latin1');
  block.fill(' ', 148, 156);
  block.write(type, 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  // Go leaves out the device numbers of extended headers, and only there.
  if (type === '0') block.write(octal(0, 7), 329, 'latin1');
  if (type === '0') block.write(octal(0, 7), 337, 'latin1');
  // Six digits, a NUL, and the space that stands there already.
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\u0000`,
    148,
    'latin1',
  );
  return block;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

const isAscii = (text: string): boolean => ascii(text) === text;

const ascii = (text: string): string => text.replace(/[^ -~]/gu, '');

/** `length key=value\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length !== length) length = bytes + String(length).length;
  return `${length}${rest}`;
}
