import type { DeclaredArgument } from '../../dockerfile/evaluate/arguments.js';
import type { History } from '../../v1/config-file.js';
import type { FilesStep } from './copy-step.js';

/** The comment that BuildKit writes to each step of the history. */
const COMMENT = 'buildkit.dockerfile.v0';

/** A step of the history, in BuildKit's words. */
export function historyStep(createdBy: string, created: string, hasLayer: boolean): History {
  return { created, created_by: createdBy, comment: COMMENT, ...(!hasLayer && { empty_layer: true }) };
}

/** The text of ADD and COPY. */
export function filesText(step: FilesStep): string {
  const { chown = '', chmod = '', sources, inline, destination } = step;
  return [
    step.kind.toUpperCase(),
    ...(step.kind === 'copy' && step.parents ? ['--parents'] : []),
    ...(chown === '' ? [] : [`--chown=${chown}`]),
    ...(chmod === '' ? [] : [`--chmod=${chmod}`]),
    ...sources,
    ...inline.map(({ name }) => `<<${name}`),
    destination,
  ].join(' ');
}

/** The text of ARG. */
export function argText(values: readonly DeclaredArgument[]): string {
  const words = values.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));
  return `ARG ${words.join(' ')}`;
}
