import type { CertificateRow } from '#protocol/certificates.ts'
import type { KeyEntry } from '#protocol/keys.ts'
import { type Cell, cell } from '../../app/live.ts'

/** A command that waits until its operator has a registered key. */
export interface WaitingCommand {
  readonly command: string
  /** Whoever sent it waits for this: sent again from the start, or given up. */
  readonly settle: (how: 'again' | 'never') => void
}

/** What the guide to one's own key stands over; null: it is closed. */
export const keyGuide: Cell<WaitingCommand | null> = cell<WaitingCommand | null>(null)

/**
 * Whether one's own certificate is registered by oneself (`session.enrolCertificate`): the deployment's first, or a newer
 * form of one that stands. Otherwise somebody who has a key registers it.
 */
export const enrolsItself = (
  fingerprint: string,
  me: string | undefined,
  first: 'none' | 'taken',
  registered: readonly Pick<CertificateRow, 'fingerprint' | 'operator' | 'state'>[],
): boolean =>
  first === 'none' ||
  registered.some((row) => row.fingerprint === fingerprint && row.operator === me && row.state === 'valid')

/** Own identities that can sign now, newest first. */
export const usableOwn = (entries: readonly KeyEntry[]): readonly KeyEntry[] =>
  entries
    .filter(({ own, state }) => own && (state === 'valid' || state === 'expiring'))
    .toSorted((one, other) => other.addedAt - one.addedAt)

/** Leads to a registered key. @returns what came of the command then; null: it was given up */
export const guided = <T>(command: string, again: () => Promise<T>): Promise<T | null> =>
  new Promise((resolve) => {
    keyGuide.set({
      command,
      settle: (how) => {
        keyGuide.set(null)
        resolve(how === 'again' ? again() : null)
      },
    })
  })
