/** Puts the option before what is wrong with its value. */
export function blamed<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${option} ${(error as Error).message}`, { cause: error });
  }
}
