import { randomBytes } from 'node:crypto'
import { dearmored } from '#main/vault/openpgp/armor.ts'
import { decryptMessage } from '#main/vault/openpgp/decrypt.ts'
import { encryptMessage } from '#main/vault/openpgp/encrypt.ts'
import { Ocb } from '#main/vault/openpgp/ocb.ts'
import { ocbInUse } from '#main/vault/openpgp/ocb-self-test.ts'
import { holds } from '#main/vault/openpgp/ocb-vectors.ts'
import { all, memory, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import { identity, judgementOf, rarerV4Kinds, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { aeads, inVersion1, inVersion2, literalOf, opensWith } from '#tests/fixtures/openpgp/messages.ts'
import { byArgon2, hello } from '#tests/fixtures/openpgp/rfc9580.ts'

/** What peers.test.ts and the unit tests show in Node, in the runtime that the vault has: BoringSSL instead of OpenSSL. */

const document = randomBytes(300_001)
const fail = (what: string): never => {
  throw new Error(what)
}

if (process.versions['electron'] === undefined) fail('not in Electron')
if (!holds((key) => new Ocb(key)) || ocbInUse() !== 'fast') fail('OCB')

for (const [name, kind] of Object.entries({ ...v6Kinds, ...v4Kinds, ...rarerV4Kinds })) {
  const me = await identity(kind)
  const message = encryptMessage(sourceOf(document), { recipients: [me.certificate], signers: [me.signer] })
  const sink = memory()
  const options = { keys: [me.opener], judgement: judgementOf([me]) }
  const { signatures } = await decryptMessage(sourceOf(await all(message)), sink, options)
  if (!sink.bytes.equals(document) || signatures[0]?.verified !== true) fail(name)
  console.log(name)
}

for (const bits of [128, 192, 256] as const)
  for (const aead of [null, ...Object.values(aeads)]) {
    // Sealed with AES-192 in CFB by nobody but others: BoringSSL has none.
    if (bits === 192 && aead === null) continue
    const inner = literalOf(document)
    const message = await (aead === null
      ? inVersion1(inner, bits)
      : inVersion2(inner, { aead, bits, chunkSizeByte: 4 }))
    const sink = memory()
    await decryptMessage(sourceOf(message), sink, { sessionKeys: opensWith(bits), judgement: judgementOf([]) })
    if (!sink.bytes.equals(document)) fail(`${aead} ${bits}`)
  }

for (const { armored, sessionKey } of Object.values(byArgon2)) {
  const data = new Uint8Array(Buffer.from(sessionKey, 'hex'))
  const algorithm = { 16: 7, 24: 8, 32: 9 }[data.byteLength] ?? 0
  const sink = memory()
  const message = await all(dearmored([Buffer.from(armored)]))
  await decryptMessage(sourceOf(message), sink, { sessionKeys: [{ algorithm, data }], judgement: judgementOf([]) })
  if (sink.bytes.toString() !== hello) fail('A.12')
}

console.log('all right')
