import { preset } from '@automodel/presets/tsup';

export default preset();
