import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessesOf } from '#main/vault/access.ts'
import { parseStored } from '#main/vault/keyring/listing.ts'
import { type GnupgHome, openGnupgHome } from '#tests/fakes/gnupg-home.ts'
import { lacking } from '#tests/fakes/programs.ts'
import { openVault } from '#tests/fixtures/vault/vault.ts'
import { checkOpening, checkSignature } from './external-checks.ts'

const missing = lacking('gpg', 'gpgconf', 'gpg-agent', 'sq')[0] ?? null
const passphrase = 'gpg-agent no kagi'

describe.skipIf(missing !== null)(`keys that stay in gpg-agent${missing ? ` (no ${missing})` : ''}`, () => {
  let gnupg: GnupgHome
  let opened: Awaited<ReturnType<typeof openVault>>
  const before = process.env['GNUPGHOME']
  beforeAll(async () => {
    gnupg = await openGnupgHome()
    process.env['GNUPGHOME'] = gnupg.path
    opened = await openVault(() => passphrase, { agent: { home: gnupg.path } })
    const make = ['--passphrase', passphrase, '--quick-generate-key', '佐藤 <sato@example.org>', 'future-default']
    expect((await gnupg.gpg(make)).code).toBe(0)
    // It remembers the passphrase of a key that it has just made.
    await gnupg.agent('reloadagent')
  })
  afterAll(async () => {
    await opened.stop()
    await gnupg.stop()
    if (before === undefined) delete process.env['GNUPGHOME']
    else process.env['GNUPGHOME'] = before
  })

  it('become a line of the keyring, with a version 6 certificate over the same keys', async () => {
    const { identities } = await opened.client.hardware.agentIdentities({})
    expect(identities).toMatchObject([{ userId: '佐藤 <sato@example.org>', card: false, taken: false }])
    const fingerprint = identities[0]?.fingerprint ?? ''
    const { id } = await opened.client.hardware.takeAgent({ fingerprint, modern: true })
    expect((await opened.client.hardware.agentIdentities({})).identities[0]?.taken).toBe(true)
    const line = opened.vault
      .keyring()
      .current()
      .entries.find((it) => it.id === id)
    expect(line?.certificates).toHaveLength(2)
    for (const stored of line?.certificates ?? []) {
      const key = await parseStored(stored)
      const [primary, reader] = accessesOf(key, stored, opened.vault.hardware)
      if (primary === undefined || reader === undefined) throw new Error('no access')
      await checkSignature(key.toPublic(), primary)
      await checkOpening(key.toPublic(), reader)
    }
    const again = opened.client.hardware.takeAgent({ fingerprint: '0'.repeat(40), modern: false })
    await expect(again).rejects.toMatchObject({ code: 'keys.unknown' })
  })

  it('are extended, rotated and revoked by gpg-agent', async () => {
    const [line] = opened.vault.keyring().current().entries
    const id = line?.id ?? ''
    await opened.client.extend({ id, days: 400 })
    await opened.client.rotate({ id })
    expect(
      opened.vault
        .keyring()
        .current()
        .entries[0]?.certificates.map(({ held }) => Object.keys(held).length),
    ).toEqual([3, 3])
    opened.person.asked.length = 0
    await gnupg.agent('reloadagent')
    let wrong = 1
    opened.person.answering = ({ fields }) => (fields === 'one' && wrong-- > 0 ? 'wrong' : passphrase)
    await opened.client.revoke({ id, reason: 'compromised', text: '' })
    expect(opened.person.asked.map((it) => [it.fields, it.wrong ?? false])).toEqual([
      ['none', false],
      ['one', false],
      ['one', true],
    ])
    expect(opened.person.asked[1]?.facts[0]?.value).toBe('佐藤 <sato@example.org>')
  })
})
