import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const JUPYTERLAB = {
  group: ['@jupyterlab/*', '@lumino/*'],
  allowTypeImports: true,
  message: 'A pure room knows no JupyterLab: import types only.'
};
const noImports = (...patterns) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns }]
});

export default tseslint.config(
  { ignores: ['lib', 'node_modules'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'interface', format: ['PascalCase'], prefix: ['I'] },
        {
          selector: 'memberLike',
          modifiers: ['private'],
          format: ['camelCase'],
          leadingUnderscore: 'require'
        }
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Lumino's signals take the method and its object apart.
      '@typescript-eslint/unbound-method': 'off',
      'no-console': ['error', { allow: ['warn', 'error'] }]
    }
  },
  // Calls go down: what a block is and how it reads, its models, what shows them.
  {
    files: ['src/model/**'],
    rules: noImports(JUPYTERLAB, {
      group: ['**/view/**', '**/notebook/**', '**/plugins/**'],
      message: 'A model knows models only.'
    })
  },
  {
    files: ['src/view/**'],
    rules: noImports(JUPYTERLAB, { group: ['**/notebook/**', '**/plugins/**'] })
  },
  { files: ['src/notebook/**'], rules: noImports({ group: ['**/plugins/**'] }) },
  { files: ['**/*.mjs'], languageOptions: { globals: { process: 'readonly' } } }
);
