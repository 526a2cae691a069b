import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { createKeyring, openKeyring } from './keyring.ts'
import { lockKeyring } from './lock.ts'

vi.mock('#main/vault/openpgp/config.ts', async (original) =>
  (await import('#tests/fixtures/vault/light-locks.ts')).lightLocks(await original()),
)

const passphrase = new TextEncoder().encode('しおりと羅針盤')
const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'kr-'))
  folders.push(made)
  return made
}
afterEach(() => {
  for (const it of folders.splice(0)) rmSync(it, { recursive: true, force: true })
})
const present = (directory: string): string => join(directory, 'keyring.libral')
const opened = async (directory: string, secret = passphrase) => {
  const keyring = await openKeyring(directory, secret, Date.now())
  if (keyring === null) throw new Error('wrong passphrase')
  return keyring
}
const note = (keyring: Awaited<ReturnType<typeof createKeyring>>, backupAt: number) =>
  keyring.change((document) => ({ ...document, backupAt }))

test('what was saved comes back under the passphrase alone, in whatever form it was typed', async () => {
  const directory = folder()
  await note(await createKeyring(directory, passphrase, 1), 77)
  expect((await opened(directory)).current()).toMatchObject({ createdAt: 1, backupAt: 77 })
  const decomposed = new TextEncoder().encode('しおりと羅針盤'.normalize('NFD'))
  expect((await opened(directory, decomposed)).current().backupAt).toBe(77)
  expect(await openKeyring(directory, new TextEncoder().encode('wrong'), 1)).toBeNull()
  await expect(createKeyring(directory, passphrase, 1)).rejects.toMatchObject({ code: 'vault.exists' })
  expect(readFileSync(present(directory), 'utf8')).not.toContain('createdAt')
})

test('a new passphrase replaces the old one and keeps the keys', async () => {
  const directory = folder()
  const keyring = await createKeyring(directory, passphrase, 1)
  await note(keyring, 5)
  await keyring.setPassphrase(new TextEncoder().encode('another one'))
  expect(await openKeyring(directory, passphrase, 1)).toBeNull()
  expect((await opened(directory, new TextEncoder().encode('another one'))).current().backupAt).toBe(5)
})

test('a change that throws changes nothing, and the next one goes on', async () => {
  const keyring = await createKeyring(folder(), passphrase, 1)
  await expect(
    keyring.change(() => {
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  await note(keyring, 9)
  expect(keyring.current().backupAt).toBe(9)
})

test('a damaged file is set aside, never overwritten, and the save before it opens', async () => {
  const directory = folder()
  const keyring = await createKeyring(directory, passphrase, 1)
  await note(keyring, 10)
  await note(keyring, 20)
  const bytes = readFileSync(present(directory))
  bytes[200] = (bytes[200] ?? 0) ^ 1
  writeFileSync(present(directory), bytes)
  const found = await opened(directory)
  expect(found.current().backupAt).toBe(10)
  expect(found.setAside).toMatch(/^keyring\.broken-/)
  expect(readFileSync(join(directory, found.setAside ?? ''))).toEqual(bytes)
  await note(found, 30)
  expect((await opened(directory)).current().backupAt).toBe(30)
})

test('cut off at any length it opens the save before, or says that nothing whole is left', async () => {
  const directory = folder()
  const keyring = await createKeyring(directory, passphrase, 1)
  await note(keyring, 10)
  const { length } = readFileSync(present(directory))
  for (const size of [0, 1, Math.floor(length / 2), length - 2]) {
    truncateSync(present(directory), size)
    expect((await opened(directory)).current().backupAt).toBeNull()
    await note(await opened(directory), 10)
  }
  truncateSync(present(directory), 3)
  rmSync(join(directory, 'keyring.previous'))
  await expect(opened(directory)).rejects.toMatchObject({ code: 'vault.unreadable' })
})

test('a keyring of a newer version is left alone', async () => {
  const { createHash } = await import('node:crypto')
  const directory = folder()
  const line = JSON.stringify({ v: 2, new: true })
  writeFileSync(present(directory), `${line}\n${createHash('sha256').update(line).digest('hex')}\n`)
  await expect(opened(directory)).rejects.toMatchObject({ code: 'vault.newer-version' })
  expect(readdirSync(directory)).toEqual(['keyring.libral'])
})

test('one process at a time: a second is told so, and a killed holder leaves no lock', async () => {
  const directory = folder()
  const module = join(import.meta.dirname, 'lock.ts')
  const code = `import { lockKeyring } from ${JSON.stringify(module)}; lockKeyring(${JSON.stringify(directory)}); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  expect(() => lockKeyring(directory)).toThrow(expect.objectContaining({ code: 'vault.in-use' }))
  child.kill('SIGKILL')
  await once(child, 'exit')
  lockKeyring(directory)()
})

test('killed at any moment, what was acknowledged is there', async () => {
  const directory = folder()
  await createKeyring(directory, passphrase, 0)
  const module = join(import.meta.dirname, 'keyring.ts')
  const code = `import { openKeyring } from ${JSON.stringify(module)}
const keyring = await openKeyring(${JSON.stringify(directory)}, new TextEncoder().encode('しおりと羅針盤'), 1)
for (let n = (keyring.current().backupAt ?? 0) + 1; ; n++) { await keyring.change((it) => ({ ...it, backupAt: n })); process.stdout.write(n + '\\n') }`
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = 0
    child.stdout.on('data', (data: Buffer) => {
      said = Number(data.toString().trim().split('\n').at(-1))
      // At a moment of its own choosing within the next write.
      if (said % 7 === round % 7) child.kill('SIGKILL')
    })
    await once(child, 'close')
    expect((await opened(directory)).current().backupAt ?? 0).toBeGreaterThanOrEqual(said)
  }
})
