import { preset } from '@automodel/presets/tsup';
import { sourceHash } from './scripts/sources.mjs';

// So that the bundle knows which native library it belongs to where the sources are not on disk.
export default preset({ define: { AUTOMODEL_SOURCE_HASH: JSON.stringify(sourceHash()) } });
