/** The hash algorithms of the OCI image specification that this package checks. */
export type DigestAlgorithm = 'sha256' | 'sha512';

/** The length of the hexadecimal form. */
const HEX_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

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
