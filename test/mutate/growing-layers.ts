import type { LayerEntry } from '../support/archives/layer-tar.js';
import { file, directory, link } from '../support/images/layered-image.js';

type Layers = readonly (readonly LayerEntry[])[];

const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const gone = (name: string): LayerEntry => file(name.replace(/([^/]+)$/, '.wh.$1'), '');

/**
 * Layers, the lowest first, whose size in bytes is proportional to a number. Each is the worst case for one possible
 * way to merge layers.
 */
export const growingLayers: Readonly<Record<string, (size: number) => Layers>> = {
  'plain files': (n) => [times(n, (at) => file(`d${at % 7}/f${at}`, 'x'))],
  'a chain of links before their targets': (n) => [
    [...times(n, (at) => link(`a${at}`, `a${at + 1}`)), file(`a${n}`, 'x')],
  ],
  'a chain of links after their targets': (n) => [
    [file('a0', 'x'), ...times(n, (at) => link(`a${at + 1}`, `a${at}`))],
  ],
  'a chain of links before their targets, shuffled': (n) => [
    [...times(n, (at) => (at * 7919) % n).map((at) => link(`a${at}`, `a${at + 1}`)), file(`a${n}`, 'x')],
  ],
  'links whose targets are replaced': (n) => [
    [file('a0', 'x'), ...times(n, (at) => [link(`a${at + 1}`, `a${at}`), file(`a${at}`, 'y')]).flat()],
  ],
  'links to one file': (n) => [[file('a', 'x'), ...times(n, (at) => link(`b${at}`, 'a'))]],
  'links before one file': (n) => [[...times(n, (at) => link(`b${at}`, 'a')), file('a', 'x')]],
  'links to one file that is hidden': (n) => [
    [file('a', 'x'), ...times(n, (at) => link(`b${at}`, 'a'))],
    [file('a', 'y')],
  ],
  'links to a hidden name of a file': (n) => [
    [file('a', 'x'), link('h', 'a'), ...times(n, (at) => link(`b${at}`, 'h'))],
    [file('h', 'y')],
  ],
  'links to files of a lower layer': (n) => [
    times(n, (at) => file(`a${at}`, 'x')),
    times(n, (at) => link(`b${at}`, `a${at}`)),
  ],
  'links that are resolved through many layers': (n) => [
    times(n, (at) => file(`d/a${at}`, 'x')),
    ...times(n / 8, (at) => [file(`x${at}`, '')]),
    times(n, (at) => link(`b${at}`, `d/a${at}`)),
  ],
  'a chain of links through layers': (n) => [
    [file('a0', 'x')],
    ...times(n / 8, (at) => [link(`a${at + 1}`, `a${at}`)]),
  ],
  'one file many times': (n) => [times(n, () => file('a', 'x'))],
  'one link many times': (n) => [[file('a', 'x'), ...times(n, () => link('b', 'a'))]],
  'one link to many files': (n) => [
    times(n, (at) => file(`a${at}`, 'x')),
    times(n, (at) => link('b', `a${at}`)),
  ],
  'whiteouts of files': (n) => [times(n, (at) => file(`d/a${at}`, 'x')), times(n, (at) => gone(`d/a${at}`))],
  'whiteouts of paths that do not exist': (n) => [[directory('d')], times(n, (at) => gone(`d/a${at}`))],
  'an opaque directory': (n) => [times(n, (at) => file(`d/a${at}`, 'x')), [file('d/.wh..wh..opq', '')]],
  'opaque directories': (n) => [
    times(n, (at) => file(`d${at}/a`, 'x')),
    times(n, (at) => file(`d${at}/.wh..wh..opq`, '')),
  ],
  'a directory that becomes a file and a directory again': (n) => [
    [
      ...times(n, (at) => file(`d/a${at}`, 'x')),
      ...times(n, () => [file('d', 'x'), directory('d'), file('d/a', 'y')]).flat(),
    ],
  ],
  'links in a directory that becomes a file': (n) => [
    [
      file('a', 'x'),
      ...times(n, (at) => [link(`d/b${at}`, 'a'), file('d', 'x'), link(`c${at}`, 'a')]).flat(),
    ],
  ],
  'a deep directory': (n) => [[file(`${'d/'.repeat(n)}a`, 'x')], [file(`${'d/'.repeat(n)}b`, 'x')]],
  'deep directories': (n) => [times(n / 16, (at) => file(`${at}/${'d/'.repeat(64)}a`, 'x'))],
  'links to a deep file that is hidden': (n) => [
    [
      file(`${'d/'.repeat(n)}a`, 'x'),
      link('h', `${'d/'.repeat(n)}a`),
      ...times(n, (at) => link(`b${at}`, 'h')),
    ],
    [file('h', 'y')],
  ],
  'long names': (n) => [times(n / 16, (at) => file(`${'n'.repeat(4096)}${at}`, 'x'))],
  'layers that replace one file': (n) => times(n / 8, (at) => [file('a', `${at}`)]),
  'layers with a directory each': (n) =>
    times(n / 8, (at) => [directory('d'), directory(`d/${at}`), file(`d/${at}/a`, '')]),
};
