import type { ProviderName } from '#protocol/payments.ts'
import {
  configureProvider,
  providerConfigured,
  providerFields,
  type SettingsRow,
  sealedKeys,
  secretNames,
  settings,
  valueNames,
} from '#protocol/payments-settings.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'
import { mayCall } from './address.ts'

/** 接続: who decided how a provider is reached, and what is kept of it. */

/** The first name that the provider does not have. */
const unknownName = (provider: ProviderName, values: readonly string[], secrets: readonly string[]) =>
  values.find((name) => !valueNames(provider).includes(name)) ??
  secrets.find((name) => !secretNames(provider).includes(name))

const configure = defineHandler({
  command: configureProvider,
  reads: ({ provider }) => [ref(settings, provider)],
  decide: ({ seen, ...params }, _meta, state) => {
    const { provider, baseAddress, values, secrets, forget } = params
    const before = state.get(settings, provider)
    if ((before?.changedAt ?? 0) !== seen) return refuse('payments.settings-changed')
    const unknown = unknownName(provider, Object.keys(values), [...Object.keys(secrets), ...forget])
    if (unknown !== undefined) return refuse('payments.field-unknown', { field: unknown })
    if (!mayCall(baseAddress) || new URL(baseAddress).origin !== baseAddress)
      return refuse('payments.address-unsafe', { address: baseAddress })
    const unsafe = providerFields[provider].values.find(
      ({ name, address }) => address && values[name] !== undefined && !mayCall(values[name]),
    )
    if (unsafe) return refuse('payments.address-unsafe', { address: unsafe.name })
    const kept = (before?.secrets ?? []).map(({ name }) => name).filter((name) => !forget.includes(name))
    // Keys that were entered for one place never go to another.
    const carried = kept.filter((name) => !(name in secrets))
    if (before && before.baseAddress !== baseAddress && carried.length > 0)
      return refuse('payments.keys-needed', { keys: carried.join(', ') })
    return accept(happened(providerConfigured, params))
  },
})
export const settingsHandlers = [configure]

export const settingsProjections = [
  defineProjection({
    on: providerConfigured,
    into: settings,
    reads: ({ provider }) => [provider],
    project: ({ provider, baseAddress, values, secrets, forget, paused }, { at, operator }, get) => {
      const given = Object.entries(secrets).map(([name, { last4 }]) => ({ name, last4, setAt: at, setBy: operator }))
      const kept = (get(provider)?.secrets ?? []).filter(({ name }) => !(name in secrets) && !forget.includes(name))
      const all: SettingsRow['secrets'] = [...kept, ...given].toSorted((one, other) => (one.name < other.name ? -1 : 1))
      const row = { provider, baseAddress, values, secrets: all, paused, changedAt: at, changedBy: operator }
      return [{ key: provider, row }]
    },
  }),
  defineProjection({
    on: providerConfigured,
    into: sealedKeys,
    reads: ({ provider }) => [provider],
    project: ({ provider, secrets, forget }, _meta, get) => {
      const boxes = { ...get(provider)?.boxes }
      for (const name of forget) delete boxes[name]
      for (const [name, { box }] of Object.entries(secrets)) boxes[name] = box
      return [{ key: provider, row: { provider, boxes } }]
    },
  }),
]
