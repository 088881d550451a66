/** The maximum length of a name, its tag, and the longest digest. */
const MAX_LENGTH = 255 + 129 + 136;
const MAX_NAME_LENGTH = 255;
const DOMAIN = /^(?:[a-zA-Z0-9.-]+|\[[a-fA-F0-9:]+\])(?::\d+)?$/;
const LABEL = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;

/**
 * Whether BuildKit accepts a text as the name of an image. The grammar is that of Docker's references, and so is the rule
 * that 64 hexadecimal digits are not a name.
 *
 * @see https://github.com/distribution/reference/blob/v0.6.0/reference.go
 */
export function isImageName(text: string): boolean {
  if (text.length > MAX_LENGTH || /^[a-f0-9]{64}$/.test(text)) return false;
  const at = text.indexOf('@');
  if (at >= 0 && !DIGEST.test(text.slice(at + 1))) return false;
  const tagged = at >= 0 ? text.slice(0, at) : text;
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  if (colon >= 0 && !TAG.test(tagged.slice(colon + 1))) return false;
  const name = colon >= 0 ? tagged.slice(0, colon) : tagged;
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(0, slash));
  const hasDomain = first === 'localhost' || /[.:A-Z]/.test(first);
  if (hasDomain && !isDomain(first)) return false;
  const path = hasDomain ? name.slice(slash + 1) : name;
  return path.length <= MAX_NAME_LENGTH && path.split('/').every((part) => COMPONENT.test(part));
}

function isDomain(text: string): boolean {
  if (!DOMAIN.test(text)) return false;
  if (text.startsWith('[')) return true;
  const [host = ''] = text.split(':', 1);
  return host.split('.').every((label) => LABEL.test(label));
}
