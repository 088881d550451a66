import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as containerregistry from 'containerregistry';
import { findNamespace, readGoNames, renderFromGo } from './from-go.js';

const PAGE = 'docs/from-go.md';
const names = readGoNames();
const here = names.filter(({ namespace }) => findNamespace(containerregistry, namespace) !== undefined);

describe('names from Go', () => {
  it.each(here.map(({ namespace, goName, name }) => [`${namespace}.${goName}`, namespace, name] as const))(
    '%s is exported under its name',
    (_title, namespace, name) => {
      expect(findNamespace(containerregistry, namespace)!.exports).toHaveProperty(name);
    },
  );

  it('keeps docs/from-go.md true', () => {
    const page = renderFromGo(containerregistry, names);
    if (process.env.UPDATE_DOCS === '1') writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });
});
