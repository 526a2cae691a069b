import { z } from 'zod'
import { type Permission, permissionSchema, roles } from '#protocol/permission.ts'
import { sha256, toBase64url } from '#trust/bytes.ts'
import { canonicalBytes } from '#trust/canonical.ts'
import seed from '../../resources/policies/roles.json' with { type: 'json' }

export const policySchema = z.strictObject({
  v: z.literal(1),
  roles: z.record(z.enum(roles), z.array(permissionSchema)),
})
/** What each role may do. Data, not code: a later `policy.publish` replaces it, and each entry names it by hash. */
export type Policy = z.infer<typeof policySchema>

/** The policy that a deployment starts with (resources/policies/roles.json). */
export const seedPolicy = (): Policy => policySchema.parse(seed)

/** Base64url SHA-256 of the policy's canonical bytes: `policy` of every entry. */
export const policyHash = (policy: Policy): string => toBase64url(sha256(canonicalBytes(policy)))

/** Every permission that any of these roles grants, each once. */
export const permissionsOf = (policy: Policy, held: readonly (typeof roles)[number][]): readonly Permission[] => [
  ...new Set(held.flatMap((role) => policy.roles[role])),
]
