import { Option } from 'commander';
import { wholeNumber } from '../context/declare.js';

export const compressionOption = new Option(
  '--compression <kind>',
  'how new layers are compressed (default: gzip)',
).choices(['gzip', 'zstd', 'none']);

export const compressionLevelOption = new Option(
  '--compression-level <level>',
  'from 1, the fastest, to 9 for gzip or 19 for zstd, the smallest (default: 1)',
).argParser(wholeNumber);
