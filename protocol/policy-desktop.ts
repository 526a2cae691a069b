import { oc } from '@orpc/contract'
import { z } from 'zod'
import { policyCheckSchema, policyTextLimit } from './policy.ts'

/** ポリシー, as windows reach it. Reading a text is the backend's: it has the engine, and knows its own commands. */
export const policyContract = {
  check: oc.input(z.strictObject({ text: z.string().max(policyTextLimit * 2) })).output(policyCheckSchema),
  /** The set that the backend's build brings along. */
  seed: oc.input(z.strictObject({})).output(z.strictObject({ text: z.string() })),
}
