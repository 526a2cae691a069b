import { type Currency, currencies, type Money } from '#protocol/money.ts'
import { type Role, roles } from '#protocol/permission.ts'
import { type ApprovalNeed, mostApprovals } from '#protocol/verdict.ts'

/** What the annotations of a `forbid` say, and what several of them ask for together (docs/decisions/0061). */

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const longestMs = 30 * units.d

/** `@approvals`: between 1 and {@link mostApprovals}. */
export const readCount = (text: string): number | undefined => {
  const count = /^[1-9]$/.test(text) ? Number(text) : 0
  return count >= 1 && count <= mostApprovals ? count : undefined
}
/** `@approvers`: roles with commas in between. */
export const readRoles = (text: string): Role[] | undefined => {
  const named = text.split(',').map((one) => one.trim())
  return named.every((one): one is Role => (roles as readonly string[]).includes(one)) ? [...new Set(named)] : undefined
}
/** `@within`: `30m`, `24h`, `7d`; between a minute and thirty days, ms. */
export const readTerm = (text: string): number | undefined => {
  const [, number, unit] = /^([1-9][0-9]{0,3})([mhd])$/.exec(text) ?? []
  const ms = Number(number) * units[unit as keyof typeof units]
  return ms > 0 && ms <= longestMs ? ms : undefined
}

/** `@above`: `JPY 1000000, USD 10000.00`, in whole units with as many decimals as the currency has, or fewer. */
export const readSums = (text: string): Money[] | undefined => {
  const sums = text.split(',').map((one) => readSum(one.trim()))
  if (!sums.every((sum) => sum !== undefined)) return undefined
  return new Set(sums.map(({ currency }) => currency)).size === sums.length ? sums : undefined
}
const readSum = (text: string): Money | undefined => {
  const [, currency, whole = '', decimals = ''] = /^([A-Z]{3}) ([0-9]{1,38})(?:\.([0-9]{1,18}))?$/.exec(text) ?? []
  if (currency === undefined || !Object.hasOwn(currencies, currency)) return undefined
  const digits = currencies[currency as Currency]
  if (decimals.length > digits) return undefined
  const minor = BigInt(whole + decimals.padEnd(digits, '0'))
  return minor.toString().length > 38 ? undefined : { currency: currency as Currency, minor }
}

/**
 * Whether a command's sums, added up by currency, are more than a rule leaves alone. A currency that the rule does not
 * name is never left alone; a rule that names none applies always.
 */
export const exceeds = (amounts: readonly Money[], above: readonly Money[]): boolean => {
  if (above.length === 0) return true
  const sums = new Map<string, bigint>()
  for (const { currency, minor } of amounts) {
    sums.set(currency, (sums.get(currency) ?? 0n) + (minor < 0n ? -minor : minor))
  }
  const limits = new Map<string, bigint>(above.map(({ currency, minor }) => [currency, minor]))
  return [...sums].some(([currency, sum]) => sum > (limits.get(currency) ?? 0n))
}

/**
 * All requirements at once: as many as the most demanding asks for, each with a role that every one of them accepts, as
 * soon as the most urgent wants. Without roles nobody can meet it. null: nothing is asked for.
 */
export const needTogether = (needs: readonly ApprovalNeed[]): ApprovalNeed | null => {
  const [first, ...more] = needs
  if (first === undefined) return null
  return more.reduce(
    (all, one) => ({
      count: Math.max(all.count, one.count),
      roles: all.roles.filter((role) => one.roles.includes(role)),
      withinMs: Math.min(all.withinMs, one.withinMs),
    }),
    first,
  )
}
