import { expect, test } from 'vitest'
import type { Witness } from '#main/audit/witness.ts'
import { type ErrorCode, LibralError } from '#protocol/errors.ts'
import { handCosignature } from './log-head.ts'
import type { BackendClient } from './wire.ts'

const refused = (code: ErrorCode): Promise<void> => {
  const published = async () => Promise.reject(new LibralError(code))
  const witness = { cosign: async (_log: unknown, ask: (head: number) => Promise<unknown>) => ask(9) }
  return handCosignature({ log: { published } } as unknown as BackendClient, {} as never, witness as unknown as Witness)
}

test('a head that came after the check, or what a person set aside, is left to the next look; any other refusal is told', async () => {
  await refused('log.out-of-range')
  await refused('log.unseen')
  await expect(refused('log.broken')).rejects.toMatchObject({ code: 'log.broken' })
})
