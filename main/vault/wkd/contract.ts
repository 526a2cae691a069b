import { oc } from '@orpc/contract'
import { z } from 'zod'
import { wkdContract, wkdPublishedSchema, wkdPublishSchema } from '#protocol/wkd.ts'

/** Between main and the vault: as `protocol/wkd.ts`, with the folder that main's dialog chose. */
export const wkdVaultContract = {
  lookUp: wkdContract.lookUp,
  take: wkdContract.take,
  publish: oc.input(wkdPublishSchema.extend({ folder: z.string().min(1) })).output(wkdPublishedSchema),
}
