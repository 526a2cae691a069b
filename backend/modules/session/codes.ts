import { randomInt } from 'node:crypto'
import {
  administrators,
  administratorsKey,
  type CodeRow,
  codeIssued,
  codeKey,
  codeRedeemed,
  codes,
  issueCode,
  operatorRegistered,
  operators,
  redeemCode,
  sessionOpened,
  sessions,
  tokenIssued,
  tokens,
} from '#protocol/session.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { accept, type Decision, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'
import { isService } from '../is-service.ts'
import { isAdministrator, localOperator } from './operators.ts'
import { openingRefusal } from './sessions.ts'

/** Crockford's base 32: no letter that reads as a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const groups = 5

/** 100 random bits in five groups of four: too many to guess, so that a hash without salt or stretching keeps them. */
export const makeCode = (): string =>
  Array.from({ length: groups }, () =>
    Array.from({ length: 4 }, () => alphabet.charAt(randomInt(alphabet.length))).join(''),
  ).join('-')

/** The digest under which a code stands in the log, whatever way it was typed. */
export const codeDigest = (typed: string): string => {
  const code = typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
  return toBase64url(sha256(utf8(code)))
}

/** Why a code lets nobody in, or null when it does. */
export const codeRefusal = (
  row: CodeRow | undefined,
  digest: string,
  at: number,
): 'session.code-wrong' | 'session.code-expired' | null => {
  if (!row || row.digest !== digest || row.redeemedBy !== null) return 'session.code-wrong'
  return row.expiresAt <= at ? 'session.code-expired' : null
}

/** Whether somebody could sign in to a backend that stands alone: the embedded desktop's own operator could not. */
export const someoneInCharge = (inCharge: readonly string[]): boolean =>
  inCharge.some((operator) => operator !== localOperator)

const issue = defineHandler({
  command: issueCode,
  reads: () => [ref(codes, codeKey), ref(administrators, administratorsKey)],
  decide: (params, meta, state) => {
    if (params.expiresAt <= meta.at) return refuse('input.invalid', { field: 'expiresAt' })
    if (params.reason === 'first') {
      const inCharge = state.get(administrators, administratorsKey)?.operators ?? []
      const row = state.get(codes, codeKey)
      const stands = row !== undefined && row.redeemedBy === null && row.expiresAt > meta.at
      // Of several instances that start at once, one prints a code.
      if (stands || someoneInCharge(inCharge)) return refuse('session.code-standing')
    }
    return accept(happened(codeIssued, params))
  },
})

const redeem = defineHandler({
  command: redeemCode,
  reads: ({ session }) => [
    ref(codes, codeKey),
    ref(operators, session.operator),
    ref(tokens, session.token),
    ref(sessions, session.key),
  ],
  decide: ({ code, name, label, tokenExpiresAt, session }, meta, state): Decision => {
    const row = state.get(codes, codeKey)
    const refused = codeRefusal(row, code, meta.at)
    if (refused !== null) return refuse(refused)
    const { operator, token: digest } = session
    if (isService(operator) || operator === localOperator) return refuse('input.invalid', { field: 'operator' })
    const known = state.get(operators, operator)
    // An administrator who lost every token comes back by a recovery code; nobody is made one by it.
    const mayReturn = row?.reason === 'recovery' && known !== undefined && isAdministrator(known)
    if (known && !mayReturn) return refuse('session.operator-exists', { operator })
    if (state.get(tokens, digest)) return refuse('session.token-exists')
    if (tokenExpiresAt <= meta.at) return refuse('input.invalid', { field: 'tokenExpiresAt' })
    const field = openingRefusal(session, meta.at)
    if (field !== null) return refuse('input.invalid', { field })
    if (state.get(sessions, session.key)) return refuse('session.ended')
    const registered = happened(operatorRegistered, {
      ...{ operator, name, roles: ['administrator', 'operator'], disabled: false },
    })
    return accept(
      happened(codeRedeemed, { digest: code, operator }),
      ...(known ? [] : [registered]),
      happened(tokenIssued, { digest, operator, label, expiresAt: tokenExpiresAt }),
      happened(sessionOpened, { ...session, certificate: null }),
    )
  },
})

export const codeHandlers = [issue, redeem]

export const codeProjections = [
  defineProjection({
    on: codeIssued,
    into: codes,
    reads: () => [],
    project: (data, meta) => [{ key: codeKey, row: { ...data, key: codeKey, issuedAt: meta.at, redeemedBy: null } }],
  }),
  defineProjection({
    on: codeRedeemed,
    into: codes,
    reads: () => [codeKey],
    project: ({ operator }, _meta, get) => {
      const row = get(codeKey)
      return row ? [{ key: codeKey, row: { ...row, redeemedBy: operator } }] : []
    },
  }),
]
