import js from '@eslint/js';
import globals from 'globals';

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals: { ...globals.browser, ...globals.node } },
    rules: {
      'max-lines-per-function': ['error', { max: 60 }], // a function fits a screen
      'max-lines': ['error', { max: 400 }],
      'max-depth': ['error', 3],
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-eval': 'error',
      'no-restricted-properties': ['error', { property: 'innerHTML', message: 'Texts go in as text.' }],
    },
  },
];
