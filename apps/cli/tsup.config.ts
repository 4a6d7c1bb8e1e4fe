import { preset } from '@automodel/presets/tsup';

export default preset({ entry: { index: 'src/index.ts', cli: 'src/main.ts' } });
