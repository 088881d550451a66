/**
 * The hash algorithms of the OCI image specification that this package checks, with the length of their
 * hexadecimal form.
 */
const HEX_LENGTH = { sha256: 64, sha512: 128 } as const;

export type DigestAlgorithm = keyof typeof HEX_LENGTH;

/**
 * Splits `algorithm:hex`; undefined unless the algorithm is known and the hexadecimal digits are lower case and
 * complete.
 */
export function parseDigest(text: string): { algorithm: DigestAlgorithm; hex: string } | undefined {
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, Math.max(colon, 0));
  const hex = text.slice(colon + 1);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return undefined;
  return hex.length === HEX_LENGTH[algorithm] && /^[0-9a-f]+$/.test(hex) ? { algorithm, hex } : undefined;
}
