import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand, signedCommandSchema } from './command.ts'
import type { DescribedValue, DescriptionWord } from './description.ts'
import { defineEvent } from './event.ts'
import {
  bytes32Schema,
  deploymentIdSchema,
  fingerprintSchema,
  instantSchema,
  keyIdSchema,
  operatorIdSchema,
} from './ids.ts'
import { keyHandoverSchema, restorationSchema } from './log.ts'
import { permissionSchema, type Role, roleSchema } from './permission.ts'
import { type SubjectId, sealedFieldSchema, sealedTextLimit, subjectOf } from './sealed-value.ts'

/** A session lasts twelve hours at most; a desktop renews by signing in again. */
export const sessionLimits = { lifeMs: 12 * 60 * 60 * 1000, perOperator: 64 } as const

/**
 * The code that lets the first administrator in: printed once where the backend starts, used once. The token that its
 * holder registers lasts `tokenLifeMs`.
 */
export const codeLimits = { lifeMs: 24 * 60 * 60 * 1000, tokenLifeMs: 90 * 24 * 60 * 60 * 1000 } as const

/**
 * The range of protocol versions that this build speaks. 2: `session.resume` takes `seen`, and answers it with the log's head
 * and a ticket. 3: it also takes `feed`, and the feed may then come over the calls' own socket. Both sides say their ranges in
 * `session.hello`; a desktop sends to each backend only what that one knows.
 */
export const protocolVersions = { min: 1, max: 3 } as const

const labelSchema = z.string().trim().min(1).max(80)

const operatorRowSchema = z.strictObject({
  operator: operatorIdSchema,
  name: z.string().min(1).max(80),
  roles: z.array(roleSchema).max(4),
  disabled: z.boolean(),
  since: instantSchema,
})
export type OperatorRow = z.infer<typeof operatorRowSchema>

const sessionRowSchema = z.strictObject({
  key: keyIdSchema,
  publicKey: bytes32Schema,
  operator: operatorIdSchema,
  client: z.string().max(120),
  method: z.enum(['launch', 'token', 'certificate']),
  /** SHA-256 of the token that opened it, else null. */
  token: bytes32Schema.nullable(),
  /** Fingerprint of the OpenPGP certificate whose key opened it, else null. */
  certificate: fingerprintSchema.nullable(),
  openedAt: instantSchema,
  expiresAt: instantSchema,
  endedAt: instantSchema.nullable(),
})
export type SessionRow = z.infer<typeof sessionRowSchema>

const tokenRowSchema = z.strictObject({
  /** SHA-256 of the token; the token itself is shown once where it is made and never travels. */
  digest: bytes32Schema,
  operator: operatorIdSchema,
  label: labelSchema,
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  revokedAt: instantSchema.nullable(),
})
export type TokenRow = z.infer<typeof tokenRowSchema>

export const operators = defineCollection({
  name: 'session.operators',
  version: 1,
  schema: operatorRowSchema,
  key: (row) => row.operator,
  indexes: [['since']],
  read: 'session.read',
  retention: { rows: 100_000, by: 'since' },
})
export const sessions = defineCollection({
  name: 'session.sessions',
  version: 2,
  schema: sessionRowSchema,
  key: (row) => row.key,
  indexes: [['openedAt']],
  read: 'session.administer',
  // Twenty thousand desktops have one each that lives, and those of the last days beside it.
  retention: { rows: 100_000, by: 'openedAt' },
})
export const tokens = defineCollection({
  name: 'session.tokens',
  version: 1,
  schema: tokenRowSchema,
  key: (row) => row.digest,
  indexes: [['issuedAt']],
  read: 'session.administer',
  retention: { rows: 100_000, by: 'issuedAt' },
})
/**
 * One row, kept so that a command can be refused when it would leave nobody in charge: decisions read rows by key, never
 * whole collections.
 */
export const administratorsKey = 'administrators' as const
export const administrators = defineCollection({
  name: 'session.administrators',
  version: 1,
  schema: z.strictObject({ key: z.literal(administratorsKey), operators: z.array(operatorIdSchema) }),
  key: (row) => row.key,
  indexes: [],
  read: 'session.administer',
  retention: { rows: 1 },
})

/** One row: the latest code. The code itself stands nowhere but on the terminal that printed it. */
export const codeKey = 'code' as const
const codeRowSchema = z.strictObject({
  key: z.literal(codeKey),
  /** SHA-256 of the code. */
  digest: bytes32Schema,
  /** first: nobody but the embedded desktop's own operator is in charge. recovery: asked for at the backend's start. */
  reason: z.enum(['first', 'recovery']),
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  /** Whom it let in; null while it may still be used. */
  redeemedBy: operatorIdSchema.nullable(),
})
export type CodeRow = z.infer<typeof codeRowSchema>
export const codes = defineCollection({
  name: 'session.codes',
  version: 1,
  schema: codeRowSchema,
  key: (row) => row.key,
  indexes: [],
  read: 'session.administer',
  retention: { rows: 1 },
})

/** 連絡先 of an operator in an emergency. Readable by the custodians of `personal` alone. */
export const contacts = defineCollection({
  name: 'session.contacts',
  version: 1,
  schema: z.strictObject({
    operator: operatorIdSchema,
    name: sealedFieldSchema,
    phone: sealedFieldSchema,
    email: sealedFieldSchema,
    changedAt: instantSchema,
  }),
  key: (row) => row.operator,
  indexes: [],
  read: 'session.read',
  retention: { rows: 100_000 },
})
export type ContactRow = z.infer<typeof contacts.schema>
export const contactFields = ['name', 'phone', 'email'] as const
export const contactSubject = (operator: string): SubjectId => subjectOf('operator', operator)

const roleWords = {
  operator: 'role.operator',
  custodian: 'role.custodian',
  auditor: 'role.auditor',
  administrator: 'role.administrator',
} as const satisfies Readonly<Record<Role, DescriptionWord>>
const roleValues = (roles: readonly Role[]): readonly DescribedValue[] =>
  roles.map((role) => ({ as: 'word', word: roleWords[role] }))

const opening = z.strictObject({
  key: keyIdSchema,
  publicKey: bytes32Schema,
  operator: operatorIdSchema,
  client: z.string().max(120),
  method: z.enum(['launch', 'token']),
  token: bytes32Schema.nullable(),
  expiresAt: instantSchema,
})

/** Signed by the session module's service key after it has checked the secret: certifies a session key. */
export const openSession = defineCommand({
  name: 'session.open',
  risk: 'low',
  permission: 'session.administer',
  signedBy: 'service',
  params: opening,
})
/** Signed by the service key at a start where nobody could sign in, or with which somebody asked for it. */
export const issueCode = defineCommand({
  name: 'session.issueCode',
  risk: 'low',
  permission: 'session.administer',
  signedBy: 'service',
  params: codeRowSchema.pick({ digest: true, reason: true, expiresAt: true }),
})
/**
 * Uses a code up: registers the administrator (or takes an administrator who stands), the token whose digest the desktop
 * sent, and the session, in one entry. Signed by the service key after it has seen code and proof.
 */
export const redeemCode = defineCommand({
  name: 'session.redeemCode',
  risk: 'low',
  permission: 'session.administer',
  signedBy: 'service',
  params: z.strictObject({
    code: bytes32Schema,
    name: operatorRowSchema.shape.name,
    label: labelSchema,
    tokenExpiresAt: instantSchema,
    session: opening.extend({ method: z.literal('token'), token: bytes32Schema }),
  }),
})
/**
 * Opens a session for a key that the operator's desktop has just made: signed by their own OpenPGP key, whose
 * certificate is the session's from then on.
 */
export const certifyKey = defineCommand({
  name: 'session.certifyKey',
  risk: 'low',
  permission: 'session.read',
  signedBy: 'openpgp',
  params: z.strictObject({
    key: keyIdSchema,
    publicKey: bytes32Schema,
    client: z.string().min(1).max(120),
    expiresAt: instantSchema,
  }),
})
/** Ends one's own session (lock, sign out), or any by an administrator. */
export const endSession = defineCommand({
  name: 'session.end',
  risk: 'low',
  permission: 'session.read',
  params: z.strictObject({ key: keyIdSchema }),
})
export const registerOperator = defineCommand({
  name: 'session.registerOperator',
  risk: 'medium',
  permission: 'session.administer',
  params: operatorRowSchema.omit({ since: true, disabled: true }),
  facts: ({ operator, roles }) => ({ target: operator, roles }),
  describe: ({ operator, name, roles }) => ({
    title: 'session.registerOperator',
    lines: [
      { label: 'operator', values: [{ as: 'operator', operator }] },
      { label: 'name', values: [{ as: 'text', text: name }] },
      { label: 'roles', values: roleValues(roles) },
    ],
    effects: roles.includes('administrator') ? ['effect.administrator'] : [],
  }),
})
export const changeOperator = defineCommand({
  name: 'session.changeOperator',
  risk: 'medium',
  permission: 'session.administer',
  params: operatorRowSchema.omit({ since: true }),
  facts: ({ operator, roles }) => ({ target: operator, roles }),
  describe: ({ operator, name, roles, disabled }) => ({
    title: 'session.changeOperator',
    lines: [
      { label: 'operator', values: [{ as: 'operator', operator }] },
      { label: 'name', values: [{ as: 'text', text: name }] },
      { label: 'roles', values: roleValues(roles) },
      { label: 'state', values: [{ as: 'word', word: disabled ? 'disabled' : 'enabled' }] },
    ],
    effects: disabled ? ['effect.disable'] : roles.includes('administrator') ? ['effect.administrator'] : [],
  }),
})
const contactText = z.string().trim().min(1).max(sealedTextLimit)
export const setContact = defineCommand({
  name: 'session.setContact',
  risk: 'low',
  permission: 'session.administer',
  params: z.strictObject({
    /** A person: services have nobody to call. */
    operator: operatorIdSchema.refine((operator) => !operator.includes(':')),
    name: contactText,
    phone: contactText.max(40).nullable(),
    email: contactText.max(254).nullable(),
  }),
  seals: {
    class: 'personal',
    collection: contacts.name,
    subject: ({ operator }: { readonly operator: string }) => contactSubject(operator),
    row: ({ operator }: { readonly operator: string }) => operator,
    fields: { name: 'text', phone: 'phone', email: 'email' },
  },
})
export const issueToken = defineCommand({
  name: 'session.issueToken',
  risk: 'medium',
  permission: 'session.administer',
  params: tokenRowSchema.omit({ issuedAt: true, revokedAt: true }),
  facts: ({ operator }) => ({ target: operator }),
  describe: ({ digest, operator, label, expiresAt }) => ({
    title: 'session.issueToken',
    lines: [
      { label: 'operator', values: [{ as: 'operator', operator }] },
      { label: 'label', values: [{ as: 'text', text: label }] },
      { label: 'until', values: [{ as: 'instant', at: expiresAt }] },
      { label: 'digest', values: [{ as: 'text', text: digest }] },
    ],
    effects: ['effect.token'],
  }),
})
export const revokeToken = defineCommand({
  name: 'session.revokeToken',
  risk: 'medium',
  permission: 'session.administer',
  params: z.strictObject({ digest: bytes32Schema }),
  describe: ({ digest }) => ({
    title: 'session.revokeToken',
    lines: [{ label: 'digest', values: [{ as: 'text', text: digest }] }],
    effects: ['effect.tokenRevoked'],
  }),
})
/** Refusals of the last minute, summed per actor and reason; signed by the service key. */
export const recordRefusals = defineCommand({
  name: 'session.recordRefusals',
  risk: 'low',
  permission: 'session.administer',
  signedBy: 'service',
  params: z.strictObject({
    refusals: z
      .array(z.strictObject({ actor: z.string().max(64), reason: z.string().max(64), count: z.int().min(1) }))
      .min(1)
      .max(100),
  }),
})

const openedNotice = ({ operator, client }: { readonly operator: string; readonly client: string }) =>
  ({ category: 'user', severity: 'info', code: 'session.opened', params: { operator, client } }) as const
/** As it was before certificates; lifted to {@link sessionOpened}. */
export const sessionOpenedBefore = defineEvent({ type: 'session.opened@1', data: opening, notice: openedNotice })
export const sessionOpened = defineEvent({
  type: 'session.opened@2',
  data: opening.extend({
    method: z.enum(['launch', 'token', 'certificate']),
    certificate: fingerprintSchema.nullable(),
  }),
  notice: openedNotice,
})
export const sessionEnded = defineEvent({
  type: 'session.ended@1',
  data: z.strictObject({ key: keyIdSchema, operator: operatorIdSchema }),
  notice: ({ operator }) => ({ category: 'user', severity: 'info', code: 'session.ended', params: { operator } }),
})
export const operatorRegistered = defineEvent({
  type: 'session.operatorRegistered@1',
  data: operatorRowSchema.omit({ since: true }),
  notice: ({ operator }) => ({
    category: 'user',
    severity: 'notice',
    code: 'session.operator-registered',
    params: { operator },
  }),
})
export const operatorChanged = defineEvent({
  type: 'session.operatorChanged@1',
  data: operatorRowSchema.omit({ since: true }),
  notice: ({ operator }) => ({
    category: 'user',
    severity: 'notice',
    code: 'session.operator-changed',
    params: { operator },
  }),
})
export const contactSet = defineEvent({
  type: 'session.contactSet@1',
  data: contacts.schema.omit({ changedAt: true }),
  notice: ({ operator }) => ({
    category: 'user',
    severity: 'notice',
    code: 'session.contact-set',
    params: { operator },
  }),
})
export const tokenIssued = defineEvent({
  type: 'session.tokenIssued@1',
  data: tokenRowSchema.omit({ issuedAt: true, revokedAt: true }),
  notice: ({ operator, label }) => ({
    category: 'user',
    severity: 'notice',
    code: 'session.token-issued',
    params: { operator, label },
  }),
})
export const tokenRevoked = defineEvent({
  type: 'session.tokenRevoked@1',
  data: z.strictObject({ digest: bytes32Schema, label: labelSchema }),
  notice: ({ label }) => ({ category: 'user', severity: 'notice', code: 'session.token-revoked', params: { label } }),
})
export const codeIssued = defineEvent({
  type: 'session.codeIssued@1',
  data: codeRowSchema.pick({ digest: true, reason: true, expiresAt: true }),
  notice: ({ reason }) => ({
    category: 'user',
    severity: reason === 'first' ? 'notice' : 'warning',
    code: reason === 'first' ? 'session.code-issued' : 'session.recovery-code-issued',
    params: {},
  }),
})
export const codeRedeemed = defineEvent({
  type: 'session.codeRedeemed@1',
  data: z.strictObject({ digest: bytes32Schema, operator: operatorIdSchema }),
  notice: ({ operator }) => ({
    category: 'user',
    severity: 'warning',
    code: 'session.code-redeemed',
    params: { operator },
  }),
})
export const requestsRefused = defineEvent({
  type: 'session.requestsRefused@1',
  data: z.strictObject({ actor: z.string().max(64), reason: z.string().max(64), count: z.int().min(1) }),
  notice: ({ actor, reason, count }) => ({
    category: 'user',
    severity: 'warning',
    code: 'session.refusals',
    params: { actor, reason, count },
  }),
})

const signature = z.string().regex(/^[A-Za-z0-9_-]{86}$/)
const claim = {
  publicKey: bytes32Schema,
  client: z.string().min(1).max(120),
  /** The session key's signature over the hello nonce (trust/session-proof.ts): the key is really the caller's. */
  proof: signature,
}

/**
 * How a desktop signs in. With `code` it names the administrator that it wants to be and the SHA-256 of a token that it
 * has made (32 random bytes in base64url, hashed as text) and stored before: the token never travels, and an answer lost on
 * the way locks nobody out, since the token signs in from then on. A code may be typed in lower case, with or without its
 * hyphens.
 */
export const signInSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('launch'), secret: z.string().min(16).max(128), ...claim }),
  z.strictObject({ method: z.literal('token'), secret: z.string().min(16).max(128), ...claim }),
  z.strictObject({
    method: z.literal('code'),
    secret: z.string().min(16).max(64),
    operator: operatorIdSchema,
    name: operatorRowSchema.shape.name,
    token: bytes32Schema,
    label: labelSchema,
    ...claim,
  }),
  /** `command` is {@link certifyKey} for this very key, signed by the operator's OpenPGP key. */
  z.strictObject({ method: z.literal('certificate'), command: signedCommandSchema, ...claim }),
])
export type SignIn = z.infer<typeof signInSchema>

/** What each role may do by the policy in force. */
export const roleRightsSchema = z.array(z.strictObject({ role: roleSchema, permissions: z.array(permissionSchema) }))
export type RoleRights = z.infer<typeof roleRightsSchema>

/** Keys of a log are replaced once in years. */
export const handoversTold = 16
/** Of what came before the latest ones, a desktop has to be told by a person. */
export const restorationsTold = 16

/** What `session.hello` answers before anyone has signed in. */
export const helloSchema = z.strictObject({
  protocol: z.strictObject({ min: z.int(), max: z.int() }),
  deployment: deploymentIdSchema,
  name: z.string(),
  instance: z.string(),
  /** Raw Ed25519 key of the log, which a desktop remembers from first sight. */
  logKey: bytes32Schema,
  /** How it came to be this one, for who knows an earlier one; absent: it is the first. */
  handovers: z.array(keyHandoverSchema).max(handoversTold).optional(),
  /** How the log came to have this id, the latest last; absent: it never had another. */
  restorations: z.array(restorationSchema).max(restorationsTold).optional(),
  /** The backend's clock, ms. */
  now: instantSchema,
  /** Signed by a session key that resumes on this connection. */
  nonce: bytes32Schema,
})
export type Hello = z.infer<typeof helloSchema>

export const signedInSchema = z.strictObject({
  operator: operatorIdSchema,
  name: z.string(),
  roles: z.array(roleSchema),
  permissions: z.array(permissionSchema),
  key: keyIdSchema,
  expiresAt: instantSchema,
})
export type SignedIn = z.infer<typeof signedInSchema>
