import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { bytes32Schema, commandNameSchema, instantSchema, operatorIdSchema } from './ids.ts'
import { permissionSchema, roleSchema } from './permission.ts'
import { verdictSchema } from './verdict.ts'

/**
 * The policy set: one text in Cedar, named by the SHA-256 of its UTF-8 bytes (base64url). It stands twice in the entry
 * that publishes it, in what was signed and in what came of it, so two of them have to fit into 32 KiB.
 */
export const policyTextLimit = 12_000
const bytesLimit = 14_000
/** No fewer bytes than its JSON takes in UTF-8. */
const bytesOf = (text: string): number => {
  const json = JSON.stringify(text)
  let bytes = 0
  for (let at = 0; at < json.length; at++) bytes += json.charCodeAt(at) < 0x80 ? 1 : 3
  return bytes
}
export const policyTextSchema = z
  .string()
  .min(1)
  .max(policyTextLimit)
  .refine((text) => bytesOf(text) <= bytesLimit)

const noteSchema = z.string().trim().min(1).max(200)

/** Puts a set in the place of the one in force: `base` is the hash of that one, as the author saw it. */
export const publishPolicy = defineCommand({
  name: 'policy.publish',
  risk: 'high',
  permission: 'policy.publish',
  params: z.strictObject({ text: policyTextSchema, base: bytes32Schema, note: noteSchema }),
  describe: ({ text, base, note }) => ({
    title: 'policy.publish',
    lines: [
      { label: 'reason', values: [{ as: 'text', text: note }] },
      { label: 'policyBase', values: [{ as: 'text', text: base }] },
      { label: 'policyText', values: [{ as: 'lines', text }] },
    ],
    effects: ['effect.policy'],
  }),
})

/** The set that a build brings along: for a log that has none, or whose set nobody has published. `base`: null, none. */
export const seedPolicySet = defineCommand({
  name: 'log.seedPolicy',
  risk: 'low',
  permission: 'log.read',
  signedBy: 'log',
  params: z.strictObject({ text: policyTextSchema, base: bytes32Schema.nullable() }),
})

/** From the next entry on, `policy` of every entry is `hash`. */
export const policyPublished = defineEvent({
  type: 'policy.published@1',
  data: z.strictObject({
    version: z.int().min(1),
    hash: bytes32Schema,
    previous: bytes32Schema.nullable(),
    text: policyTextSchema,
    note: noteSchema.nullable(),
    /** It came with the build; nobody published it. */
    seed: z.boolean(),
  }),
  notice: ({ version, seed, note }) => ({
    category: 'user',
    severity: seed ? 'notice' : 'warning',
    code: seed ? 'policy.seeded' : 'policy.published',
    params: { version },
    ...(note !== null && { detail: note }),
  }),
})

const versionRowSchema = policyPublished.data.extend({
  at: instantSchema,
  by: operatorIdSchema,
  /** The entry that published it. */
  index: z.int().min(0),
})
export type PolicyVersionRow = z.infer<typeof versionRowSchema>

export const policyVersionKey = (version: number): string => String(version).padStart(8, '0')
/** Every set that has been in force, with its text. */
export const policyVersions = defineCollection({
  name: 'policy.versions',
  version: 1,
  schema: versionRowSchema,
  key: ({ version }) => policyVersionKey(version),
  indexes: [['version']],
  read: 'policy.read',
  retention: { rows: 10_000 },
})

export const policyInForceKey = 'in-force' as const
/** One row: which of them is in force. Small, because every group commit reads it. */
export const policyInForce = defineCollection({
  name: 'policy.in-force',
  version: 1,
  schema: z.strictObject({
    key: z.literal(policyInForceKey),
    version: z.int().min(1),
    hash: bytes32Schema,
    seed: z.boolean(),
  }),
  key: (row) => row.key,
  indexes: [],
  read: 'policy.read',
  retention: { rows: 1 },
})
export type PolicyInForceRow = z.infer<typeof policyInForce.schema>

/** What may be wrong with a text. `syntax` to `type` are Cedar's; the others ours. Texts: renderer/i18n. */
export const policyProblemCodes = [
  'syntax',
  'action-unknown',
  'entity-unknown',
  'role-unknown',
  'attribute-unknown',
  'type',
  'never-applies',
  'cedar',
  'template',
  'too-large',
  'empty',
  'id-missing',
  'id-twice',
  'annotation-unknown',
  'annotation-value',
  'annotation-on-permit',
  'approvals-incomplete',
  'locks-out',
] as const
export type PolicyProblemCode = (typeof policyProblemCodes)[number]

export const policyProblemSchema = z.strictObject({
  code: z.enum(policyProblemCodes),
  /** Warnings keep nobody from publishing. */
  severity: z.enum(['error', 'warning']),
  /** From 1; columns in UTF-16 units, as editors count. */
  line: z.int().min(1),
  column: z.int().min(1),
  /** What it is about (`Permission::Action::"hub.raed"`), and what may have been meant; empty: nothing to say. */
  what: z.string(),
  hint: z.string(),
})
export type PolicyProblem = z.infer<typeof policyProblemSchema>

/** A rule of a set, for reading. */
export const policyRuleSchema = z.strictObject({
  id: z.string(),
  label: z.string(),
  line: z.int().min(1),
  effect: z.enum(['permit', 'forbid']),
  /** Whom it names; empty: everyone. */
  roles: z.array(roleSchema),
  operators: z.array(z.string()),
  /** What it names; both empty: everything. */
  permissions: z.array(permissionSchema),
  commands: z.array(commandNameSchema),
  /** It has a `when` or `unless`. */
  conditional: z.boolean(),
  approvals: verdictSchema.shape.approvals,
  /** Applies only above these sums: minor units. */
  above: z.array(z.strictObject({ currency: z.string(), minor: z.string() })),
})
export type PolicyRule = z.infer<typeof policyRuleSchema>

/** What a set means for somebody of one role alone. `above`: the verdict once every sum is exceeded, where it differs. */
export const policyEffectSchema = z.strictObject({
  role: roleSchema,
  permission: permissionSchema,
  /** null: the permission itself (reading, and what a page offers). */
  command: commandNameSchema.nullable(),
  verdict: verdictSchema,
  above: verdictSchema.nullable(),
})
export type PolicyEffect = z.infer<typeof policyEffectSchema>

/** A text as the backend reads it; rules and effects are empty when it does not parse. */
export const policyCheckSchema = z.strictObject({
  hash: bytes32Schema,
  problems: z.array(policyProblemSchema),
  rules: z.array(policyRuleSchema),
  effects: z.array(policyEffectSchema),
})
export type PolicyCheck = z.infer<typeof policyCheckSchema>
