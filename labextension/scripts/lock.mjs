// Write package-lock.json anew: all of JupyterLab from one release, no address of a registry.
//
// Made in an empty directory: beside node_modules npm leaves out what other platforms need.
// Its release is that of @jupyterlab/core-meta, which lists the packages of one; without that
// list npm mixes releases, and a bundle gets two copies of a package.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const npm = (directory, ...options) =>
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...options], {
    cwd: directory,
    stdio: 'inherit'
  });
const read = file => JSON.parse(readFileSync(file, 'utf8'));

const manifest = read('package.json');
const directory = mkdtempSync(join(tmpdir(), 'lock-'));
try {
  const range = manifest.devDependencies['@jupyterlab/core-meta'];
  npm(directory, '--no-save', `@jupyterlab/core-meta@${range}`);
  const meta = join(directory, 'node_modules/@jupyterlab/core-meta/core.package.json');
  const overrides = Object.fromEntries(
    Object.entries(read(meta).resolutions)
      .filter(([name]) => name.startsWith('@jupyterlab/'))
      .map(([name, version]) => [name, version.replace('~', '')])
  );
  rmSync(join(directory, 'node_modules'), { recursive: true });
  rmSync(join(directory, 'package-lock.json'), { force: true });
  for (const dependencies of [manifest.dependencies, manifest.devDependencies]) {
    for (const name of Object.keys(dependencies)) {
      if (name in overrides) {
        overrides[name] = dependencies[name] = overrides[name];
      }
    }
  }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, overrides }));
  npm(directory, '--package-lock-only', '--omit-lockfile-registry-resolved');
  const lock = read(join(directory, 'package-lock.json'));
  const { dependencies, devDependencies } = read('package.json');
  Object.assign(lock.packages[''], { dependencies, devDependencies });
  writeFileSync(join(directory, 'package-lock.json'), `${JSON.stringify(lock, null, 2)}\n`);
  copyFileSync(join(directory, 'package-lock.json'), 'package-lock.json');
} finally {
  rmSync(directory, { recursive: true });
}
