import { app } from 'electron'

/**
 * One app per profile. A second start hands its command line to the first and ends.
 * @returns false when another instance has the profile
 */
export function claimProfile(onSecond: (argv: readonly string[]) => void): boolean {
  if (!app.requestSingleInstanceLock()) return false
  app.on('second-instance', (_event, argv) => onSecond(argv))
  return true
}
