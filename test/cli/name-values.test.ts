import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { nameValues } from '../../src/cli/arguments/name-values.js';
import { gantry } from '../support/programs/gantry.js';
import { useRegistry } from '../support/servers/use-registry.js';

const registry = useRegistry();
let app: string;
beforeEach(() => {
  app = `${registry.host}/app`;
});

describe('V6: a flag of name=value', () => {
  it.each([
    // The same result as with crane.
    ['desc=Hello, world', ['desc=Hello, world']],
    ['list=a,b,c', ['list=a,b,c']],
    ['json={"a":1,"b":2}', ['json={"a":1,"b":2}']],
    ['empty=', ['empty=']],
    ['a=1,b=2', ['a=1', 'b=2']],
    ['a=,b=', ['a=', 'b=']],
    ['"q=x,y",b=2', ['q=x,y', 'b=2']],
    ['"q=say ""x""",b=2', ['q=say "x"', 'b=2']],
    ['"desc=Hello, world"', ['desc=Hello, world']],
    ['a=1,', ['a=1,']],
    ['u=http://x/?a=1,b=2', ['u=http://x/?a=1', 'b=2']],
    ['a=1,b=2\n', ['a=1', 'b=2']],
    ['\n\na=1,b=2', ['a=1', 'b=2']],
    ['a=1\n', ['a=1\n']],
    ['=v', ['=v']],
    ['none', ['none']],
    // If crane fails or loses text: the intended values.
    ['json={"a":"x=1","b":"y=2"}', ['json={"a":"x=1","b":"y=2"}']],
    ['cmd=run --a=1, then stop', ['cmd=run --a=1, then stop']],
    ['a="x=1"', ['a="x=1"']],
    ['a="x"', ['a="x"']],
    ['a=1=2\nb=3', ['a=1=2\nb=3']],
    ['a=1,b=2,', ['a=1', 'b=2']],
    ['"a=1",', ['a=1']],
    ['"a"=1', ['"a"=1']],
    ['""', ['""']],
  ])('%j', (text, pairs) => {
    expect(nameValues(text)).toEqual(pairs);
    expect(nameValues(text, ['x=y'])).toEqual(['x=y', ...pairs]);
  });

  it('sets labels, annotations and variables with commas, and empty ones', async () => {
    await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:v1`);
    const values = ['desc=Hello, world', 'json={"a":1,"b":2}', 'empty=', 'a=1,b=2'];
    const given = (flag: string): string[] => values.flatMap((value) => [flag, value]);
    const args = ['mutate', `${app}:v1`, ...given('-l'), ...given('-a'), ...given('-e')];
    expect(await gantry(args)).toMatchObject({ code: 0 });
    const expected = { desc: 'Hello, world', json: '{"a":1,"b":2}', empty: '', a: '1', b: '2' };
    const image = await crane.pull(`${app}:v1`);
    const { config } = await image.configFile();
    expect(config.Labels).toEqual(expected);
    expect((await image.manifest()).annotations).toEqual(expected);
    expect(config.Env).toEqual(['desc=Hello, world', 'json={"a":1,"b":2}', 'empty=', 'a=1,b=2']);
  });

  it.each([
    ['-l', 'none', 'Error: --label "none" is not name=value\n'],
    ['-a', '=v', 'Error: --annotation "=v" is not name=value\n'],
    ['-e', 'none', 'Error: --env "none" is not name=value\n'],
  ])('refuses %s %j', async (flag, value, stderr) => {
    expect(await gantry(['mutate', 'app', flag, value])).toMatchObject({ code: 2, stderr });
  });
});

it('V7: rebase moves an image without a base to a base with the old base scratch', async () => {
  await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:v1`);
  await crane.push(crane.image({ base: Buffer.from('base') }), `${app}:base`);
  const bases = ['--old_base', 'scratch', '--new_base', `${app}:base`];
  expect(await gantry(['rebase', `${app}:v1`, ...bases, '-t', `${app}:v2`])).toMatchObject({ code: 0 });
  const layersOf = async (tag: string) => (await (await crane.pull(`${app}:${tag}`)).manifest()).layers;
  expect(await layersOf('v2')).toEqual([...(await layersOf('base')), ...(await layersOf('v1'))]);
});
