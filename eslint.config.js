import tseslint from 'typescript-eslint';
import { mustUseResult } from './tools/must-use-result.js';

// Formatting and the untyped rules are Biome's; only what needs the type checker is here.
export default tseslint.config({
  files: ['src/**/*.ts', 'test/**/*.ts'],
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
  },
  plugins: {
    '@typescript-eslint': tseslint.plugin,
    house: { rules: { 'must-use-result': mustUseResult } },
  },
  rules: {
    '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
    '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    '@typescript-eslint/switch-exhaustiveness-check': 'error',
    'house/must-use-result': 'error',
  },
});
