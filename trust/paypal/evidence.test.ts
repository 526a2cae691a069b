import { beforeAll, expect, test } from 'vitest'
import { createAuthority, type FakeAuthority, type FakeSigner, signWebhook } from '#tests/fakes/payments/paypal.ts'
import { paypalWebhookEvidence, verifyPaypalEvidence } from './evidence.ts'
import { certificateFingerprint, WebhookRefused } from './webhook.ts'

const dayMs = 86_400_000
const sentAt = Date.parse('2026-11-20T01:02:03Z')
const commonName = 'messageverificationcerts.paypal.com'
const certificateOrigin = 'https://api.paypal.com'
const certUrl = `${certificateOrigin}/v1/notifications/certs/CERT-360caa42-fca2a594`
const body = Buffer.from('{"id":"WH-1","resource":{"custom_id":"注文"}}')
let authority: FakeAuthority
let signer: FakeSigner
beforeAll(async () => {
  authority = await createAuthority(sentAt)
  signer = await authority.issue({ commonName, from: sentAt - dayMs, to: sentAt + dayMs })
})

const expectation = () => ({ webhookId: '8PT597110X687430L', certificateOrigin, commonName, roots: [authority.root] })
const received = () => {
  const { headers } = signWebhook(body, { signer, webhookId: '8PT597110X687430L', certUrl, at: sentAt })
  return { headers, body: new Uint8Array(body), certificates: signer.pem }
}
const faultOf = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (thrown) {
    return thrown instanceof WebhookRefused ? thrown.fault : String(thrown)
  }
}

test('what was kept verifies again whenever that is, and by its own bytes alone', () => {
  const kept = paypalWebhookEvidence(received(), expectation(), sentAt + 60_000)
  const { evidence, body: again } = verifyPaypalEvidence(kept)
  expect(Buffer.from(again)).toEqual(body)
  expect(certificateFingerprint(evidence.root)).toBe(certificateFingerprint(authority.root))
  expect(verifyPaypalEvidence(kept, [authority.root]).evidence).toEqual(evidence)
})

test('it is nothing to who trusts other roots, nor with a byte changed', async () => {
  const kept = paypalWebhookEvidence(received(), expectation(), sentAt + 60_000)
  const other = await createAuthority(sentAt)
  expect(faultOf(() => verifyPaypalEvidence(kept, [other.root]))).toBe('certificate-untrusted')
  const text = Buffer.from(kept).toString()
  const edited = (from: string, to: string) => faultOf(() => verifyPaypalEvidence(Buffer.from(text.replace(from, to))))
  expect(edited('8PT597110X687430L', '8PT597110X687430M')).toBe('signature')
  expect(edited(Buffer.from(body).toString('base64url'), Buffer.from('{}').toString('base64url'))).toBe('signature')
  expect(edited(`"receivedAt":${sentAt + 60_000}`, `"receivedAt":${sentAt + 9 * dayMs}`)).toBe('transmission-time')
})

test('an address that only looks like PayPal is none', () => {
  const at = (address: string) =>
    faultOf(() =>
      paypalWebhookEvidence(
        { ...received(), headers: { ...received().headers, 'paypal-cert-url': address } },
        expectation(),
        sentAt,
      ),
    )
  const path = '/v1/notifications/certs/CERT-1'
  for (const address of [
    `http://api.paypal.com${path}`,
    `https://api.paypal.com.evil.example${path}`,
    `https://api.paypal.com@evil.example${path}`,
    `https://api.paypal.com:444${path}`,
    `https://api.paypal.com${path}?x=1`,
    `https://api.paypal.com/v1/notifications/certs/../../../evil`,
    `https://API.paypal.com${path}`,
    'CERT-1',
  ]) {
    expect({ address, fault: at(address) }).toEqual({ address, fault: 'certificate-address' })
  }
})
