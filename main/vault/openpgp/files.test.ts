import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { identity, judgementOf, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { ByteReader } from './byte-reader.ts'
import { decryptMessage } from './decrypt.ts'
import { encryptMessage } from './encrypt.ts'
import { FileBytes } from './file-bytes.ts'
import { fileSource, makeFile, writeFileFrom } from './files.ts'

const folder = mkdtempSync(join(tmpdir(), 'libral-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)

test.each([['v6 curve25519', v6Kinds['v6 curve25519']] as const, ['v4 RSA', v4Kinds['v4 RSA-2048']] as const])(
  '%s: a file goes through, with progress; a damaged or cancelled one leaves nothing',
  async (name, kind) => {
    const me = await identity(kind)
    const document = randomBytes(3 * 1024 * 1024 + 17)
    writeFileSync(at(`${name}.bin`), document)
    const seen: number[] = []
    const source = await fileSource(at(`${name}.bin`), { onProgress: (done) => seen.push(done) })
    await writeFileFrom(
      at(`${name}.gpg`),
      encryptMessage(source, { recipients: [me.certificate], signers: [me.signer] }),
    )
    expect(seen.at(-1)).toBe(document.byteLength)
    expect(statSync(at(`${name}.gpg`)).mode & 0o777).toBe(0o600)
    const options = { keys: [me.opener], judgement: judgementOf([me]) }
    const encrypted = await fileSource(at(`${name}.gpg`))
    const read = await makeFile(at(`${name}.out`), (sink) => decryptMessage(encrypted, sink, options))
    expect(read.signatures).toMatchObject([{ verified: true }])
    expect(readFileSync(at(`${name}.out`)).equals(document)).toBe(true)
    const again = makeFile(at(`${name}.out`), (sink) => decryptMessage(encrypted, sink, options))
    await expect(again).rejects.toMatchObject({ code: 'openpgp.target-exists' })

    const damaged = readFileSync(at(`${name}.gpg`))
    damaged[damaged.byteLength - 100_000] = (damaged[damaged.byteLength - 100_000] ?? 0) ^ 1
    writeFileSync(at(`${name}.bad`), damaged)
    const bad = await fileSource(at(`${name}.bad`))
    const opening = makeFile(at(`${name}.lost`), (sink) => decryptMessage(bad, sink, options))
    await expect(opening).rejects.toMatchObject({ code: 'openpgp.tampered' })

    const stop = new AbortController()
    const watched = await fileSource(at(`${name}.gpg`), { signal: stop.signal, onProgress: () => stop.abort() })
    const stopped = makeFile(at(`${name}.lost`), (sink) => decryptMessage(watched, sink, options))
    await expect(stopped).rejects.toMatchObject({ code: 'openpgp.cancelled' })
    expect(readdirSync(folder).filter((it) => /lost|part/.test(it))).toEqual([])
  },
)

test('takes the place of a file only where that is wanted, and only when it is whole', async () => {
  const path = at('there.txt')
  writeFileSync(path, 'before')
  const failing = makeFile(path, () => Promise.reject(new Error('no')), { replace: true })
  await expect(failing).rejects.toThrow('no')
  expect(readFileSync(path, 'utf8')).toBe('before')
  const noted: string[] = []
  const note = async (temporary: string) => {
    noted.push(temporary)
    return async () => void noted.push('forgotten')
  }
  await writeFileFrom(path, [Buffer.from('after')], { replace: true, note })
  expect(readFileSync(path, 'utf8')).toBe('after')
  expect(noted).toEqual([expect.stringMatching(/\.part$/), 'forgotten'])
  await expect(writeFileFrom(path, [])).rejects.toMatchObject({ code: 'openpgp.target-exists' })
})

test('a file is read whole in any steps; one that is closed half way is never taken for a shorter one', async () => {
  const document = randomBytes(3 * 2 ** 20 + 11)
  writeFileSync(at('steps'), document)
  for (const step of [1000, 65_536, 300_001, 2 ** 22]) {
    const parts: Buffer[] = []
    const bytes = new FileBytes(at('steps'), null, {})
    const into = Buffer.alloc(step)
    for (let length = await bytes.into(into); length > 0; length = await bytes.into(into))
      parts.push(Buffer.from(into.subarray(0, length)))
    expect(Buffer.concat(parts).equals(document)).toBe(true)
    expect(await bytes.into(into)).toBe(0)
  }
  const kept: Uint8Array[] = []
  const source = await fileSource(at('steps'))
  for await (const part of source.open()) kept.push(part)
  expect(Buffer.concat(kept).equals(document)).toBe(true)
  const half = new ByteReader(source.open())
  await half.exactly(10)
  source.close()
  await expect(half.upTo(document.byteLength)).rejects.toMatchObject({ code: 'openpgp.cancelled' })
  await expect(new FileBytes(at('absent'), null, {}).next()).rejects.toMatchObject({ code: 'openpgp.read-failed' })
})

test('a full disk has its own code and leaves nothing', async () => {
  const probe = await open(at('probe'), 'w')
  const handle = Object.getPrototypeOf(probe) as { writev: () => Promise<never> }
  await probe.close()
  const full = vi.spyOn(handle, 'writev').mockRejectedValue(Object.assign(new Error('full'), { code: 'ENOSPC' }))
  await expect(writeFileFrom(at('big'), [Buffer.from('x')])).rejects.toMatchObject({ code: 'storage.full' })
  full.mockRestore()
  expect(readdirSync(folder).filter((it) => /big/.test(it))).toEqual([])
})
