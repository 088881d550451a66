const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tag = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Longest repository name that is accepted, as most clients limit it. */
const MAX_NAME_LENGTH = 255;

/** Whether the distribution specification allows a repository of this name. */
export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && text.split('/').every((part) => component.test(part));
}

/** Whether the distribution specification allows a tag of this name. */
export function isTagName(text: string): boolean {
  return tag.test(text);
}
