import type { ProviderName } from '#protocol/payments.ts'
import { type ConnectionFault, type ConnectionTest, providerFields } from '#protocol/payments-settings.ts'
import type { Provider, ProviderHealth } from './provider.ts'

/** What is wrong with a connection, in an operator's terms; each cause has one thing to do about it. */

/** Providers refuse requests of another time; PayPay from two minutes on. */
const clockLimitMs = 90_000

const byCode: Readonly<Record<string, ConnectionFault>> = {
  'not-configured': 'not-configured',
  'keys-unreadable': 'keys-unreadable',
  'address-unsafe': 'address-unsafe',
  'no-connection': 'network',
  'no-whole-answer': 'network',
  'time-out': 'network',
  'tls-untrusted': 'tls',
  'asked-to-wait': 'limited',
  RATE_LIMIT: 'limited',
  RATE_LIMIT_REACHED: 'limited',
  MAINTENANCE_MODE: 'maintenance',
  // Telegram: a token that it does not know, and one that is none.
  unauthorized: 'wrong-key',
  'not-found': 'wrong-key',
  UNAUTHORIZED: 'wrong-key',
  OPA_CLIENT_NOT_FOUND: 'wrong-key',
  invalid_client: 'wrong-key',
  'http-401': 'wrong-key',
  // Our key is known, and may not be used from here, or for this.
  OP_OUT_OF_SCOPE: 'not-allowed',
  UNAUTHORIZED_ACCESS: 'not-allowed',
  NOT_AUTHORIZED: 'not-allowed',
  forbidden: 'not-allowed',
  'http-403': 'not-allowed',
}

/** Pure. `skewMs`: by how much their clock is ahead; null: not known. */
export const faultOf = (code: string, skewMs: number | null): ConnectionFault => {
  const fault = byCode[code] ?? (code.startsWith('left-alone') || code.startsWith('http-429') ? 'limited' : 'other')
  const askew = skewMs !== null && Math.abs(skewMs) > clockLimitMs
  return askew && (fault === 'wrong-key' || fault === 'not-allowed' || fault === 'other') ? 'clock' : fault
}

/** The other one of a provider's two places; null: this is neither, or there is no other. */
export const otherPlace = (provider: ProviderName, address: string): string | null => {
  const { live, sandbox } = providerFields[provider]
  return address === live ? sandbox : address === sandbox ? live : null
}

export interface TestDeps {
  readonly provider: ProviderName
  readonly address: string
  /** The same keys there. */
  readonly at: (address: string) => Pick<Provider, 'health'>
  readonly skewMs: () => number | null
}
/** A key that is refused here and known at the provider's other place is a key of that place. */
export const testConnection = async (deps: TestDeps, signal: AbortSignal): Promise<ConnectionTest> => {
  const { provider, address, at, skewMs } = deps
  const found: ProviderHealth = await at(address).health({ signal })
  if (found.is === 'up') {
    const { latencyMs, account } = found
    return { fault: null, code: '', latencyMs, account: account?.slice(0, 200) ?? null, skewMs: skewMs() }
  }
  const fault = faultOf(found.code, skewMs())
  const other = fault === 'wrong-key' ? otherPlace(provider, address) : null
  const elsewhere = other !== null && (await at(other).health({ signal })).is === 'up'
  return {
    fault: elsewhere ? 'wrong-environment' : fault,
    code: found.code.slice(0, 64),
    latencyMs: null,
    account: null,
    skewMs: skewMs(),
  }
}
