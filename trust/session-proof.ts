import type { DeploymentId } from '#protocol/ids.ts'
import { utf8 } from './bytes.ts'

/**
 * What a session key signs to show that the caller holds it: the deployment and the nonce of this connection's hello.
 */
export const sessionProofBytes = (deployment: DeploymentId, nonce: string): Uint8Array =>
  utf8(`libral session proof v1\n${deployment}\n${nonce}`)
