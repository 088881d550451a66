import { describe, expect, it } from '@jest/globals';
import { expand } from '../../src/dockerfile/expansion.js';
import { DockerfileError } from '../../src/errors/invalid/dockerfile.js';

const variables = new Map([
  ['path', '/usr/local/lib'],
  ['file', 'a.tar.gz'],
  ['empty', ''],
  ['two', 'one  two'],
  ['lines', 'one\ntwo'],
]);
const lookUp = (name: string): string | undefined => variables.get(name);

describe('the expansion of variables', () => {
  it.each([
    ['$path/x', '/usr/local/lib/x'],
    ['${path}x', '/usr/local/libx'],
    ['$pathx', ''],
    ["'$path'", '$path'],
    ['"$path"', '/usr/local/lib'],
    ['\\$path', '$path'],
    ['"\\$path \\" \\\\ \\n"', '$path " \\ \\n'],
    ['a\'b\'"c"d', 'abcd'],
    ['$', '$'],
    ['a$.b', 'a$.b'],
    ['end\\', 'end'],
    ['${none:-word}', 'word'],
    ['${empty:-word}', 'word'],
    ['${empty-word}', ''],
    ['${none-word}', 'word'],
    ['${none:-${path:+set}}', 'set'],
    ['${none:-"a b"}', 'a b'],
    ['${empty:+word}', ''],
    ['${empty+word}', 'word'],
    ['${none+word}', ''],
    ['${path:?gone}', '/usr/local/lib'],
    ['${empty?gone}', ''],
    ['${path#*/}', 'usr/local/lib'],
    ['${path##*/}', 'lib'],
    ['${path%/*}', '/usr/local'],
    ['${path%%/*}', ''],
    ['${file%.*}', 'a.tar'],
    ['${file%%.*}', 'a'],
    ['${file#?.}', 'tar.gz'],
    ['${file#b}', 'a.tar.gz'],
    ['${lines#*}', 'one\ntwo'],
    ['${lines##*}', '\ntwo'],
    ['${path/l/L}', '/usr/Local/lib'],
    ['${path//l/L}', '/usr/LocaL/Lib'],
    ['${path//\\//:}', ':usr:local:lib'],
    ['${path/*/x}', 'x'],
    ['${path//?o/-}', '/usr/-cal/lib'],
    ['${file/.*/}', 'a'],
    ['${two/#/x}', 'one  two'],
  ])('makes %j %j', (text, expected) => {
    expect(expand(text, lookUp).text).toBe(expected);
  });

  it.each([
    ...[
      '${',
      '${path',
      '${}',
      '${:-a}',
      '${{a}}',
      '${path!}',
      '${path:x}',
      '${path:#x}',
      '${path/a}',
      '${path/a/b',
    ],
    ...["'open", '"open', '${none?gone}', '${none:?}', '${empty:?}', '${file#\\a}'],
  ])('refuses %j', (text) => {
    expect(() => expand(text, lookUp)).toThrow(DockerfileError);
  });

  it('says what a variable that is asked for lacks, and where', () => {
    const range = { line: 7, column: 3, endLine: 7 };
    expect(() => expand('${none:?set it}', lookUp, { range, file: 'D' })).toThrow('D:7:3: none: set it');
    expect(() => expand('${none?}', lookUp)).toThrow('none: is not allowed to be unset');
    expect(() => expand('${empty:?}', lookUp)).toThrow('empty: is not allowed to be empty');
  });

  it('splits at white space of values, but not of quotes and escapes', () => {
    expect(expand('$two x "$two" y\\ z', lookUp).words).toEqual(['one', 'two', 'x', 'one  two', 'y z']);
    expect(expand(' "" a', lookUp).words).toEqual(['a']);
  });

  it('reports which variables it read, and which of them are not set', () => {
    const { used, unset } = expand('$path ${none:-$file} $gone', lookUp);
    expect([...used]).toEqual(['path', 'file']);
    expect([...unset]).toEqual(['none', 'gone']);
  });

  it('takes a backtick for the escape character if an option asks for it', () => {
    expect(expand('C:\\dir`$path', lookUp, { escape: '`' }).text).toBe('C:\\dir$path');
  });

  it('leaves quotes, or references to variables that are not set, if an option asks for it', () => {
    expect(expand('"a" \'$path\'', lookUp, { ignoreQuotes: true }).text).toBe('"a" \'/usr/local/lib\'');
    expect(expand('"a" b', lookUp, { rawQuotes: true }).text).toBe('"a" b');
    expect(expand('$none ${none} ${none:-a}', lookUp, { keepUnset: true }).text).toBe(
      '$none ${none} ${none:-a}',
    );
  });
});
