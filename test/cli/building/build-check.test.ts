import { describe, expect, it } from '@jest/globals';
import { makeFiles } from '../../support/archives/make-files.js';
import { outcomeOf, useBuilds } from './use-builds.js';

const builds = useBuilds();

describe('gantry build --check', () => {
  it('prints the warnings, and fails if there are any', async () => {
    const stdin = 'FROM scratch AS Base\nARG WHO=x\nENV WHO=$WHO\nCMD run\n';
    const { code, stdout, stderr } = await outcomeOf(['-', '--check'], { stdin });
    expect(code).toBe(1);
    expect(stderr).toBe('Error: Dockerfile has 2 warnings\n');
    const url = 'https://docs.docker.com/go/dockerfile/rule/';
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^Dockerfile:1:1: .*Base.* \(StageNameCasing, .*\)$/),
      expect.stringContaining(`(JSONArgsRecommended, ${url}json-args-recommended/)`),
      '',
    ]);
  });

  it('prints JSON, one document for each warning', async () => {
    const stdin = 'FROM scratch\nCMD run\n';
    const { code, stdout } = await outcomeOf(['-', '--check', '--json'], { stdin });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ file: 'Dockerfile', rule: 'JSONArgsRecommended', line: 2 });
  });

  it('succeeds without warnings, and pushes and builds nothing', async () => {
    const { code, stdout, stderr } = await outcomeOf([builds.context, '--check', '-t', `${builds.app}:v1`]);
    expect([code, stdout, stderr]).toEqual([0, '', 'Dockerfile has no warnings\n']);
    expect(builds.registry.requests).toEqual([]);
  });

  it('follows the rules for ignored files, and build arguments', async () => {
    await makeFiles(builds.context, {
      'd/Dockerfile': 'ARG BASE\nFROM $BASE\nCOPY ./secret/key /\n',
      '.dockerignore': 'secret\n',
    });
    const args = [builds.context, '--check', '-f', 'd/Dockerfile'];
    const { code, stdout } = await outcomeOf([...args, '--build-arg', 'BASE=scratch']);
    expect(code).toBe(1);
    expect(stdout).toContain('CopyIgnoredFile');
    const { code: failed, stderr } = await outcomeOf(args);
    expect(failed).toBe(1);
    expect(stderr).toMatch(/^Error: d\/Dockerfile:2:/);
  });
});
