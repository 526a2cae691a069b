import { afterEach, expect, test } from 'vitest'
import type { AskHead, Witness } from '#main/audit/witness.ts'
import { type Connection, connect } from '#main/link/connection.ts'
import type { Replica } from '#main/replica/replica.ts'
import { closeCodes } from '#protocol/feed.ts'
import { type Double, secrets, startDouble } from './double.ts'

let double: Double
let connection: Connection
afterEach(async () => {
  connection.close()
  await double.stop()
})

const replica = { call: async () => undefined, begin: async () => ({}), frame: () => 0, queued: () => 0 }

/** Signs in and opens the feed; what was told, up to the first failure or end. @param between runs between two steps */
const told = (between: { readonly beforeLook?: () => void; readonly beforeFeed?: () => void }): Promise<string[]> =>
  new Promise((resolve) => {
    const heard: string[] = []
    const hear = (what: string, last = false): void => {
      heard.push(what)
      if (last) resolve(heard)
    }
    const witness = {
      meet: async () => undefined,
      seen: () => null,
      check: async (_log: unknown, ask: AskHead) => {
        between.beforeLook?.()
        await ask(null)
      },
    } as unknown as Witness
    connection = connect({
      target: { kind: 'pipe', path: double.address.slice('unix:'.length) },
      credential: { method: 'launch', secret: secrets.administrator },
      ...{ identity: null, name: 'test', session: 1, witness, replica: replica as unknown as Replica },
      events: {
        greeted: () => connection.signIn(null),
        signedIn: () => {
          hear('signed-in')
          between.beforeFeed?.()
          connection.openFeed()
        },
        failed: ({ code }) => hear(`failed ${code}`, true),
        closed: (code) => hear(`closed ${code}`, true),
        silent: () => hear('silent', true),
        ...{ roundTrip: () => {}, skew: () => {}, telemetry: () => {}, witnessed: () => {}, keyReplaced: () => {} },
      },
    })
  })

test('a session that ends right behind the sign-in is over, and nobody is refused', async () => {
  double = await startDouble()
  const ended = `closed ${closeCodes.sessionEnded}`
  expect(await told({ beforeLook: () => double.endSessions() })).toEqual([ended])
  connection.close()
  expect(await told({ beforeFeed: () => double.endSessions() })).toEqual(['signed-in', ended])
})
