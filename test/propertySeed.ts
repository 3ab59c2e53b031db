import fc from 'fast-check';

/**
 * The seed of every property test: the same one for everybody, so that a red run is of the change and not of the day.
 * `ONAGER_TEST_SEED=<integer>` takes another one, `ONAGER_TEST_SEED=random` a new one for each property, which is how
 * to search further; fast-check prints the seed of what it finds.
 */
const given = process.env.ONAGER_TEST_SEED ?? '20240605';
if (given !== 'random') {
  const seed = Number(given);
  if (!Number.isSafeInteger(seed))
    throw new Error(`ONAGER_TEST_SEED = ${given}: expected an integer, or random for new seeds`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
