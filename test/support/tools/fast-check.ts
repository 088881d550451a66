import fc from 'fast-check';

/**
 * fast-check with a fixed seed, so that a run that failed can be repeated and a change is judged by its own merit. Look for
 * new failures with another seed: `FC_SEED=$RANDOM npm run jest -- test/v1`.
 */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_122) });

export { fc };
