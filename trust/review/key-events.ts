import { proposed } from '#protocol/approvals.ts'
import { certificateRegistered, certificateRevoked } from '#protocol/certificates.ts'
import { logKeyReplaced, logOpened, logRestored, servicesCertified } from '#protocol/log.ts'
import {
  operatorChanged,
  operatorRegistered,
  sessionEnded,
  sessionOpened,
  sessionOpenedBefore,
} from '#protocol/session.ts'

/** Events that say something about keys: what a review of entries has to learn before it judges later ones. */
export const keyEvents: ReadonlySet<string> = new Set(
  [
    logOpened,
    logKeyReplaced,
    logRestored,
    servicesCertified,
    sessionOpenedBefore,
    sessionOpened,
    sessionEnded,
    certificateRegistered,
    certificateRevoked,
    // Who was an administrator when a restored backup was explained.
    operatorRegistered,
    operatorChanged,
    // Says when a command was signed that is carried out later.
    proposed,
  ].map(({ type }) => type),
)
