import { beforeAll, expect, test } from 'vitest'
import { createAuthority, type FakeAuthority, type FakeSigner, signWebhook } from '#tests/fakes/payments/paypal.ts'
import { sha256, toBase64url } from '../bytes.ts'
import { paypalWebhookEvidence } from './evidence.ts'
import { openPaypalEvidence, sealPaypalEvidence } from './kept-evidence.ts'
import { certificateFingerprint } from './webhook.ts'

const dayMs = 86_400_000
// Its certificate ended years before this runs.
const sentAt = Date.parse('2019-03-01T01:02:03Z')
const commonName = 'messageverificationcerts.paypal.com'
const certificateOrigin = 'https://api.paypal.com'
const certUrl = `${certificateOrigin}/v1/notifications/certs/CERT-360caa42-fca2a594`
const webhookId = '8PT597110X687430L'
const body = Buffer.from('{"id":"WH-1","resource":{"payer":{"name":"田中 花子"}}}')
const place = { deployment: 'libral:00000000-0000-4000-8000-000000000001', message: 'WH-1/abc' }
let authority: FakeAuthority
let signer: FakeSigner
let document: Uint8Array
beforeAll(async () => {
  authority = await createAuthority(sentAt)
  signer = await authority.issue({ commonName, from: sentAt - dayMs, to: sentAt + dayMs })
  const { headers } = signWebhook(body, { signer, webhookId, certUrl, at: sentAt })
  const expected = { webhookId, certificateOrigin, commonName, roots: [authority.root] }
  document = paypalWebhookEvidence({ headers, body, certificates: signer.pem }, expected, sentAt + 60_000)
})
const tampered = expect.objectContaining({ code: 'sealed.tampered' })

test('what was kept opens and verifies after the end of its certificate, and shows nothing before', () => {
  const { ciphertext, key, digests } = sealPaypalEvidence(document, place)
  // As it stands in the document, which the ciphertext does not show.
  expect(Buffer.from(document).includes(toBase64url(body))).toBe(true)
  expect(Buffer.from(ciphertext).includes(toBase64url(body))).toBe(false)
  const verdict = openPaypalEvidence(ciphertext, key, { place, digests })
  expect(verdict).toMatchObject({ fault: null, root: certificateFingerprint(authority.root) })
  expect(Buffer.from(verdict.body)).toEqual(body)
  expect(verdict.evidence?.receivedAt).toBe(sentAt + 60_000)
  // Under a key of its own each time.
  expect(sealPaypalEvidence(document, place).digests.ciphertext).not.toBe(digests.ciphertext)
})

test('any byte changed, another key, message, deployment or digest opens nothing', () => {
  const { ciphertext, key, digests } = sealPaypalEvidence(document, place)
  const opening =
    (over: Partial<Parameters<typeof openPaypalEvidence>[2]>, bytes = ciphertext, by = key) =>
    () =>
      openPaypalEvidence(bytes, by, { place, digests, ...over })
  for (const at of [0, 12, ciphertext.byteLength - 1]) {
    const changed = Uint8Array.from(ciphertext, (byte, nth) => (nth === at ? byte ^ 1 : byte))
    expect(opening({}, changed)).toThrow(tampered)
    const named = { ...digests, ciphertext: toBase64url(sha256(changed)) }
    expect(opening({ digests: named }, changed)).toThrow(tampered)
  }
  expect(opening({}, ciphertext, new Uint8Array(32))).toThrow(tampered)
  expect(opening({ place: { ...place, message: 'WH-2/abc' } })).toThrow(tampered)
  expect(opening({ place: { ...place, deployment: 'libral:00000000-0000-4000-8000-000000000002' } })).toThrow(tampered)
  expect(opening({ digests: { ...digests, plaintext: digests.ciphertext } })).toThrow(tampered)
  expect(opening({}, new Uint8Array(3))).toThrow(tampered)
})

test('what opens and was never signed by PayPal says which step failed', async () => {
  const forged = Buffer.from(Buffer.from(document).toString().replace(webhookId, '8PT597110X687430M'))
  const { ciphertext, key, digests } = sealPaypalEvidence(forged, place)
  expect(openPaypalEvidence(ciphertext, key, { place, digests })).toMatchObject({ fault: 'signature', evidence: null })
  const kept = sealPaypalEvidence(document, place)
  const { root } = await createAuthority(sentAt)
  const judged = openPaypalEvidence(kept.ciphertext, kept.key, { place, digests: kept.digests, roots: [root] })
  expect(judged.fault).toBe('certificate-untrusted')
})
