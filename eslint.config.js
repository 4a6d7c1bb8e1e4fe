// Lint rules of the whole repository. Type-aware rules cover what tsconfig.json includes; comments
// cannot switch a rule off.
import tseslint from 'typescript-eslint';
import { automodelRules } from './tooling/lint/rules.js';

const typed = [
  'packages/*/src/**/*.ts',
  'packages/*/test/**/*.ts',
  'packages/report/browser/**/*.ts',
  'apps/*/src/**/*.ts',
  'apps/*/test/**/*.ts',
  'tooling/*/src/**/*.ts',
  'tooling/*/test/**/*.ts',
  'examples/**/*.ts',
];
const tests = ['**/test/**/*.ts'];
const narrow = ['apps', 'packages', 'tooling', 'examples', 'benchmarks'].map(
  (folder) => `${folder}/**/*.{ts,js,mjs}`,
);

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '**/.turbo/**',
      'runs/**',
      'coverage/**',
      'packages/cpu-backend/native/**',
      '**/*.bundled_*.mjs',
      'packages/report/assets/*.min.js',
    ],
  },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,js,mjs}'],
    languageOptions: { parser: tseslint.parser },
    plugins: { automodel: automodelRules, ts: tseslint.plugin },
    rules: {
      'automodel/file-name': 'error',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true }],
      'no-warning-comments': [
        'error',
        { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'start' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'Decorator', message: 'no decorators: esbuild emits no metadata for them' },
      ],
      'no-constant-condition': ['error', { checkLoops: 'allExceptWhileTrue' }],
      'no-empty': 'error',
      'no-fallthrough': 'error',
      'no-unreachable': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: typed,
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './packages/report/browser/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'ts/await-thenable': 'error',
      'ts/ban-ts-comment': 'error',
      'ts/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      'ts/no-explicit-any': 'error',
      'ts/no-floating-promises': 'error',
      'ts/no-misused-promises': 'error',
      'ts/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'ts/only-throw-error': 'error',
      'ts/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    rules: { 'no-console': 'error', 'automodel/no-process-effects': 'error' },
  },
  {
    files: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts', 'tooling/*/src/**/*.ts'],
    ignores: ['**/index.ts'],
    rules: { 'automodel/file-header': 'error' },
  },
  {
    files: [...narrow, '*.{ts,js}'],
    rules: { 'automodel/line-length': ['error', 100], 'no-nested-ternary': 'error' },
  },
  { files: tests, rules: { 'max-lines-per-function': 'off' } },
);
