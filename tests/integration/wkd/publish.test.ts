import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { generateKey, type Key, readKeys } from 'openpgp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publishTree } from '#main/vault/wkd/publish.ts'
import { openGnupgHome } from '#tests/fakes/gnupg-home.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { lacking, program } from '#tests/fakes/programs.ts'

const execute = promisify(execFile)
const missing = lacking('gpg', 'sq', 'gpg-wks-client')[0] ?? null

const made = async (...emails: readonly string[]): Promise<Key> => {
  const userIDs = emails.map((email) => ({ name: '鍵管理者', email }))
  const options = { type: 'ecc', curve: 'curve25519Legacy', userIDs, format: 'object' } as const
  return (await generateKey(options)).privateKey
}

type Entries = Record<string, { fingerprint: string; userIds: string[] }[]>

/** Paths of the entries, and what each holds. */
const entriesBelow = async (base: string): Promise<Entries> => {
  const files = readdirSync(base, { recursive: true, withFileTypes: true }).filter((it) => it.isFile())
  const found: [string, Entries[string]][] = []
  for (const file of files) {
    if (file.name === 'policy') continue
    const path = join(file.parentPath, file.name)
    const keys = await readKeys({ binaryKeys: new Uint8Array(readFileSync(path)) })
    const shown = keys.map((it) => ({ fingerprint: it.getFingerprint(), userIds: it.getUserIDs() }))
    found.push([relative(base, path), shown])
  }
  return Object.fromEntries(found.sort(([one], [other]) => one.localeCompare(other)))
}

describe.skipIf(missing !== null)(`a published directory${missing ? ` (no ${missing})` : ''}`, () => {
  let folder: ReturnType<typeof privateFolder>
  beforeEach(() => {
    folder = privateFolder('wkd')
  })
  afterEach(() => folder.remove())
  const at = (...parts: readonly string[]): string => join(folder.path, ...parts)

  it('equals what gpg-wks-client makes', async () => {
    const keys = [await made('Joe.Doe@example.org', 'other@example.net'), await made('鍵@example.org')]
    await publishTree(at('ours'), keys, 'Example.ORG', 'advanced')
    const gnupg = await openGnupgHome()
    for (const key of keys) await gnupg.gpg(['--import'], key.toPublic().write() as Uint8Array)
    mkdirSync(at('theirs', 'example.org'), { recursive: true })
    const install = async (key: Key, address: string) => {
      const args = ['-C', at('theirs'), '--install-key', key.getFingerprint().toUpperCase(), address]
      await execute(program('gpg-wks-client') ?? '', args, { env: gnupg.env })
    }
    await install(keys[0] as Key, 'Joe.Doe@example.org')
    await install(keys[1] as Key, '鍵@example.org')
    await gnupg.stop()
    const ours = await entriesBelow(at('ours', '.well-known', 'openpgpkey'))
    expect(ours).toEqual(await entriesBelow(at('theirs')))
    expect(Object.keys(ours)).toContain('example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q')
    expect(JSON.stringify(ours)).not.toContain('example.net')
  })

  it.each(['advanced', 'direct'] as const)('has the files that sq makes (%s)', async (method) => {
    const keys = [await made('a@example.org'), await made('b@example.org'), await made('a@example.org')]
    await publishTree(at('ours'), keys, 'example.org', method)
    writeFileSync(at('ring'), Buffer.concat(keys.map((it) => it.toPublic().write() as Uint8Array)))
    const direct = method === 'direct' ? ['--direct-method'] : []
    await execute('sq', ['wkd', 'generate', ...direct, at('theirs'), 'example.org', at('ring')])
    const below = (name: string) => at(name, '.well-known', 'openpgpkey')
    const files = (name: string) => readdirSync(below(name), { recursive: true }).sort()
    expect(files('ours')).toEqual(files('theirs'))
    const [ours, theirs] = [await entriesBelow(below('ours')), await entriesBelow(below('theirs'))]
    for (const [path, keysThere] of Object.entries(theirs))
      expect(new Set(ours[path]?.map((it) => it.fingerprint))).toEqual(new Set(keysThere.map((it) => it.fingerprint)))
  })
})
