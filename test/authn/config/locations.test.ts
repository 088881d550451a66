import { describe, expect, it } from '@jest/globals';
import { configFiles, writableConfigFile } from '../../../src/authn/config/locations.js';

describe('configFiles', () => {
  it('lists files that variables name before the default locations', () => {
    const env = {
      DOCKER_CONFIG: '/docker',
      REGISTRY_AUTH_FILE: '/auth.json',
      XDG_RUNTIME_DIR: '/run/user/1',
      XDG_CONFIG_HOME: '/config',
    };
    expect(configFiles({ env, homeDir: '/home/u' })).toEqual([
      '/docker/config.json',
      '/auth.json',
      '/run/user/1/containers/auth.json',
      '/config/containers/auth.json',
    ]);
  });

  it('falls back to the home directory, also for variables that are empty', () => {
    const env = {
      DOCKER_CONFIG: '',
      REGISTRY_AUTH_FILE: '',
      XDG_RUNTIME_DIR: '/run/user/1',
      XDG_CONFIG_HOME: '',
      HOME: '/home/u',
    };
    expect(configFiles({ env })).toEqual([
      '/home/u/.docker/config.json',
      '/run/user/1/containers/auth.json',
      '/home/u/.config/containers/auth.json',
    ]);
    expect(configFiles({ env, homeDir: '/other' })[0]).toBe('/other/.docker/config.json');
  });

  (process.platform === 'linux' ? it : it.skip)('knows where podman writes without XDG_RUNTIME_DIR', () => {
    expect(configFiles({ env: {}, homeDir: '/home/u' })).toContain(
      `/run/containers/${process.getuid!()}/auth.json`,
    );
  });

  it('lists a file once', () => {
    const env = { REGISTRY_AUTH_FILE: '/home/u/.docker/config.json', XDG_RUNTIME_DIR: '/r' };
    const files = configFiles({ env, homeDir: '/home/u' });
    expect(new Set(files).size).toBe(files.length);
  });
});

describe('writableConfigFile', () => {
  it('is the first of the files that login may write to', () => {
    const homeDir = '/home/u';
    expect(writableConfigFile({ env: { DOCKER_CONFIG: '/d', REGISTRY_AUTH_FILE: '/a' }, homeDir })).toBe(
      '/d/config.json',
    );
    expect(writableConfigFile({ env: { REGISTRY_AUTH_FILE: '/a' }, homeDir })).toBe('/a');
    expect(writableConfigFile({ env: {}, homeDir })).toBe('/home/u/.docker/config.json');
  });
});
