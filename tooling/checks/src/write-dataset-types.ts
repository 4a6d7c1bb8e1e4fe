// `npm run dataset-types`: writes what follows from the dataset types. Run after a change in
// packages/data/src/formats.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFormats, LIST, listText, TABLE, tableText } from './dataset-types.js';
import { repositoryRoot } from './workspace.js';

const formats = await findFormats(repositoryRoot);
writeFileSync(join(repositoryRoot, LIST), await listText(formats));
writeFileSync(join(repositoryRoot, TABLE), await tableText(formats));
