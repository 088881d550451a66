// Builds the package: the library as ES modules and as CommonJS, its declarations, and the command line.
import { rmSync } from 'node:fs';
import { buildCommandLine } from './build/command-line.mjs';
import { buildDeclarations } from './build/declarations.mjs';
import { buildCommonJs, buildModules, reduceSourceMaps } from './build/library.mjs';

rmSync('dist', { recursive: true, force: true });
await buildModules();
await buildCommonJs();
reduceSourceMaps();
await buildCommandLine();
await buildDeclarations();
