/**
 * Imports a package that may be absent. The specifier is a parameter, so that the compiler asks for no types and
 * bundlers leave it alone.
 *
 * @throws Error "<name> is not installed" when the package itself is missing; whatever it throws otherwise
 */
export async function importOptional<Module>(name: string): Promise<Module> {
  try {
    const module = (await import(name)) as { default?: unknown };
    // Packages in CommonJS whose exports Node cannot foresee arrive whole as `default`.
    return { ...(module.default as object | undefined), ...module } as Module;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    // Not when one of the package's own dependencies is what is missing: that is a broken installation.
    if (missing && (message.includes(`'${name}'`) || message.includes(`url: ${name}`))) {
      throw new Error(`${name} is not installed`, { cause: error });
    }
    throw error;
  }
}
