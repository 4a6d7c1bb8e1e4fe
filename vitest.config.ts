// Test files of most packages share what they import, which would be a third of their time. Those
// named *.alone.test.ts replace modules (vi.mock) and get modules of their own.
import { configDefaults, defineConfig } from 'vitest/config';

const conditions = ['@automodel/source', 'module', 'node', 'import', 'default'];
const folders = ['packages', 'apps', 'tooling', 'examples'];
const inFolders = (pattern: string): string[] =>
  folders.map((folder) => `${folder}/*/test/**/${pattern}`);

const ALONE = inFolders('*.alone.test.ts');
// Needs built packages and installs them: npm run test:packed.
const INSTALLED = 'tooling/checks/test/packed-install.test.ts';

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    globalSetup: 'tooling/presets/src/temporary-folder.ts',
    testTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: inFolders('*.test.ts'),
          exclude: [...configDefaults.exclude, INSTALLED, ...ALONE],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
