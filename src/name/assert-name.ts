import { assertMethods } from '../internal/arguments.js';

/** @throws TypeError if an argument is not a reference, for example if it is the text of one. */
export function assertReference(name: string, value: unknown): void {
  const wanted = 'a Reference, as `name.parseReference` makes it of text';
  assertMethods(name, value, ['context', 'identifier', 'name'], wanted);
}

/** @throws TypeError if an argument is neither a repository nor a registry. */
export function assertResource(value: unknown): void {
  const wanted =
    'a Repository or a Registry, as `name.newRepository` and `name.newRegistry` make them of text';
  assertMethods('repository', value, ['registryStr', 'name', 'scope'], wanted);
}
