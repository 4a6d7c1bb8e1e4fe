// The version of this package, which is that of its package.json. The file stands at the top of
// src, so that the path is right for sources and for the built file.
import { readFileSync } from 'node:fs';

export const packageVersion = (): string =>
  (
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    }
  ).version;
