import type { Desk } from './desk.ts'

/** A sign-in takes far less; whoever is waiting for more is told that the link is down. */
const patienceMs = 10_000

/**
 * Resolves once a link that is on its way up is there, or has failed, or has taken too long: own roles that changed make
 * it anew, and an act of that moment waits for it instead of being refused.
 */
export const comingUp = (desk: Pick<Desk, 'state' | 'onState'>): Promise<void> => {
  const isOnItsWay = (): boolean => ['connecting', 'signing-in'].includes(desk.state().link.state)
  if (!isOnItsWay()) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      dispose()
      resolve()
    }
    const timer = setTimeout(done, patienceMs)
    const dispose = desk.onState(() => {
      if (!isOnItsWay()) done()
    })
  })
}
