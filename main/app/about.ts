import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { app } from 'electron'
import { z } from 'zod'
import type { About, Licence } from '#main/ipc/services.ts'

/** What the build leaves beside the bundles: `out/build.json` and `out/licences.json`. */
const buildSchema = z.object({ commit: z.string(), builtAt: z.string(), official: z.boolean() })
const licencesSchema = z.array(
  z.object({ name: z.string(), version: z.string(), licence: z.string(), text: z.string() }),
)
const unknownBuild = { commit: '', builtAt: '', official: false }

/** @param out folder of all bundles */
export function about(out: string, sqlite: string): About {
  const { chrome = '', electron = '', node } = process.versions as Readonly<Record<string, string>> & { node: string }
  return {
    version: app.getVersion(),
    ...readBuild(join(out, 'build.json')),
    electron,
    chromium: chrome,
    node,
    sqlite,
    packaged: app.isPackaged,
    userData: app.getPath('userData'),
  }
}

function readBuild(file: string): z.infer<typeof buildSchema> {
  try {
    return buildSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return unknownBuild
  }
}

export async function licences(out: string): Promise<readonly Licence[]> {
  return licencesSchema.parse(JSON.parse(await readFile(join(out, 'licences.json'), 'utf8')))
}

/** Version of the SQLite in the replica, asked of the library itself. */
export async function sqliteVersion(): Promise<string> {
  const { default: Database } = await import('better-sqlite3-multiple-ciphers')
  const database = new Database(':memory:')
  try {
    return z.string().parse(database.prepare('select sqlite_version()').pluck().get())
  } finally {
    database.close()
  }
}
