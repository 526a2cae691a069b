import type { Key } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { parseAddress, wkdUrls } from '#trust/wkd/address.ts'
import { readAnswer } from '#trust/wkd/filter.ts'
import type { WkdMethod } from '#trust/wkd/tree.ts'
import { getOnce, type RequestOptions } from './request.ts'

export interface WkdFound {
  readonly certificates: readonly Key[]
  readonly method: WkdMethod
  /** The host that answered, after redirections. */
  readonly host: string
}

const limits = Object.freeze({ timeoutMs: 15_000, maxBytes: 1_048_576 })
const mostRedirects = 3

/**
 * Looks an address up in the Web Key Directory of its domain. The domain itself is asked only when the host for this
 * purpose does not exist: an error or an absent entry there never changes the method.
 * @throws LibralError of the group `wkd`
 */
export const lookUp = async (text: string, options: Partial<RequestOptions> = {}): Promise<WkdFound> => {
  const address = parseAddress(text)
  const urls = wkdUrls(address)
  const whole = { ...limits, ...options }
  const { method, body, host } = await ask('advanced', urls.advanced, whole).catch((failure: unknown) => {
    if (failure instanceof LibralError && failure.code === 'wkd.no-host') return ask('direct', urls.direct, whole)
    throw failure
  })
  return { certificates: await readAnswer(body, address), method, host }
}

const ask = async (method: WkdMethod, url: URL, options: RequestOptions) => {
  const { body, host } = await follow(url, options, mostRedirects)
  return { method, body, host }
}

const follow = async (url: URL, options: RequestOptions, left: number): Promise<{ body: Buffer; host: string }> => {
  const response = await getOnce(url, options)
  if (response.kind === 'absent') throw new LibralError('wkd.not-found')
  if (response.kind === 'found') return { body: response.body, host: url.hostname }
  if (left === 0) throw new LibralError('wkd.too-many-redirects')
  const next = URL.canParse(response.to, url.href) ? new URL(response.to, url) : null
  if (next?.protocol !== 'https:' || next.username !== '' || next.password !== '')
    throw new LibralError('wkd.redirect-refused')
  // A name that is gone behind a redirection says nothing about the host that was asked.
  return follow(next, options, left - 1).catch((failure: unknown) => {
    if (failure instanceof LibralError && failure.code === 'wkd.no-host') throw new LibralError('wkd.unreachable')
    throw failure
  })
}
