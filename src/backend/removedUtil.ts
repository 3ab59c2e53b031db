import { createRequire } from 'node:module';

/**
 * Puts back `util.isNullOrUndefined` and `util.isArray`, which Node 23 removed and tfjs-node 4.22 still calls
 * (tensorflow/tfjs issue 8609). Must run before tfjs-node is loaded; does nothing where Node still has them.
 */
export function supplyRemovedUtil(): void {
  // Through `require`: the import namespace is frozen, this is the very object CommonJS packages see.
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  if (!('isNullOrUndefined' in util))
    util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  if (!('isArray' in util)) util.isArray = Array.isArray;
}
