// How a package is built that needs nothing of its own: `tsup --config` of its build script names
// this file.
import { preset } from '@automodel/presets/tsup';

export default preset();
