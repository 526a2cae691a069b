import { parseArgs } from 'node:util'
import { SopError } from './failure.ts'

const text = { type: 'string' } as const
const list = { type: 'string', multiple: true } as const
const flag = { type: 'boolean' } as const

/** The subcommands that are here, with the options of each. */
export const sopOptions = {
  version: { backend: flag, extended: flag, 'sop-spec': flag, sopv: flag },
  'list-profiles': {},
  'generate-key': { 'no-armor': flag, 'with-key-password': text, profile: text, 'signing-only': flag },
  'extract-cert': { 'no-armor': flag },
  sign: { 'no-armor': flag, 'micalg-out': text, 'with-key-password': list, as: text },
  verify: { 'not-before': text, 'not-after': text },
  encrypt: {
    'no-armor': flag,
    as: text,
    'with-password': list,
    'sign-with': list,
    'with-key-password': list,
    profile: text,
    'session-key-out': text,
  },
  decrypt: {
    'session-key-out': text,
    'with-session-key': list,
    'with-password': list,
    'with-key-password': list,
    'verifications-out': text,
    // Its name until revision 04 of the draft.
    'verify-out': text,
    'verify-with': list,
    'verify-not-before': text,
    'verify-not-after': text,
  },
  'inline-detach': { 'no-armor': flag, 'signatures-out': text },
  'inline-verify': { 'not-before': text, 'not-after': text, 'verifications-out': text },
  'inline-sign': { 'no-armor': flag, 'with-key-password': list, as: text },
  armor: {},
  dearmor: {},
} as const
export type Subcommand = keyof typeof sopOptions

export interface SopArguments {
  readonly subcommand: Subcommand
  readonly flags: ReadonlySet<string>
  /** Options with a value: all that were given. */
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly rest: readonly string[]
}

/** @throws SopError UNSUPPORTED_SUBCOMMAND, UNSUPPORTED_OPTION, MISSING_ARG */
export function parseSop([subcommand = '', ...args]: readonly string[]): SopArguments {
  if (subcommand === '') throw new SopError('MISSING_ARG', 'サブコマンドを指定してください')
  if (!Object.hasOwn(sopOptions, subcommand)) throw new SopError('UNSUPPORTED_SUBCOMMAND', subcommand)
  const known = subcommand as Subcommand
  const { values, positionals } = parsed(args, known)
  const entries = Object.entries(values)
  return {
    subcommand: known,
    flags: new Set(entries.filter(([, value]) => value === true).map(([name]) => name)),
    values: new Map(
      entries
        .filter(([, value]) => typeof value !== 'boolean')
        .map(([name, value]) => [name, Array.isArray(value) ? value : [value]] as [string, string[]]),
    ),
    rest: positionals,
  }
}

function parsed(args: readonly string[], subcommand: Subcommand) {
  try {
    // Every subcommand takes --debug; here it has nothing to add.
    const options = { ...sopOptions[subcommand], debug: flag }
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const missing = code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && /argument missing|ambiguous/.test(message)
    throw new SopError(missing ? 'MISSING_ARG' : 'UNSUPPORTED_OPTION', message, { cause })
  }
}

/** @throws SopError UNSUPPORTED_OPTION for a value that is not among them */
export function chosen<T extends string>(given: SopArguments, name: string, among: readonly T[], usual: T): T {
  const value = given.values.get(name)?.at(-1)
  if (value === undefined) return usual
  const found = among.find((it) => it === value)
  if (found === undefined) throw new SopError('UNSUPPORTED_OPTION', `--${name}=${value}`)
  return found
}

/** @throws SopError MISSING_ARG */
export function needed(rest: readonly string[], what: string, least = 1): void {
  if (rest.length < least) throw new SopError('MISSING_ARG', what)
}

const dateForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/

/**
 * A DATE: ISO 8601 to the second with its zone, `now`, or `-` for no limit.
 * @returns milliseconds; `usual` where it was not given
 * @throws SopError UNSUPPORTED_OPTION
 */
export function dateIn(text: string | undefined, unlimited: number, usual: number, now: number): number {
  if (text === undefined) return usual
  if (text === '-') return unlimited
  if (text === 'now') return now
  const at = dateForm.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new SopError('UNSUPPORTED_OPTION', text)
  return at
}
