import type { errorCatalogue, Failure, SafeParams } from '#protocol/errors.ts'
import errors from '../i18n/ja/errors.json'

type Code = keyof typeof errorCatalogue

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const known = (code: unknown): code is Code => {
  if (typeof code !== 'string') return false
  const [area = '', name = ''] = code.split('.')
  const group: unknown = Object.hasOwn(errors, area) ? errors[area as keyof typeof errors] : undefined
  return isRecord(group) && Object.hasOwn(group, name)
}

const safeParams = (value: unknown): SafeParams =>
  isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string | number | boolean] =>
          ['string', 'number', 'boolean'].includes(typeof entry[1]),
        ),
      )
    : {}

/** The failure that main put into a rejected call; anything else reads `internal.unexpected`. */
export const failureIn = (thrown: unknown): Failure => {
  if (!isRecord(thrown) || !known(thrown['code'])) return { code: 'internal.unexpected', params: {} }
  const data = thrown['data']
  const params = isRecord(data) && isRecord(data['params']) ? data['params'] : (data ?? thrown['params'])
  return { code: thrown['code'], params: safeParams(params) }
}
