import { z } from 'zod'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import {
  bytes32Schema,
  deploymentIdSchema,
  fingerprintSchema,
  instantSchema,
  moduleNameSchema,
  operatorIdSchema,
} from './ids.ts'

const genesis = z.strictObject({
  deployment: deploymentIdSchema,
  name: z.string().min(1).max(80),
  logKey: bytes32Schema,
  /** Service keys that sign for jobs and adapters, each limited to the commands it names. */
  services: z.array(
    z.strictObject({ service: moduleNameSchema, key: bytes32Schema, commands: z.array(z.string()).max(64) }),
  ),
})

/** Entry 0 of every log, signed by the log key: names the deployment and its keys. */
export const openLog = defineCommand({
  name: 'log.open',
  risk: 'low',
  permission: 'log.read',
  signedBy: 'log',
  params: genesis,
})

export const logOpened = defineEvent({
  type: 'log.opened@1',
  data: genesis,
  notice: () => ({ category: 'system', severity: 'notice', code: 'log.genesis', params: {} }),
})
/** Base64url of an Ed25519 signature. */
const signatureTextSchema = z.string().regex(/^[A-Za-z0-9_-]{86}$/)

/** One key of the log gives way to the next: both sign it (trust/log-keys.ts has the bytes), so nobody has to be believed. */
export const keyHandoverSchema = z.strictObject({
  deployment: deploymentIdSchema,
  previous: bytes32Schema,
  logKey: bytes32Schema,
  byPrevious: signatureTextSchema,
  byNext: signatureTextSchema,
})
export type KeyHandover = z.infer<typeof keyHandoverSchema>

/** Signed by the key that gives way. */
export const replaceLogKey = defineCommand({
  name: 'log.replaceKey',
  risk: 'low',
  permission: 'log.read',
  signedBy: 'log',
  params: keyHandoverSchema,
})
export const logKeyReplaced = defineEvent({
  type: 'log.keyReplaced@1',
  data: keyHandoverSchema,
  notice: () => ({ category: 'system', severity: 'warning', code: 'log.key-replaced', params: {} }),
})

/**
 * What an administrator signs when a backup was restored: the log goes on from the backup's head under an id of its own.
 * `context` is the new id, `previous` the one that the backup was taken from, `size` and `root` its head in the backup.
 */
export const restoreStatementSchema = z.strictObject({
  v: z.literal(1),
  context: deploymentIdSchema,
  purpose: z.literal('restore'),
  previous: deploymentIdSchema,
  size: z.int().min(1),
  root: bytes32Schema,
  reason: z.string().trim().min(1).max(400),
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  operator: operatorIdSchema,
})
export type RestoreStatement = z.infer<typeof restoreStatementSchema>

/** An explained break (trust/restoration.ts judges it): the log's key always signs, an administrator's where there is one. */
export const restorationSchema = z.strictObject({
  statement: restoreStatementSchema,
  logKey: bytes32Schema,
  byLog: signatureTextSchema,
  byOperator: z.strictObject({ certificate: fingerprintSchema, value: z.base64url().min(1).max(6_000) }).nullable(),
})
export type Restoration = z.infer<typeof restorationSchema>

/** The first entry under the new id; stands at `size`. */
export const restoreLog = defineCommand({
  name: 'log.restore',
  risk: 'low',
  permission: 'log.read',
  signedBy: 'log',
  params: restorationSchema,
})
export const logRestored = defineEvent({
  type: 'log.restored@1',
  data: restorationSchema,
  notice: ({ statement: { operator, reason, size } }) => ({
    category: 'system',
    severity: 'major',
    code: 'log.restored',
    params: { operator, size },
    detail: reason,
  }),
})

/** A new version of the backend adds services or widens what one may sign; written by the log key. */
export const certifyServices = defineCommand({
  name: 'log.certifyServices',
  risk: 'low',
  permission: 'log.read',
  signedBy: 'log',
  params: genesis.pick({ services: true }),
})
export const servicesCertified = defineEvent({
  type: 'log.servicesCertified@1',
  data: genesis.pick({ services: true }),
})
