import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const message = text => ({ message: text });
const JUPYTERLAB = {
  group: ['@jupyterlab/*', '@lumino/*'],
  allowTypeImports: true,
  ...message('This file works without JupyterLab: import types only.')
};
const FEATURES = {
  regex: '^\\./(?!core/tokens$)(?!.*/plugin$)',
  ...message('index.ts and mime.ts import nothing but plugins.')
};
// The panel is made of sections, each of which is a feature.
const SECTIONS = 'background/|environment/|sessions/';
const noImports = (...patterns) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns }]
});
const outside = (allowed, text) => ({ regex: `^(\\.\\./)(?!${allowed})`, ...message(text) });

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
  // core <- features <- index. test/imports.test.ts checks that there are no cycles.
  {
    files: ['src/core/*.ts'],
    rules: noImports(JUPYTERLAB, outside('$^', 'core does not know the features.'), {
      regex: '^\\./(kernel|notebook|components)/',
      allowTypeImports: true,
      ...message('Types only.')
    })
  },
  {
    files: ['src/core/kernel/*.ts'],
    rules: noImports({
      regex: '^\\.\\./(\\.\\./|notebook/|components/)',
      ...message('core/kernel knows only core.')
    })
  },
  {
    files: ['src/core/components/*.ts'],
    rules: noImports(JUPYTERLAB, {
      regex: '^\\.\\./(\\.\\./|notebook/|kernel/)',
      ...message('core/components knows only core.')
    })
  },
  {
    files: ['src/core/notebook/*.ts'],
    rules: noImports({ regex: '^\\.\\./\\.\\./', ...message('core does not know the features.') })
  },
  {
    files: ['src/*/*.ts'],
    ignores: ['src/core/**', 'src/panel/**'],
    rules: noImports(outside('core/', 'A feature knows itself and core.'))
  },
  {
    files: ['src/panel/*.ts'],
    rules: noImports(outside(`core/|${SECTIONS}`, 'The panel knows core and its sections.'))
  },
  {
    files: [
      'src/*/model.ts',
      'src/*/*view.ts',
      'src/actions/{markdown,outputpage}.ts',
      'src/filter/{lines,matches,rows,searcher}.ts',
      'src/header/blockelement.ts',
      'src/sessions/backups.ts',
      'src/terminal/theme.ts',
      'src/toolbar/icons.ts'
    ],
    ignores: ['src/core/**'],
    rules: noImports(JUPYTERLAB, outside('core/', 'A feature knows itself and core.'))
  },
  { files: ['src/index.ts', 'src/mime.ts'], rules: noImports(FEATURES) },
  {
    // These connect the rest of core to JupyterLab.
    files: [
      'src/core/plugin.ts',
      'src/core/tokens.ts',
      'src/core/request.ts',
      'src/core/disposable.ts',
      'src/core/clipboard.ts'
    ],
    rules: noImports(outside('$^', 'core does not know the features.'))
  },
  { files: ['**/*.mjs'], languageOptions: { globals: { process: 'readonly' } } }
);
