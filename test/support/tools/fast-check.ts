import fc from 'fast-check';

/**
 * fast-check with a fixed seed, so that a failed run can be repeated, and a change does not fail for an older reason. Another
 * seed looks for new failures: `FC_SEED=$RANDOM npm run jest -- test/v1`.
 */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_122) });

export { fc };
