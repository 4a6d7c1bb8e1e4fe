// A package of this project that may not be installed: what install hints and listings say of it.
import type { PluginKind } from './plugin-record.js';

/** A package that could be installed. */
export interface KnownPlugin {
  readonly package: string;
  readonly kind: PluginKind;
  readonly provides: readonly string[];
}
