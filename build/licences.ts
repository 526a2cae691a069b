import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What 情報 shows of one third-party package; `text` is empty when the package carries none. */
export interface Licence {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly text: string
}

/** The part of Rollup's plugin interface that is used here; all three builds take it. */
interface LicencePlugin {
  readonly name: string
  readonly generateBundle: (options: unknown, bundle: Readonly<Record<string, BundledFile>>) => void
}
type BundledFile = { readonly type: 'asset' } | { readonly type: 'chunk'; readonly modules: object }

/**
 * @param id path of a bundled module, with whatever a plugin put before or behind it
 * @returns the folder of the npm package that it belongs to; undefined for a module of ours
 */
export function packageFolder(id: string): string | undefined {
  return /^[^\w/]*(.*\/node_modules\/(?:@[^/]+\/)?[^/?]+)/.exec(id.replaceAll('\\', '/'))?.[1]
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(name))
  return file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()
}

/** Reads what a package says of itself; undefined for a folder that is none. */
export function readLicence(folder: string): Licence | undefined {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return undefined
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  const { name, version, license } = manifest
  if (typeof name !== 'string' || typeof version !== 'string') return undefined
  return { name, version, licence: typeof license === 'string' ? license : '', text: licenceText(folder) }
}

const byName = (a: Licence, b: Licence): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/**
 * Collects the packages that really end up in the app and writes their licences.
 *
 * @param options.always packages that are shipped but not as modules: native code, fonts, Electron itself
 * @param options.file where to write a JSON array of {@link Licence}, sorted by name
 * @returns one plugin to give to every build; each build completes what the ones before it wrote
 */
export function licences(options: {
  readonly root: string
  readonly always: readonly string[]
  readonly file: string
}): LicencePlugin {
  const folders = new Set(options.always.map((name) => join(options.root, 'node_modules', name)))
  return {
    name: 'libral-licences',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue
        for (const id of Object.keys(file.modules)) folders.add(packageFolder(id) ?? '')
      }
      const found = [...folders].filter(Boolean).map(readLicence)
      const list = found.filter((it) => it !== undefined).sort(byName)
      mkdirSync(dirname(options.file), { recursive: true })
      writeFileSync(options.file, `${JSON.stringify(list, null, 1)}\n`)
    },
  }
}
