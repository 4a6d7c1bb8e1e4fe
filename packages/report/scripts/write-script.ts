// `npm run report:script`: writes the script of the page after a change of packages/report/browser
// or packages/report/src/chart.
import { writeFileSync } from 'node:fs';
import { BUNDLE, bundledScript } from './bundle-script.js';

writeFileSync(BUNDLE, await bundledScript());
