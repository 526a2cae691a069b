import { describe, expect, it } from 'vitest'
import { utf8 } from '#trust/bytes.ts'
import { authorization } from './authorization.ts'

const sample = { key: 'sample_key', secret: 'sample_secret' }

describe("the Open Payment API's header", () => {
  it("is the one of PayPay's document", () => {
    const text = '{"sampleRequestBodyKey1":"sampleRequestBodyValue1","sampleRequestBodyKey2":"sampleRequestBodyValue2"}'
    const header = authorization(
      { key: 'APIKeyGenerated', secret: 'APIKeySecretGenerated' },
      {
        method: 'POST',
        path: '/v2/codes',
        body: { bytes: utf8(text), contentType: 'application/json;charset=UTF-8;' },
        nonce: 'acd028',
        epoch: 1579843452,
      },
    )
    expect(header).toBe(
      'hmac OPA-Auth:APIKeyGenerated:NW1jKIMnzR7tEhMWtcJcaef+nFVBt7jjAGcVuxHhchc=:acd028:1579843452:1j0FnY4flNp5CtIKa7x9MQ==',
    )
  })

  it("is the one of PayPay's answers to questions, with a body as it was typed", () => {
    const text = `{
    "merchantPaymentId": "TEST_QR_Payment",
    "amount": {
        "amount":10,
        "currency": "JPY"
    },
    "codeType": "ORDER_QR",
    "isAuthorization":false,
    "redirectUrl":"https://about.paypay.ne.jp/",
    "redirectType":"WEB_LINK"
}`
    const header = authorization(sample, {
      method: 'POST',
      path: '/v2/codes',
      body: { bytes: utf8(text), contentType: 'application/json' },
      nonce: 'fedaa4',
      epoch: 1743138611,
    })
    expect(header).toBe(
      'hmac OPA-Auth:sample_key:C2a7jD7OjL1DXnZhSYQfRI2Oxfdh43htV7pG8cwgCy4=:fedaa4:1743138611:T9wzkv1tUWIxzIHQUT7iDQ==',
    )
  })

  it('says "empty" where there is no body', () => {
    const header = authorization(sample, {
      method: 'GET',
      path: '/v2/payments/TEST_merchantPaymentID',
      nonce: 'a360e2',
      epoch: 1743139337,
    })
    expect(header).toBe('hmac OPA-Auth:sample_key:JbUZwAUKeQ+WDClEjkCGwYG/juFR+Dd5RK5AfL0gK9w=:a360e2:1743139337:empty')
  })
})
