import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { hardwareContract, moduleIdSchema } from '#protocol/hardware.ts'
import { exportInputSchema, importResultSchema, keyEntryIdSchema, keyringSchema, keysContract } from '#protocol/keys.ts'
import { certifyingContract } from './certifying/contract.ts'
import { envFilesVaultContract } from './env-files/contract.ts'
import { messagesVaultContract } from './messages/contract.ts'
import { sealedVaultContract } from './sealed/contract.ts'
import { signingContract } from './signing/contract.ts'
import { wkdVaultContract } from './wkd/contract.ts'

/** Between main (or the command line) and the vault: as `protocol/keys.ts`, with the files that main's dialogs chose. */
const nothing = z.strictObject({})
const file = z.string().min(1)
const {
  importFile: _i,
  exportFile: _e,
  backup: _b,
  restore: _r,
  state: _s,
  lock: _l,
  watch: _w,
  revokeByFile: _f,
  ...shared
} = keysContract

export const vaultContract = {
  ...shared,
  /** `setAside`: a damaged file's new name; the keyring is the one before it. */
  unlock: oc.input(nothing).output(z.strictObject({ setAside: z.string().nullable() })),
  watch: oc.input(nothing).output(eventIterator(keyringSchema)),
  importFile: oc.input(z.strictObject({ file })).output(importResultSchema),
  exportFile: oc.input(exportInputSchema.extend({ file })).output(nothing),
  backup: oc.input(z.strictObject({ file })).output(nothing),
  /** Makes the keyring where there is none, and adds to it where it is open. */
  restore: oc.input(z.strictObject({ file })).output(importResultSchema),
  messages: messagesVaultContract,
  envFiles: envFilesVaultContract,
  wkd: wkdVaultContract,
  ...certifyingContract,
  ...signingContract,
  /** Revokes by a revocation certificate that was kept in a file. */
  revokeByFile: oc.input(z.strictObject({ file })).output(z.strictObject({ id: keyEntryIdSchema })),
  hardware: {
    ...hardwareContract,
    addModule: oc.input(z.strictObject({ file })).output(z.strictObject({ id: moduleIdSchema })),
  },
  sealed: sealedVaultContract,
}
