import { expect, test, vi } from 'vitest'
import { mergeBackup, openBackup, sealBackup } from './backup.ts'
import { createIdentity } from './identity/create.ts'
import { emptyDocument } from './keyring/document.ts'

vi.mock('#main/vault/openpgp/config.ts', async (original) =>
  (await import('#tests/fixtures/vault/light-locks.ts')).lightLocks(await original()),
)

const secret = new TextEncoder().encode('a backup passphrase')
const draft = { name: '田中', email: 'tanaka@example.jp', curve: '25519', companion: true, days: null } as const
const entry = async (id: string) => ({ id, addedAt: 1, certificates: await createIdentity(draft, Date.now()) })

test('a backup opens under its passphrase, and only as a backup', async () => {
  const document = { ...emptyDocument(1), entries: [await entry('0193a1b2-0000-7000-8000-000000000001')] }
  const text = await sealBackup(document, secret)
  expect(text).toContain('BEGIN PGP MESSAGE')
  expect(await openBackup(text, secret)).toEqual(document)
  expect(await openBackup(text, new TextEncoder().encode('wrong'))).toBeNull()
  await expect(openBackup('no message', secret)).rejects.toMatchObject({ code: 'backup.not-a-backup' })
})

test('what is here already stays as it is', async () => {
  const mine = await entry('0193a1b2-0000-7000-8000-000000000001')
  const other = await entry('0193a1b2-0000-7000-8000-000000000002')
  const present = { ...emptyDocument(1), entries: [mine] }
  const { document, result } = mergeBackup(present, { ...emptyDocument(2), entries: [mine, other] })
  expect(document.entries).toEqual([mine, other])
  expect(result.items.map(({ outcome }) => outcome)).toEqual(['unchanged', 'added'])
})
