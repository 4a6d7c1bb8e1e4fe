// The version of this package, from its package.json. This file is at the top of src, so that the
// path is right for the sources and for the built file.
import { readFileSync } from 'node:fs';

export const packageVersion = (): string =>
  (
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    }
  ).version;
