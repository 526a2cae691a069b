import { expect, it } from 'vitest'
import { faultOf, providerFields } from '#protocol/payments-settings.ts'
import { testConnection } from './connection-test.ts'
import type { ProviderHealth } from './provider.ts'

const signal = new AbortController().signal

it('names one cause, in terms that somebody can act on', () => {
  expect(faultOf('no-connection', null)).toBe('network')
  expect(faultOf('tls-untrusted', null)).toBe('tls')
  expect(faultOf('UNAUTHORIZED', 1_000)).toBe('wrong-key')
  expect(faultOf('credentials', 1_000)).toBe('wrong-key')
  expect(faultOf('UNAUTHORIZED', 180_000)).toBe('clock')
  expect(faultOf('UNAUTHORIZED', -180_000)).toBe('clock')
  expect(faultOf('no-connection', 180_000)).toBe('network')
  expect(faultOf('http-403', null)).toBe('not-allowed')
  expect(faultOf('MAINTENANCE_MODE', null)).toBe('maintenance')
  expect(faultOf('http-429', null)).toBe('limited')
  expect(faultOf('SOMETHING_NEW', null)).toBe('other')
})

it('tells a key of the other place from a wrong one', async () => {
  const { live, sandbox } = providerFields.paypal
  const asked: string[] = []
  const deps = (known: string | null) => ({
    provider: 'paypal' as const,
    address: live,
    skewMs: () => 0,
    at: (address: string) => ({
      health: async (): Promise<ProviderHealth> => {
        asked.push(address)
        return address === known ? { is: 'up', latencyMs: 12, account: 'shop' } : { is: 'down', code: 'http-401' }
      },
    }),
  })
  expect(await testConnection(deps(live), signal)).toMatchObject({ fault: null, account: 'shop', latencyMs: 12 })
  expect(await testConnection(deps(sandbox), signal)).toMatchObject({ fault: 'wrong-environment', code: 'http-401' })
  expect(await testConnection(deps(null), signal)).toMatchObject({ fault: 'wrong-key' })
  expect(asked).toEqual([live, live, sandbox, live, sandbox])
  asked.length = 0
  await testConnection({ ...deps(null), address: 'http://127.0.0.1:8080' }, signal)
  expect(asked, 'keys go to no place that is not the provider’s').toEqual(['http://127.0.0.1:8080'])
})
