import type { ProviderName } from '#protocol/payments.ts'
import { type ConnectionTest, faultOf, providerFields } from '#protocol/payments-settings.ts'
import type { Provider, ProviderHealth } from './provider.ts'

/** A connection, tried as it would be used. */

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
