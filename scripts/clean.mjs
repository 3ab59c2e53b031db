// Removes what was built before, so that no file outlives its source.
import { rm } from 'node:fs/promises';

await rm('dist', { recursive: true, force: true });
