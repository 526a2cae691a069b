import { randomBytes } from 'node:crypto'
import { config, enums, PacketList, SymEncryptedSessionKeyPacket } from 'openpgp'
import { expect, test } from 'vitest'
import { all, memory, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import { identity, judgementOf, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { aeads, inVersion2, literalOf, opensWith } from '#tests/fixtures/openpgp/messages.ts'
import { armored, dearmored } from './armor.ts'
import { readCleartext, signCleartext } from './cleartext.ts'
import { decryptMessage, findMessageKey, readSigned } from './decrypt.ts'
import { encryptMessage } from './encrypt.ts'
import { kindOf } from './inspect.ts'
import { signDetached, signedMessage } from './sign.ts'
import { verifyDetached } from './verify.ts'

const kinds = Object.entries({ ...v6Kinds, ...v4Kinds })
const [mine, yours, old] = await Promise.all([
  identity(v6Kinds['v6 curve25519']),
  identity(v6Kinds['v6 curve25519']),
  identity(v4Kinds['v4 curve25519Legacy']),
])

test.each(kinds)('%s encrypts, signs, decrypts and verifies', async (_name, kind) => {
  const me = await identity(kind)
  const document = randomBytes(700_001)
  const encrypted = await all(
    encryptMessage(sourceOf(document, 4099), {
      recipients: [me.certificate],
      signers: [me.signer],
      filename: 'あ.txt',
    }),
  )
  const sink = memory()
  const options = { keys: [me.opener], judgement: judgementOf([me]) }
  const read = await decryptMessage(sourceOf(encrypted, 1000), sink, options)
  expect(sink.bytes.equals(document)).toBe(true)
  expect(read.head).toEqual({ text: false, filename: 'あ.txt' })
  expect(read.sessionKey?.algorithm).toBe(enums.symmetric.aes256)
  expect(read.signatures).toMatchObject([
    {
      verified: true,
      valid: true,
      reason: null,
      signer: { certificate: me.fingerprint, userIds: [expect.any(String)] },
    },
  ])
})

test.each([0, 1, 2 ** 18 - 40, 2 ** 18, 2 ** 19])('a document of %i bytes comes back', async (length) => {
  const document = randomBytes(length)
  for (const [one, password] of [[mine, []] as const, [old, []] as const, [null, ['秘密の言葉']] as const]) {
    const recipients = one === null ? [] : [one.certificate]
    const encrypted = await all(encryptMessage(sourceOf(document), { recipients, passwords: password }))
    const sink = memory()
    const keys = one === null ? [] : [one.opener]
    const read = await decryptMessage(sourceOf(encrypted), sink, {
      keys,
      passwords: password,
      judgement: judgementOf([]),
    })
    expect(sink.bytes.equals(document)).toBe(true)
    expect(read.signatures).toEqual([])
  }
})

test.each(Object.entries(aeads))('%s: every length around the end of a chunk comes back', async (_, aead) => {
  for (let length = 0; length <= 160; length++) {
    const document = randomBytes(length)
    const message = await inVersion2(literalOf(document), { aead })
    const sink = memory()
    await decryptMessage(sourceOf(message, 7), sink, { sessionKeys: opensWith(256), judgement: judgementOf([]) })
    expect(sink.bytes.equals(document), `${length} bytes`).toBe(true)
  }
})

test('each of several recipients and passwords opens it; an older one makes it readable for all', async () => {
  const document = Buffer.from('送金 ¥1,000')
  const recipients = [mine.certificate, yours.certificate, old.certificate]
  const encrypted = await all(encryptMessage(sourceOf(document), { recipients, passwords: ['か', 'き'] }))
  const judgement = judgementOf([])
  const ways = [{ keys: [mine.opener] }, { keys: [yours.opener] }, { keys: [old.opener] }, { passwords: ['き'] }]
  for (const way of ways) {
    const sink = memory()
    await decryptMessage(sourceOf(encrypted), sink, { ...way, judgement })
    expect(sink.bytes.equals(document)).toBe(true)
  }
  const wrong = decryptMessage(sourceOf(encrypted), memory(), { passwords: ['く'], judgement })
  await expect(wrong).rejects.toMatchObject({ code: 'openpgp.password-wrong' })
  const stranger = await identity(v6Kinds['v6 curve25519'])
  const foreign = decryptMessage(sourceOf(encrypted), memory(), { keys: [stranger.opener], judgement })
  await expect(foreign).rejects.toMatchObject({ code: 'openpgp.wrong-key' })
})

test('a key of a cipher that nobody has, as a wrong password makes it of another, is passed over', async () => {
  const document = Buffer.from('送金')
  const recipients = [old.certificate]
  const encrypted = await all(encryptMessage(sourceOf(document), { recipients, passwords: ['か'] }))
  const misread = new SymEncryptedSessionKeyPacket()
  const { aes256, twofish } = enums.symmetric
  Object.assign(misread, { version: 4, sessionKeyEncryptionAlgorithm: aes256, sessionKeyAlgorithm: twofish })
  await (misread as unknown as { encrypt(password: string, by: typeof config): Promise<void> }).encrypt('か', config)
  const packets = new PacketList()
  packets.push(misread)
  const both = Buffer.concat([packets.write(), encrypted])
  const sink = memory()
  await decryptMessage(sourceOf(both), sink, { passwords: ['か'], judgement: judgementOf([]) })
  expect(sink.bytes.equals(document)).toBe(true)
  const wrong = decryptMessage(sourceOf(both), memory(), { passwords: ['き'], judgement: judgementOf([]) })
  await expect(wrong).rejects.toMatchObject({ code: 'openpgp.password-wrong' })
})

test('a session key is found before the message is read, and opens it alone', async () => {
  const document = randomBytes(300_000)
  for (const [me, version] of [[mine, 2] as const, [old, 1] as const]) {
    const encrypted = await all(encryptMessage(sourceOf(document), { recipients: [me.certificate], passwords: ['か'] }))
    const found = await findMessageKey(sourceOf(encrypted.subarray(0, 2000)), { keys: [me.opener] })
    expect(found).toMatchObject({ version, key: { by: me.opener.key.getFingerprint() } })
    const sink = memory()
    const sessionKeys = found === null ? [] : [found.key]
    await decryptMessage(sourceOf(encrypted), sink, { sessionKeys, judgement: judgementOf([]) })
    expect(sink.bytes.equals(document)).toBe(true)
    const byPassword = await findMessageKey(sourceOf(encrypted), { passwords: ['か'] })
    expect(byPassword).toMatchObject({ version, key: { by: null } })
    const without = findMessageKey(sourceOf(encrypted), {})
    await expect(without).rejects.toMatchObject({ code: 'openpgp.wrong-key', params: { password: true } })
  }
  const signed = await all(signedMessage(sourceOf(document), { signers: [mine.signer] }))
  expect(await findMessageKey(sourceOf(signed), {})).toBeNull()
})

test('what a message is shows in its beginning, armored or not', async () => {
  const document = Buffer.from('一')
  const signers = [mine.signer]
  const forms = {
    encrypted: await all(encryptMessage(sourceOf(document), { recipients: [mine.certificate] })),
    signed: await all(signedMessage(sourceOf(document), { signers })),
    detached: await signDetached([document], { signers }),
  }
  for (const [kind, bytes] of Object.entries(forms)) {
    expect(await kindOf(sourceOf(bytes, 7))).toBe(kind)
    const armor = await all(armored(kind === 'detached' ? 'signature' : 'message', [bytes]))
    expect(await kindOf(sourceOf(armor, 7))).toBe(kind)
  }
  expect(await kindOf(sourceOf(Buffer.from(await signCleartext('一', { signers })), 7))).toBe('cleartext')
  await expect(kindOf(sourceOf(Buffer.from('ただの文')))).rejects.toMatchObject({ code: 'openpgp.malformed' })
})

test('inline, detached and cleartext signatures by two people', async () => {
  const document = Buffer.from('- 一行目  \nFrom 二行目\n\n三行目')
  const signers = [mine.signer, old.signer]
  const judgement = judgementOf([mine, old], [mine])
  const expected = [
    { verified: true, reason: null },
    { verified: false, valid: true, reason: 'not-trusted' },
  ]
  const sink = memory()
  const inline = await readSigned(sourceOf(await all(signedMessage(sourceOf(document), { signers }))), sink, judgement)
  expect(sink.bytes.equals(document)).toBe(true)
  expect(inline.signatures).toMatchObject(expected)
  const detached = await signDetached([document], { signers })
  const text = await all(armored('signature', [detached]))
  expect(await verifyDetached([document], [text], judgement)).toMatchObject(expected)
  const cleartext = await signCleartext(document.toString(), { signers })
  const read = await readCleartext(Buffer.from(cleartext), judgement)
  expect(read.text).toBe('- 一行目\nFrom 二行目\n\n三行目')
  expect(read.signatures).toMatchObject(expected)
  const changed = await readCleartext(Buffer.from(cleartext.replace('三行目', '四行目')), judgement)
  expect(changed.signatures).toMatchObject([{ reason: 'signature-wrong' }, { reason: 'signature-wrong' }])
  await expect(readCleartext(Buffer.from(`前\n${cleartext}`), judgement)).rejects.toMatchObject({
    code: 'openpgp.malformed',
  })
})

test.each([mine, old])("pieces are the reader's own: they may be kept, and read later", async (me) => {
  const document = randomBytes(3 * 2 ** 18 + 5)
  const kept: Uint8Array[] = []
  const options = { recipients: [me.certificate], signers: [me.signer] }
  for await (const piece of encryptMessage(sourceOf(document, 70_000), options)) kept.push(piece)
  const sink: Uint8Array[] = []
  const keep = { write: (bytes: Uint8Array): void => void sink.push(bytes) }
  const source = { size: null, open: () => kept }
  await decryptMessage(source, keep, { keys: [me.opener], judgement: judgementOf([me]) })
  expect(Buffer.concat(sink).equals(document)).toBe(true)
})

test('a message goes straight from encryption to decryption, its size unknown', async () => {
  const document = randomBytes(2 ** 19 + 1)
  const plain = { size: null, open: sourceOf(document).open }
  const options = { recipients: [mine.certificate], signers: [mine.signer, old.signer] }
  const through = { size: null, open: () => encryptMessage(plain, options) }
  const sink = memory()
  const read = await decryptMessage(through, sink, { keys: [mine.opener], judgement: judgementOf([mine, old]) })
  expect(sink.bytes.equals(document)).toBe(true)
  expect(read.signatures).toMatchObject([{ verified: true }, { verified: true }])
})

test('armor comes back, also with CR LF and a checksum, and refuses a cut', async () => {
  const bytes = randomBytes(200_000)
  const text = Buffer.from(await all(armored('message', [bytes]))).toString()
  const foreign = text.replace('\n\n', '\nComment: x\n\n').replace('\n-----END', '\n=abcd\n-----END')
  for (const form of [text, foreign, foreign.replaceAll('\n', '\r\n'), `前置き\n${text}`])
    expect(Buffer.from(await all(dearmored([Buffer.from(form)]))).equals(bytes)).toBe(true)
  await expect(all(dearmored([Buffer.from(text.slice(0, -40))]))).rejects.toMatchObject({ code: 'openpgp.truncated' })
})

test('every flipped byte and every cut of a small message is refused with a code; nothing is given out as whole', async () => {
  const document = Buffer.from('¥5,000,000')
  for (const [me, signers] of [[mine, []] as const, [old, [old.signer]] as const]) {
    const encrypted = await all(encryptMessage(sourceOf(document), { recipients: [me.certificate], signers }))
    const options = { keys: [me.opener], judgement: judgementOf([me]) }
    const open = async (bytes: Uint8Array) => decryptMessage(sourceOf(bytes), memory(), options)
    for (let at = 0; at < encrypted.byteLength; at++) {
      const flipped = Uint8Array.from(encrypted)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      const read = await open(flipped).catch((thrown: unknown) => thrown)
      // Some bits say nothing: the key id of a packet that is found by its fingerprint, the padding of a number.
      if (read instanceof Error) expect(read, `byte ${at}`).toMatchObject({ code: expect.stringMatching(/^openpgp\./) })
      else expect((read as { signatures: unknown[] }).signatures.length).toBe(signers.length)
      await expect(open(encrypted.subarray(0, at))).rejects.toMatchObject({ code: expect.stringMatching(/^openpgp\./) })
    }
  }
}, 120_000)
