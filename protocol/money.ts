import { z } from 'zod'

/** ISO 4217 codes and ours, with the number of minor units' digits: `XTR` is a Telegram Star. */
export const currencies = { JPY: 0, USD: 2, EUR: 2, XTR: 0, BTC: 8, ETH: 18 } as const
export type Currency = keyof typeof currencies

/** Money in code: minor units (yen, cents, satoshi) as bigint, never a float. */
export interface Money {
  readonly currency: Currency
  readonly minor: bigint
}

const currencySchema = z.enum(Object.keys(currencies) as [Currency, ...Currency[]])

/** Longest amount that the columns hold: 38 digits, as `numeric(38)` would. */
const maxDigits = 38
const minorSchema = z.string().regex(/^(0|-?[1-9][0-9]{0,37})$/)

/** Money on every wire and in statements: `{currency, minor: "decimal string"}`; decodes to {@link Money}. */
export const moneySchema = z.codec(
  z.strictObject({ currency: currencySchema, minor: minorSchema }),
  z.object({ currency: currencySchema, minor: z.bigint() }),
  {
    decode: ({ currency, minor }) => ({ currency, minor: BigInt(minor) }),
    encode: ({ currency, minor }) => ({ currency, minor: minor.toString() }),
  },
)

/**
 * Fixed-width text of minor units that sorts as the numbers do, for columns of either engine: `p` and 38 digits, or
 * `n` and the nines' complement for negatives.
 * @throws RangeError beyond 38 digits
 */
export const toSortable = (minor: bigint): string => {
  const digits = (minor < 0n ? -minor : minor).toString()
  if (digits.length > maxDigits) throw new RangeError('money beyond 38 digits')
  const padded = digits.padStart(maxDigits, '0')
  return minor < 0n ? `n${complement(padded)}` : `p${padded}`
}

/** @throws RangeError when the text is not one that {@link toSortable} made */
export const fromSortable = (text: string): bigint => {
  if (!/^[np][0-9]{38}$/.test(text)) throw new RangeError('not a sortable amount')
  const digits = text.slice(1)
  return text.startsWith('n') ? -BigInt(complement(digits)) : BigInt(digits)
}

const complement = (digits: string): string => digits.replace(/[0-9]/g, (digit) => String(9 - Number(digit)))

/** Exactly, from minor units: `1,234.50 USD`, `−5,000 JPY`. */
export const moneyText = ({ currency, minor }: Money): string => {
  const places = currencies[currency]
  const digits = (minor < 0n ? -minor : minor).toString().padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ',')
  const part = places === 0 ? '' : `.${digits.slice(-places)}`
  return `${minor < 0n ? '−' : ''}${whole}${part} ${currency}`
}
