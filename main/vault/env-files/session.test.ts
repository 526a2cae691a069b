import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { EnvSheet } from '#protocol/env-files.ts'
import { vaultSpeaker } from '../ask/texts.ts'
import { vaultRouter } from '../router.ts'
import { createVault, type Vault } from '../vault.ts'

const folder = mkdtempSync(join(tmpdir(), 've-'))
let vault: Vault
const client = () => createRouterClient(vaultRouter, { context: { vault } })
const ids: Record<'me' | 'friend', string> = { me: '', friend: '' }

beforeAll(async () => {
  mkdirSync(join(folder, 'vault'))
  vault = createVault({
    directory: join(folder, 'vault'),
    async ask(_question, use) {
      const used = await use(Buffer.from('a long passphrase'), 0)
      if (used === null) throw new Error('refused')
      return used
    },
    say: vaultSpeaker('ja'),
    now: Date.now,
  })
  await client().setUp({})
  const draft = { curve: '25519' as const, days: 30 }
  ids.me = (await client().create({ ...draft, name: '私', email: 'me@example.jp', companion: true })).id
  ids.friend = (await client().create({ ...draft, name: '友', email: 'friend@example.jp', companion: false })).id
})
afterAll(async () => {
  await vault.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A file at work: its sheet as it is now, and what ends it. */
async function begun(how: 'open' | 'create', name: string) {
  const sheets = await client().envFiles[how]({ file: join(folder, name) })
  const next = async (): Promise<EnvSheet> => {
    const { value, done } = await sheets.next()
    if (done || value === undefined) throw new Error('it ended')
    return value
  }
  const { session } = await next()
  return { session, next, end: () => sheets.return?.() }
}

it('holds changes until they are saved, and says them by name', async () => {
  const { envFiles } = client()
  const { session, next, end } = await begun('create', 'a.env.gpg')
  await envFiles.setReaders({ session, readers: [ids.me] })
  await next()
  await envFiles.set({ session, name: 'A', value: 'one' })
  expect(await next()).toMatchObject({ fresh: true, names: ['A'], changes: [{ name: 'A', change: 'added' }] })
  await envFiles.save({ session, dropStrangers: false })
  expect(await next()).toMatchObject({ fresh: false, names: ['A'], changes: [], forGnupg: true, strangers: 0 })
  await envFiles.set({ session, name: 'A', value: 'two' })
  await next()
  const both = await Promise.all(
    (['before', 'after'] as const).map((side) => envFiles.value({ session, name: 'A', side })),
  )
  expect(both).toEqual([{ value: 'one' }, { value: 'two' }])
  await envFiles.unset({ session, name: 'A' })
  expect(await next()).toMatchObject({ names: [], changes: [{ name: 'A', change: 'removed' }] })
  await envFiles.revert({ session, name: 'A' })
  expect(await next()).toMatchObject({ names: ['A'], changes: [] })
  await end()
})

it('refuses what no program could use, a name that is not there, and a file that is', async () => {
  const { envFiles } = client()
  const { session, end } = await begun('create', 'b.env.gpg')
  await expect(envFiles.set({ session, name: '1', value: '' })).rejects.toMatchObject({ code: 'env.name-invalid' })
  await expect(envFiles.set({ session, name: 'A', value: '\0' })).rejects.toMatchObject({ code: 'env.value-invalid' })
  await expect(envFiles.unset({ session, name: 'A' })).rejects.toMatchObject({ code: 'env.unknown' })
  await expect(envFiles.value({ session, name: 'A', side: 'after' })).rejects.toMatchObject({ code: 'env.unknown' })
  await end()
  await expect(begun('create', 'a.env.gpg')).rejects.toMatchObject({ code: 'openpgp.target-exists' })
})

it('loses no reader outside the keyring unasked', async () => {
  const { envFiles } = client()
  const first = await begun('create', 'c.env.gpg')
  await envFiles.setReaders({ session: first.session, readers: [ids.me, ids.friend] })
  await envFiles.save({ session: first.session, dropStrangers: false })
  await first.end()
  await vault.keyring().change((document) => ({
    ...document,
    entries: document.entries.filter(({ id }) => id !== ids.friend),
  }))
  const { session, end } = await begun('open', 'c.env.gpg')
  await expect(envFiles.save({ session, dropStrangers: false })).rejects.toMatchObject({ code: 'env.reader-unknown' })
  await envFiles.save({ session, dropStrangers: true })
  await end()
  const again = await client().envFiles.open({ file: join(folder, 'c.env.gpg') })
  expect((await again.next()).value).toMatchObject({ strangers: 0, before: [{ id: ids.me, own: true, version: 4 }] })
  await again.return?.()
})

it('leaves alone what somebody else wrote, and reads that anew', async () => {
  const { envFiles } = client()
  const file = join(folder, 'd.env.gpg')
  const { session, next, end } = await begun('create', 'd.env.gpg')
  await envFiles.setReaders({ session, readers: [ids.me] })
  await envFiles.set({ session, name: 'A', value: 'mine' })
  const theirs = readFileSync(join(folder, 'a.env.gpg'))
  writeFileSync(file, theirs)
  await expect(envFiles.save({ session, dropStrangers: false })).rejects.toMatchObject({ code: 'env.changed' })
  expect(readFileSync(file).equals(theirs)).toBe(true)
  await next()
  await envFiles.reopen({ session })
  await next()
  expect(await envFiles.value({ session, name: 'A', side: 'after' })).toEqual({ value: 'one' })
  await end()
})

it('knows a session no longer once its iterator has ended', async () => {
  const { session, end } = await begun('open', 'a.env.gpg')
  await end()
  await expect(client().envFiles.value({ session, name: 'A', side: 'after' })).rejects.toMatchObject({
    code: 'file.not-chosen',
  })
})
