import { z } from 'zod'
import type { Instant } from '#protocol/ids.ts'
import { utf8 } from '#trust/bytes.ts'
import { busy, type Caller, NotDoneError, notDone } from '../http-call.ts'
import { dataOf } from './answers.ts'

export interface PayPalSettings {
  /** `https://api-m.paypal.com`, `https://api-m.sandbox.paypal.com`, or a fake's. */
  readonly baseUrl: string
  readonly clientId: string
  readonly clientSecret: string
}

/** A token is fetched anew this long before its end, ms. */
const tokenReserveMs = 60_000
const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.int().min(0) })

export interface Token {
  get(signal: AbortSignal): Promise<string>
  /** It was refused; one that is younger than `least`, ms, stays. */
  forget(bearer: string, least?: number): void
}

/** One for all calls, fetched once at a time. */
export const createToken = (settings: PayPalSettings, origin: string, caller: Caller, now: () => Instant): Token => {
  let held: { readonly bearer: string; readonly from: Instant; readonly until: Instant } | undefined
  let fetching: Promise<string> | undefined
  const fetchToken = async (signal: AbortSignal): Promise<string> => {
    const basic = Buffer.from(`${settings.clientId}:${settings.clientSecret}`).toString('base64')
    const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' }
    const body = utf8('grant_type=client_credentials')
    const answer = await caller.call({ method: 'POST', url: `${origin}/v1/oauth2/token`, headers, body }, signal)
    if (answer.status === 401) throw notDone('refused', 'credentials')
    const { access_token: bearer, expires_in } = dataOf(tokenSchema, answer)
    held = { bearer, from: now(), until: now() + expires_in * 1000 - tokenReserveMs }
    return bearer
  }
  return {
    get: async (signal) => {
      if (held && now() < held.until) return held.bearer
      fetching ??= fetchToken(signal).finally(() => {
        fetching = undefined
      })
      try {
        return await fetching
      } catch (thrown) {
        signal.throwIfAborted()
        if (thrown instanceof NotDoneError && thrown.notDone.is !== 'unknown') throw thrown
        // What it was wanted for has not been sent; or who asked for it first has given up.
        throw busy(thrown instanceof NotDoneError ? thrown.notDone.code : 'token-unavailable', null, thrown)
      }
    },
    forget: (bearer, least = 0) => {
      if (held?.bearer === bearer && now() - held.from >= least) held = undefined
    },
  }
}
