import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { witnessText } from '#tests/fixtures/bundle/log.ts'
import { identity, v4Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { peter } from '#trust/tlog/published.ts'
import { readTrustedKeys } from './key-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'key-file-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))
const written = async (content: string | Uint8Array): Promise<string> => {
  await writeFile(join(folder, 'keys'), content)
  return join(folder, 'keys')
}
const refusal = (code: string) => expect.objectContaining({ code })
const fingerprint = '0123456789abcdef0123456789abcdef01234567'

it('reads keys a line, with what each is called unless all are given a label', async () => {
  const file = await written(`# 本社\n${peter.key} 本社の記録\n\n${witnessText('one')}\n${fingerprint} 山田 花子\n`)
  const keys = await readTrustedKeys(file, 7)
  expect(keys.map(({ kind, label, at }) => [kind, label, at])).toEqual([
    ['log', '本社の記録', 7],
    ['witness', '', 7],
    ['certificate', '山田 花子', 7],
  ])
  expect((await readTrustedKeys(file, 7, '監査')).map(({ label }) => label)).toEqual(['監査', '監査', '監査'])
})

it('reads certificates, armored or not, several at once, and no secret key', async () => {
  const { certificate, secret } = await identity(v4Kinds['v4 curve25519Legacy'])
  const named = { kind: 'certificate', key: certificate.getFingerprint(), label: certificate.getUserIDs()[0] }
  expect(await readTrustedKeys(await written(certificate.armor()), 7)).toMatchObject([named])
  const twice = new Uint8Array([...certificate.write(), ...certificate.write()])
  expect(await readTrustedKeys(await written(twice), 7, '監査')).toMatchObject([
    { ...named, label: '監査' },
    { ...named, label: '監査' },
  ])
  await expect(readTrustedKeys(await written(secret.armor()), 7)).rejects.toEqual(refusal('keys.not-a-key'))
})

it('refuses what holds no key', async () => {
  await expect(readTrustedKeys(await written('# nothing\n'), 7)).rejects.toEqual(refusal('bundle.no-key'))
  await expect(readTrustedKeys(await written('something\n'), 7)).rejects.toEqual(refusal('bundle.no-key'))
  await expect(readTrustedKeys(join(folder, 'none'), 7)).rejects.toEqual(refusal('file.unreadable'))
})
