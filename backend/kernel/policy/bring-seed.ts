import { failureOf } from '#protocol/errors.ts'
import { type PolicyVersionRow, policyVersions, seedPolicySet } from '#protocol/policy.ts'
import { policyHash } from '#trust/policies.ts'
import type { Reader } from '../../storage/port.ts'
import { type ServiceSigning, submitAs } from '../sign.ts'
import type { Policies } from './policies.ts'

export interface BringSeedDeps {
  readonly policies: Pick<Policies, 'seed'>
  readonly storage: Reader
  /** The served epoch of `policy.versions`. */
  readonly epoch: number
  readonly signing: ServiceSigning
}

/**
 * Puts this build's own set into the log where there is none, or where the one in force came with another build. A set
 * that a person published stays; so does one that this log has left behind already, whatever an older build brings.
 */
export const bringSeed = async ({ policies: { seed }, storage, epoch, signing }: BringSeedDeps): Promise<void> => {
  const rows = await storage.rows.page(policyVersions.name, epoch, null, 10_000)
  const versions = rows.map(({ value }) => value as unknown as PolicyVersionRow)
  if (!wantsSeed(versions, policyHash(seed))) return
  const base = versions.at(-1)?.hash ?? null
  await submitAs(signing, { command: seedPolicySet, params: { text: seed, base } }).catch((refusal: unknown) => {
    // Another instance was quicker.
    if (failureOf(refusal).code !== 'policy.outdated') throw refusal
  })
}

/** @param versions every set so far, the one in force last */
export const wantsSeed = (
  versions: readonly Pick<PolicyVersionRow, 'hash' | 'seed'>[],
  seed: PolicyVersionRow['hash'],
): boolean => (versions.at(-1)?.seed ?? true) && !versions.some(({ hash }) => hash === seed)
