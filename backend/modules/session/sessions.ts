import { certificates } from '#protocol/certificates.ts'
import {
  certifyKey,
  endSession,
  openSession,
  operators,
  recordRefusals,
  requestsRefused,
  type SessionRow,
  sessionEnded,
  sessionLimits,
  sessionOpened,
  sessionOpenedBefore,
  sessions,
  tokens,
} from '#protocol/session.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { keyIdOf } from '#trust/ed25519.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse, type Upcast } from '../../kernel/module.ts'
import { isService } from '../is-service.ts'
import { isUsable } from './tokens.ts'

/** Slack for a session's end, which is worked out a moment before the entry gets its time. */
const clockSlackMs = 60_000

/** The field that makes an opening invalid whoever asks, or null. */
export const openingRefusal = (
  { key, publicKey, expiresAt }: Pick<SessionRow, 'key' | 'publicKey' | 'expiresAt'>,
  at: number,
): 'key' | 'expiresAt' | null => {
  if (keyIdOf(fromBase64url(publicKey)) !== key) return 'key'
  return expiresAt > at + sessionLimits.lifeMs + clockSlackMs ? 'expiresAt' : null
}

const open = defineHandler({
  command: openSession,
  reads: ({ key, operator, token }) => [
    ref(sessions, key),
    ref(operators, operator),
    ...(token ? [ref(tokens, token)] : []),
  ],
  decide: (params, meta, state) => {
    const field = openingRefusal(params, meta.at)
    if (field !== null) return refuse('input.invalid', { field })
    const operator = state.get(operators, params.operator)
    if (!operator || operator.disabled) return refuse('session.operator-unknown', { operator: params.operator })
    if ((params.method === 'token') !== (params.token !== null)) return refuse('input.invalid', { field: 'token' })
    if (params.token) {
      const token = state.get(tokens, params.token)
      if (!isUsable(token, meta.at) || token.operator !== params.operator) return refuse('session.token-wrong')
    }
    // A key that was put away never comes back; the same sign-in sent twice is taken as one.
    const known = state.get(sessions, params.key)
    if (known && (known.endedAt !== null || known.operator !== params.operator)) return refuse('session.ended')
    return accept(happened(sessionOpened, { ...params, certificate: null }))
  },
})

/** The door has verified the signature, and that its certificate stands and is this operator's. */
const certify = defineHandler({
  command: certifyKey,
  reads: ({ key }, { certificate }) => [
    ref(sessions, key),
    ...(certificate === null ? [] : [ref(certificates, certificate)]),
  ],
  decide: (params, { at, operator, certificate }, state) => {
    if (certificate === null) return refuse('command.key-not-allowed')
    const field = openingRefusal(params, at)
    if (field !== null) return refuse('input.invalid', { field })
    const end = state.get(certificates, certificate)?.expiresAt ?? null
    // A session may not outlive what vouches for it.
    if (params.expiresAt <= at || (end !== null && params.expiresAt > end)) {
      return refuse('input.invalid', { field: 'expiresAt' })
    }
    if (state.get(sessions, params.key)) return refuse('session.ended')
    return accept(happened(sessionOpened, { ...params, operator, method: 'certificate', token: null, certificate }))
  },
})

const end = defineHandler({
  command: endSession,
  reads: ({ key }) => [ref(sessions, key)],
  decide: ({ key }, meta, state) => {
    const session = state.get(sessions, key)
    const mayEnd = isService(meta.operator) || meta.roles.includes('administrator')
    // A stranger learns nothing of which keys exist.
    if (session?.operator !== meta.operator && !mayEnd) return refuse('command.not-permitted')
    if (!session || session.endedAt !== null) return refuse('session.ended')
    return accept(happened(sessionEnded, { key, operator: session.operator }))
  },
})

const refusals = defineHandler({
  command: recordRefusals,
  reads: () => [],
  decide: (params) => accept(...params.refusals.map((refusal) => happened(requestsRefused, refusal))),
})

export const sessionHandlers = [open, certify, end, refusals]

export const sessionUpcasts: readonly Upcast[] = [
  {
    from: sessionOpenedBefore,
    to: sessionOpened,
    upcast: (data) => ({ ...(data as object), certificate: null }),
  },
]

const opened = defineProjection({
  on: sessionOpened,
  into: sessions,
  reads: () => [],
  project: (data, meta) => [{ key: data.key, row: { ...data, openedAt: meta.at, endedAt: null } }],
})
const ended = defineProjection({
  on: sessionEnded,
  into: sessions,
  reads: ({ key }) => [key],
  project: ({ key }, meta, get) => {
    const session: SessionRow | undefined = get(key)
    return session ? [{ key, row: { ...session, endedAt: meta.at } }] : []
  },
})
export const sessionProjections = [opened, ended]
