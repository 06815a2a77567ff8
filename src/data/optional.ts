// Packages that only some entries need, and that users install themselves.

/** What to do when the import of an optional package fails: says what to install. */
export function missingPackage(entry: string, name: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(`${entry} needs the package ${name}, which could not be loaded: run \`npm install ${name}\``, {
      cause,
    });
  };
}
