import { LibralError } from '#protocol/errors.ts'
import {
  policyInForce,
  policyInForceKey,
  policyPublished,
  policyVersionKey,
  policyVersions,
  publishPolicy,
  seedPolicySet,
} from '#protocol/policy.ts'
import { administrators, administratorsKey } from '#protocol/session.ts'
import { policyHash } from '#trust/policies.ts'
import {
  accept,
  type Decision,
  defineHandler,
  defineModule,
  defineProjection,
  happened,
  type ModuleDefinition,
  ref,
  refuse,
  type State,
} from '../module.ts'
import { canBeReplaced } from './check.ts'
import type { Policies } from './policies.ts'

/** Policy sets in the log: published by administrators, or brought along by a build; one of them is in force. */
export const createPolicyModule = (policies: () => Policies): ModuleDefinition =>
  defineModule({
    manifest: { name: 'policy', version: '1.0.0', essential: true, needs: [], restarts: { max: 0, withinMs: 0 } },
    collections: [policyVersions, policyInForce],
    events: [policyPublished],
    handlers: [
      defineHandler({
        command: publishPolicy,
        // At the door, where it holds nobody up; the group commit finds the answer kept.
        examine: async ({ text }) => assertValid(policies(), text),
        reads: () => [ref(policyInForce, policyInForceKey), ref(administrators, administratorsKey)],
        decide: ({ text, base, note }, _meta, state) => {
          const inCharge = state.get(administrators, administratorsKey)?.operators ?? []
          assertValid(policies(), text)
          if (state.get(policyInForce, policyInForceKey)?.hash !== base) return refuse('policy.outdated')
          if (policyHash(text) === base) return refuse('policy.unchanged')
          if (!canBeReplaced(policies().engine(text), inCharge)) return refuse('policy.locks-out')
          return published(text, note, state)
        },
      }),
      defineHandler({
        command: seedPolicySet,
        reads: () => [ref(policyInForce, policyInForceKey)],
        decide: ({ text, base }, _meta, state) => {
          const current = state.get(policyInForce, policyInForceKey)
          // Of two instances that start with a new build one brings its set; what a person published stays.
          const stands = current !== undefined && (!current.seed || current.hash !== base)
          return stands ||
            policies()
              .problems(text)
              .some(({ severity }) => severity === 'error')
            ? refuse('policy.outdated')
            : published(text, null, state)
        },
      }),
    ],
    projections: [
      defineProjection({
        on: policyPublished,
        into: policyVersions,
        reads: () => [],
        project: (data, { at, operator, index }) => [
          { key: policyVersionKey(data.version), row: { ...data, at, by: operator, index } },
        ],
      }),
      defineProjection({
        on: policyPublished,
        into: policyInForce,
        reads: () => [],
        project: ({ version, hash, seed }) => [
          { key: policyInForceKey, row: { key: policyInForceKey, version, hash, seed } },
        ],
      }),
    ],
    signs: [],
    start: async () => ({
      health: () => (policies().broken() ? { ok: false, reason: 'policy.broken' } : { ok: true, reason: '' }),
      stop: async () => undefined,
    }),
  })

/** @throws LibralError `policy.invalid` with the first error and its line */
const assertValid = (policies: Policies, text: string): void => {
  const problem = policies.problems(text).find(({ severity }) => severity === 'error')
  if (problem) throw new LibralError('policy.invalid', { problem: problem.code, line: problem.line })
}

/** `note`: null for a set that nobody published. */
const published = (text: string, note: string | null, state: State): Decision => {
  const current = state.get(policyInForce, policyInForceKey)
  return accept(
    happened(policyPublished, {
      version: (current?.version ?? 0) + 1,
      hash: policyHash(text),
      previous: current?.hash ?? null,
      text,
      note,
      seed: note === null,
    }),
  )
}
