import { request } from 'node:https'
import type { LookupFunction } from 'node:net'
import { LibralError } from '#protocol/errors.ts'

export interface RequestOptions {
  readonly timeoutMs: number
  readonly maxBytes: number
  /** How a name is resolved; left out: by the system. */
  readonly lookup?: LookupFunction
  /** For tests: certificate authorities beside none of the system's, and another port than 443. */
  readonly ca?: Buffer
  readonly port?: number
}

export type WkdResponse =
  | { readonly kind: 'found'; readonly body: Buffer }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'absent' }

const tlsCodes = /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH)/

/**
 * One GET over HTTPS within the whole time and size that are allowed.
 * @throws LibralError `wkd.no-host` when the name does not exist, else `wkd.unreachable`, `wkd.untrusted`,
 *   `wkd.timed-out`, `wkd.too-large`, `wkd.refused`
 */
export const getOnce = (url: URL, options: RequestOptions): Promise<WkdResponse> =>
  new Promise((resolve, reject) => {
    const { lookup, ca, port, timeoutMs, maxBytes } = options
    const sent = request(url, {
      headers: { 'user-agent': 'libral', accept: 'application/octet-stream' },
      agent: false,
      ...(lookup && { lookup }),
      ...(ca && { ca }),
      ...(port !== undefined && { port }),
    })
    const fail = (failure: LibralError): void => {
      clearTimeout(timer)
      sent.destroy()
      reject(failure)
    }
    const timer = setTimeout(() => fail(new LibralError('wkd.timed-out')), timeoutMs)
    sent.on('error', (cause: NodeJS.ErrnoException) => fail(failureOfRequest(cause)))
    sent.on('response', (response) => {
      const done = (outcome: WkdResponse): void => {
        clearTimeout(timer)
        sent.destroy()
        resolve(outcome)
      }
      const status = response.statusCode ?? 0
      const to = response.headers.location
      if (status === 404 || status === 410) return done({ kind: 'absent' })
      if (status >= 300 && status < 400 && to !== undefined) return done({ kind: 'redirect', to })
      if (status !== 200) return fail(new LibralError('wkd.refused', { status }))
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        parts.push(part)
        size += part.length
        if (size > maxBytes) fail(new LibralError('wkd.too-large', { limit: maxBytes }))
      })
      response.on('error', (cause: NodeJS.ErrnoException) => fail(failureOfRequest(cause)))
      response.on('end', () => done({ kind: 'found', body: Buffer.concat(parts) }))
    })
    sent.end()
  })

const failureOfRequest = (cause: NodeJS.ErrnoException): LibralError => {
  if (cause.code === 'ENOTFOUND') return new LibralError('wkd.no-host', {}, { cause })
  if (tlsCodes.test(cause.code ?? '')) return new LibralError('wkd.untrusted', {}, { cause })
  return new LibralError('wkd.unreachable', {}, { cause })
}
