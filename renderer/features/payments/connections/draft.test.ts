import { describe, expect, it } from 'vitest'
import type { SettingsRow } from '#protocol/payments-settings.ts'
import { changeOf, draftOf, keptSecrets, problemsOf, triedOf, withAddress } from './draft.ts'

const row = (more: object = {}): SettingsRow =>
  ({
    provider: 'paypay',
    baseAddress: 'https://apigw.paypay.ne.jp',
    values: { merchantId: '1' },
    secrets: ['apiKey', 'apiSecret'].map((name) => ({ name, last4: '1234', setAt: 1, setBy: 'suzuki' })),
    ...{ paused: false, changedAt: 10, changedBy: 'suzuki' },
    ...more,
  }) as unknown as SettingsRow
const entered = { box: 'b', last4: '' }

describe('settings as they are entered', () => {
  it('keep what was seen, and are signed over it', () => {
    const draft = draftOf('paypay', row())
    expect(problemsOf('paypay', draft)).toEqual({})
    expect(keptSecrets(draft)).toEqual(['apiKey', 'apiSecret'])
    expect(changeOf('paypay', draft)).toMatchObject({ secrets: {}, forget: [], paused: false, seen: 10 })
    expect(changeOf('paypay', draftOf('paypay', null))).toMatchObject({ seen: 0 })
  })

  it('need all keys anew at another address', () => {
    const moved = withAddress({ ...draftOf('paypay', row()), secrets: { apiKey: entered } }, 'https://other.example')
    expect(moved.secrets).toEqual({})
    expect(keptSecrets(moved)).toEqual([])
    expect(problemsOf('paypay', moved)).toEqual({ apiKey: 'missing', apiSecret: 'missing' })
  })

  it('forget what is no longer wanted, unless it is given anew', () => {
    const names = ['botToken', 'webhookSecret'].map((name) => ({ name, last4: '', setAt: 1, setBy: 'suzuki' }))
    const values = { webhookAddress: 'https://pay.example/webhooks/stars' }
    const stars = row({ provider: 'stars', baseAddress: 'https://api.telegram.org', values, secrets: names })
    const draft = draftOf('stars', stars)
    expect(draft.webhooks).toBe(true)
    expect(changeOf('stars', { ...draft, webhooks: false })).toMatchObject({ values: {}, forget: ['webhookSecret'] })
    const again = { ...draft, forget: ['botToken'], secrets: { botToken: entered } }
    expect(changeOf('stars', again)).toMatchObject({ forget: [], secrets: { botToken: entered } })
    expect(triedOf('stars', again)).not.toHaveProperty('forget')
  })
})
