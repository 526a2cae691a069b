import { replaceLogKey } from '#protocol/log.ts'
import { handOver } from '#trust/log-keys.ts'
import type { DeploymentKeys } from './kernel/deployment-keys.ts'
import { signersOf } from './kernel/deployment-keys.ts'
import type { Kernel } from './kernel/kernel.ts'
import { adoptNextKeys, prepareNextKeys } from './kernel/key-file.ts'
import { submitAs } from './kernel/sign.ts'

export interface ReplaceDeps {
  readonly kernel: Pick<Kernel, 'submit' | 'now'>
  readonly keys: DeploymentKeys
  /** `LIBRAL_LOG_KEY_FILE` */
  readonly file: string
}

/**
 * Hands the log over to a new key: the key is on disk, then an entry signed by both stands in the log, then the file is
 * the new one. Other instances end when they see the entry, and need the new file.
 */
export const handLogOver = async ({ kernel, keys, file }: ReplaceDeps): Promise<void> => {
  const next = signersOf(prepareNextKeys(file))
  const { deployment, log: signer } = keys
  const signing = { deployment, kind: 'log', name: 'log', signer, now: kernel.now, submit: kernel.submit } as const
  await submitAs(signing, { command: replaceLogKey, params: handOver(deployment, signer, next.log) })
  adoptNextKeys(file)
}
