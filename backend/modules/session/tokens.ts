import {
  issueToken,
  operators,
  revokeToken,
  type TokenRow,
  tokenIssued,
  tokenRevoked,
  tokens,
} from '#protocol/session.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'

/** Whether a token opens sessions at this time; its operator's standing is another question. */
export const isUsable = (token: TokenRow | undefined, at: number): token is TokenRow =>
  token !== undefined && token.revokedAt === null && token.expiresAt > at

const issue = defineHandler({
  command: issueToken,
  reads: ({ digest, operator }) => [ref(tokens, digest), ref(operators, operator)],
  decide: (params, meta, state) => {
    if (state.get(tokens, params.digest)) return refuse('session.token-exists')
    const operator = state.get(operators, params.operator)
    if (!operator || operator.disabled) return refuse('session.operator-unknown', { operator: params.operator })
    if (params.expiresAt <= meta.at) return refuse('input.invalid', { field: 'expiresAt' })
    return accept(happened(tokenIssued, params))
  },
})

const revoke = defineHandler({
  command: revokeToken,
  reads: ({ digest }) => [ref(tokens, digest)],
  decide: ({ digest }, _meta, state) => {
    const token = state.get(tokens, digest)
    if (!token || token.revokedAt !== null) return refuse('session.token-unknown')
    return accept(happened(tokenRevoked, { digest, label: token.label }))
  },
})

export const tokenHandlers = [issue, revoke]

export const tokenProjections = [
  defineProjection({
    on: tokenIssued,
    into: tokens,
    reads: () => [],
    project: (data, meta) => [{ key: data.digest, row: { ...data, issuedAt: meta.at, revokedAt: null } }],
  }),
  defineProjection({
    on: tokenRevoked,
    into: tokens,
    reads: ({ digest }) => [digest],
    project: ({ digest }, meta, get) => {
      const token = get(digest)
      return token ? [{ key: digest, row: { ...token, revokedAt: meta.at } }] : []
    },
  }),
]
