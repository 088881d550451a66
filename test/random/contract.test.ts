import { describeImageContract } from '../contract/image-contract.js';
import { describeIndexContract } from '../contract/index-contract.js';
import * as random from '../../src/random/index.js';
import { ociManifestSchema1 } from '../../src/v1/types.js';

describeImageContract('a random image', () => random.image(100_000, 3, { seed: 'contract' }));
describeImageContract('a random OCI image', () =>
  random.image(10, 2, { seed: 1, mediaType: ociManifestSchema1 }),
);
describeImageContract('a random image without layers', () => random.image(0, 0, { seed: 1 }));
describeIndexContract('a random index', () => random.index(1000, 2, 3, { seed: 'contract' }));
