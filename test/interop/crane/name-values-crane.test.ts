import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { gantry } from '../../support/programs/gantry.js';
import { describeWithPeers, type Peer } from '../../support/programs/peers.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';

type Pairs = Readonly<Record<string, string>>;

/** Texts that crane accepts without losing any part; gantry sets the same values. */
const SAME: readonly string[] = [
  'a=b',
  'a=b,c=d',
  'desc=Hello, world',
  'list=a,b,c',
  'json={"a":1,"b":2}',
  'json=["a","b"]',
  '{"a":"b=c"}',
  'a=b=c',
  'a=b=c,d=e',
  'a=1,b',
  'a=1,',
  ',a=1',
  'a==',
  'a=x"y',
  'a=\\n',
  'a=b\n',
  'a=1\r',
  'a=1,b=2\n',
  '\n\na=1,b=2',
  'a=1,a=2',
  'a=1, b=2',
  ' a=1',
  'a =1',
  'a\tb=1,c=2',
  "a='x,y'",
  'a=é,b=ü',
  '"a=b,c"',
  '"a=1","b=2"',
  '"a=""q""",b=2',
  '"a=1\n",b=2',
];

/** Texts that crane refuses, or of which it loses a part; gantry sets the intended values. */
const DIFFERENT: readonly (readonly [text: string, theirs: Pairs | undefined, ours: Pairs])[] = [
  ['empty=', undefined, { empty: '' }],
  ['a=,b=', undefined, { a: '', b: '' }],
  ['a=1,b=2,', undefined, { a: '1', b: '2' }],
  ['a=1,,b=2', undefined, { a: '1,,b=2' }],
  ["a='x=1,y'", undefined, { a: "'x=1,y'" }],
  ['a=1,b=x"y', undefined, { a: '1,b=x"y' }],
  ['a="b=c"', undefined, { a: '"b=c"' }],
  ['u=http://x?a=1&b=2,3', undefined, { u: 'http://x?a=1&b=2,3' }],
  ['json={"a":"x=1","b":"y=2"}', undefined, { json: '{"a":"x=1","b":"y=2"}' }],
  // Crane removes only the quote at the end, and all lines but the first.
  ['a="x"', { a: '"x' }, { a: '"x"' }],
  ['"a"=1', { 'a"': '1' }, { '"a"': '1' }],
  ['"a=b",', { a: 'b",' }, { a: 'b' }],
  ['a=1\nb=2', { a: '1' }, { a: '1\nb=2' }],
];

/** Texts that set nothing. For the last ones, crane sets a label without a name. */
const REFUSED: readonly string[] = ['a', '', '"', '""', ',', '=b', '=='];

describeWithPeers('V6: pairs of name and value, as crane takes them', ['crane'], ({ crane: peer }) => {
  let registry: StartedRegistry;
  let app: string;
  beforeEach(async () => {
    registry = await startRegistry();
    app = `${registry.host}/app`;
    await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:v1`);
  });
  afterEach(async () => {
    await registry.close();
  });

  it.each(SAME)('sets the same labels and annotations for %j', async (text) => {
    const theirs = await setByCrane(peer, app, text);
    expect(theirs).toBeDefined();
    expect(await setByGantry(app, text)).toEqual(theirs);
  });

  it.each(DIFFERENT)('sets the intended values for %j', async (text, theirs, ours) => {
    expect(await setByCrane(peer, app, text)).toEqual(theirs && { labels: theirs, annotations: theirs });
    expect(await setByGantry(app, text)).toEqual({ labels: ours, annotations: ours });
  });

  it.each(REFUSED)('refuses %j', async (text) => {
    for (const flag of ['-l', '-a', '-e']) {
      expect(await gantry(['mutate', `${app}:v1`, flag, text])).toMatchObject({ code: 2 });
    }
  });

  it('sets the same variables, one for each flag, whatever its text', async () => {
    const texts = [...SAME, ...DIFFERENT.map(([text]) => text)];
    const theirs: unknown[] = [];
    const ours: unknown[] = [];
    for (const text of texts) {
      await peer.run(['mutate', `${app}:v1`, '-e', text, '-t', `${app}:theirs`]);
      expect(await gantry(['mutate', `${app}:v1`, '-e', text, '-t', `${app}:ours`])).toMatchObject({
        code: 0,
      });
      theirs.push((await crane.config(`${app}:theirs`)).toString());
      ours.push((await crane.config(`${app}:ours`)).toString());
    }
    expect(ours).toEqual(theirs);
  });
});

/** Undefined if crane refuses the text. */
async function setByCrane(peer: Peer, app: string, text: string) {
  try {
    await peer.run(['mutate', `${app}:v1`, '-l', text, '-a', text, '-t', `${app}:theirs`]);
  } catch {
    return undefined;
  }
  return pairsOf(`${app}:theirs`);
}

async function setByGantry(app: string, text: string) {
  const args = ['mutate', `${app}:v1`, '-l', text, '-a', text, '-t', `${app}:ours`];
  expect(await gantry(args)).toMatchObject({ code: 0 });
  return pairsOf(`${app}:ours`);
}

async function pairsOf(reference: string) {
  const image = await crane.pull(reference);
  const [{ config }, { annotations }] = [await image.configFile(), await image.manifest()];
  return { labels: config.Labels, annotations };
}
