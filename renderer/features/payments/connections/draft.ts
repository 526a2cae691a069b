import type { ProviderName } from '#protocol/payments.ts'
import {
  type EnteredSecret,
  type ProviderDraft,
  providerFields,
  type SettingsRow,
} from '#protocol/payments-settings.ts'

/** Settings as they are being entered. Keys are here only as boxes that nobody but the backend opens. */
export interface Draft {
  /**
   * What was set when it began; null: nothing. What is kept, forgotten and signed is judged by this, as the person saw it,
   * and not by what somebody else may have set meanwhile: the backend then refuses it (`seen`).
   */
  readonly from: SettingsRow | null
  readonly baseAddress: string
  readonly values: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, EnteredSecret>>
  readonly forget: readonly string[]
  readonly webhooks: boolean
  readonly paused: boolean
}

export const draftOf = (provider: ProviderName, row: SettingsRow | null): Draft => {
  const { live, webhook } = providerFields[provider]
  const set = new Set([...Object.keys(row?.values ?? {}), ...(row?.secrets ?? []).map(({ name }) => name)])
  return {
    from: row,
    baseAddress: row?.baseAddress ?? live,
    values: row?.values ?? {},
    secrets: {},
    forget: [],
    webhooks: webhook.length > 0 && webhook.every((name) => set.has(name)),
    paused: row?.paused ?? false,
  }
}

/** A key that was typed for one address is of no use at another. */
export const withAddress = (draft: Draft, baseAddress: string): Draft =>
  baseAddress === draft.baseAddress ? draft : { ...draft, baseAddress, secrets: {} }

/** Which keys that are set already go on being used. */
export const keptSecrets = ({ from, baseAddress, secrets, forget }: Draft): readonly string[] =>
  from === null || from.baseAddress !== baseAddress
    ? []
    : from.secrets.map(({ name }) => name).filter((name) => !forget.includes(name) && !(name in secrets))

/** Fields that take part: those of webhooks only where they are wanted. */
export const shownFields = (provider: ProviderName, { webhooks }: Pick<Draft, 'webhooks'>) => {
  const { values, secrets, webhook } = providerFields[provider]
  const shown = ({ name }: { readonly name: string }): boolean => webhooks || !webhook.includes(name)
  return { values: values.filter(shown), secrets: secrets.filter(shown) }
}

const isAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/** What is still missing or wrong, by field. */
export const problemsOf = (provider: ProviderName, draft: Draft): Readonly<Record<string, 'missing' | 'address'>> => {
  const problems: Record<string, 'missing' | 'address'> = {}
  const { values, secrets } = shownFields(provider, draft)
  const { webhook } = providerFields[provider]
  const needed = (field: { readonly name: string; readonly required: boolean }): boolean =>
    field.required || (draft.webhooks && webhook.includes(field.name))
  if (!isAddress(draft.baseAddress) || new URL(draft.baseAddress).origin !== draft.baseAddress)
    problems['baseAddress'] = 'address'
  for (const field of values) {
    const value = draft.values[field.name]?.trim() ?? ''
    if (value === '' && needed(field)) problems[field.name] = 'missing'
    if (value !== '' && field.address && !isAddress(value)) problems[field.name] = 'address'
  }
  const kept = keptSecrets(draft)
  for (const field of secrets) {
    if (needed(field) && !(field.name in draft.secrets) && !kept.includes(field.name)) problems[field.name] = 'missing'
  }
  return problems
}

/** What is tried: what is empty or not shown is left out. */
export const triedOf = (provider: ProviderName, draft: Draft): ProviderDraft => {
  const { values, secrets } = shownFields(provider, draft)
  const entries = values.flatMap(({ name }): [string, string][] => {
    const value = draft.values[name]?.trim() ?? ''
    return value === '' ? [] : [[name, value]]
  })
  const given = secrets.flatMap(({ name }): [string, EnteredSecret][] => {
    const secret = draft.secrets[name]
    return secret ? [[name, secret]] : []
  })
  return {
    provider,
    baseAddress: draft.baseAddress,
    values: Object.fromEntries(entries),
    secrets: Object.fromEntries(given),
  }
}

/** The command's parameters. */
export const changeOf = (provider: ProviderName, draft: Draft) => {
  const tried = triedOf(provider, draft)
  const shown = new Set(shownFields(provider, draft).secrets.map(({ name }) => name))
  const hidden = (draft.from?.secrets ?? []).map(({ name }) => name).filter((name) => !shown.has(name))
  return {
    ...tried,
    forget: [...new Set([...draft.forget, ...hidden])].filter((name) => !(name in tried.secrets)),
    paused: draft.paused,
    seen: draft.from?.changedAt ?? 0,
  }
}
