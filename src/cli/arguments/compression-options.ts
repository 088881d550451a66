import { Option } from 'commander';
import { wholeNumber } from '../context/declare.js';

export const compressionOption = new Option(
  '--compression <kind>',
  'how new layers are compressed (default: gzip)',
).choices(['gzip', 'zstd', 'none']);

export const compressionLevelOption = new Option(
  '--compression-level <level>',
  'from fast to small, 1 to 9, or 19 for zstd (default: 1)',
).argParser(wholeNumber);
