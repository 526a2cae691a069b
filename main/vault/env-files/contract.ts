import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { envSessionContract, envSheetSchema } from '#protocol/env-files.ts'

/** As `protocol/env-files.ts`, with the files that main's dialogs chose. */
const file = z.strictObject({ file: z.string().min(1) })

export const envFilesVaultContract = {
  ...envSessionContract,
  open: oc.input(file).output(eventIterator(envSheetSchema)),
  create: oc.input(file).output(eventIterator(envSheetSchema)),
}
