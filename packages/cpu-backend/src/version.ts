// The version of this package: numbers depend on it, and it names the platform package that fits.
import { createRequire } from 'node:module';

// The same path from src/ and from dist/.
export const VERSION = (
  createRequire(import.meta.url)('../package.json') as { readonly version: string }
).version;
