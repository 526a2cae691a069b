import { resolve } from 'node:path'
import type { VaultRequest } from './open-vault.ts'
import { UsageError } from './usage-error.ts'

/** Options of every command over the vault. */
export const vaultOptions = {
  'user-data-dir': { type: 'string' },
  'passphrase-fd': { type: 'string' },
  yes: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

interface Values {
  readonly 'user-data-dir'?: string | undefined
  readonly 'passphrase-fd'?: string | undefined
  readonly yes?: boolean | undefined
  readonly json?: boolean | undefined
}

/** @throws UsageError */
export const vaultRequest = (values: Values): VaultRequest => ({
  json: values.json ?? false,
  userData: values['user-data-dir'] === undefined ? null : resolve(values['user-data-dir']),
  passphraseFd: values['passphrase-fd'] === undefined ? null : descriptor(values['passphrase-fd']),
  yes: values.yes ?? false,
})

function descriptor(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError('--passphrase-fd にはファイル記述子の番号を指定してください')
  return Number(text)
}

/** The one argument that a verb takes. @throws UsageError */
export function oneOf(rest: readonly string[], name: string): string {
  const [first, ...more] = rest
  if (first === undefined || first === '') throw new UsageError(`${name} を指定してください`)
  none(more)
  return first
}

/** @throws UsageError */
export function none(rest: readonly string[]): void {
  if (rest.length > 0) throw new UsageError(`余分な引数です: ${rest.join(' ')}`)
}

/** @throws UsageError for an option that this verb does not know */
export function onlyKnown(values: object, verb: string, known: readonly string[]): void {
  const always = Object.keys(vaultOptions)
  const strange = Object.keys(values).find((it) => !known.includes(it) && !always.includes(it))
  if (strange !== undefined) throw new UsageError(`${verb} に --${strange} は使えません`)
}

/** @throws UsageError */
export function daysIn(text: string): number {
  const days = Number(text)
  if (!/^\d{1,5}$/.test(text) || days < 1 || days > 36_500) throw new UsageError('--days は 1 から 36500 までの数です')
  return days
}
