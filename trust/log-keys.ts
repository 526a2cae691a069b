import type { DeploymentId } from '#protocol/ids.ts'
import type { KeyHandover } from '#protocol/log.ts'
import { fromBase64url, toBase64url, utf8 } from './bytes.ts'
import { type Signer, verifySync } from './ed25519.ts'

/** What both keys sign: the deployment, the raw key that gives way and the raw key that follows it. */
const handoverBytes = ({ deployment, previous, logKey }: Pick<KeyHandover, 'deployment' | 'previous' | 'logKey'>) =>
  utf8(`libral log key v1\n${deployment}\n${previous}\n${logKey}`)

export const handOver = (deployment: DeploymentId, from: Signer, to: Signer): KeyHandover => {
  const [previous, logKey] = [toBase64url(from.publicKey), toBase64url(to.publicKey)]
  const bytes = handoverBytes({ deployment, previous, logKey })
  return {
    deployment,
    previous,
    logKey,
    byPrevious: toBase64url(from.sign(bytes)),
    byNext: toBase64url(to.sign(bytes)),
  }
}

/** Whether both keys signed it. */
export const isSigned = (handover: KeyHandover): boolean => {
  const bytes = handoverBytes(handover)
  const signed = (key: string, signature: string): boolean =>
    verifySync(fromBase64url(key), bytes, fromBase64url(signature))
  return signed(handover.previous, handover.byPrevious) && signed(handover.logKey, handover.byNext)
}

/** Keys of a deployment's log that gave way to this one, the latest first; handovers that don't hold lead nowhere. */
export const earlierKeys = (
  deployment: string,
  logKey: string,
  handovers: readonly KeyHandover[],
): readonly string[] => {
  const left = handovers.filter((one) => one.deployment === deployment && isSigned(one))
  const keys: string[] = []
  for (let now = logKey; ; ) {
    const before = left.find((one) => one.logKey === now && one.previous !== logKey && !keys.includes(one.previous))
    if (!before) return keys
    keys.push(before.previous)
    now = before.previous
  }
}
