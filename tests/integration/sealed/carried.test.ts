import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backUp } from '#backend/commands/backup.ts'
import { move } from '#backend/commands/move.ts'
import { inspect, restore } from '#backend/commands/restore.ts'
import { eraseSubject } from '#protocol/sealed.ts'
import { contacts } from '#protocol/session.ts'
import { explaining } from '#tests/fixtures/restoration.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { type Deployment, newDeployment } from '../kernel/harness.ts'
import { openInstance } from '../postgres/team.ts'
import { appoint, codeOf, contact, join, makeKey, read, sealedModules, storeContact, subject } from './people.ts'

let deployment: Deployment
let folder: string
beforeEach(() => {
  deployment = newDeployment(undefined, new Uint8Array(randomBytes(32)))
  folder = mkdtempSync(path(tmpdir(), 'libral-carried-'))
})
afterEach(() => {
  deployment.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** A deployment with one sealed contact; answers the custodian's secret key. */
const made = async () => {
  const core = await deployment.open({ modules: sealedModules() })
  const admin = await join(core, 'suzuki', ['administrator'])
  await join(core, contact.operator, ['operator'])
  const key = await makeKey()
  await appoint(admin, await join(core, 'tanaka', ['custodian'], key))
  await appoint(admin, await join(core, 'sato', ['custodian'], await makeKey()))
  await storeContact(admin)
  return { core, admin, key }
}

describe('sealed values that are carried elsewhere', () => {
  it('open out of a backup; one from before an erasure brings them back, as the guide says', async () => {
    const { core, admin, key } = await made()
    await core.kernel.drain()
    const place = { directory: deployment.dir, key: deployment.storageKey, file: path(folder, 'before.backup') }
    await backUp(place)
    const again = await deployment.open({ modules: sealedModules() })
    const back = await join(again, 'suzuki', ['administrator'])
    expect(back.operator).toBe(admin.operator)
    await back.submit(eraseSubject, { subject, reason: '求め' })
    await again.kernel.drain()

    const directory = path(folder, 'restored')
    await restore({ ...place, directory }, explaining(await inspect(place)))
    const restored = newDeployment(directory, deployment.storageKey)
    const older = await restored.open({ modules: sealedModules() })
    const custodian = await join(older, 'tanaka', ['custodian'], key)
    expect(await read(older, custodian)).toMatchObject({ phone: contact.phone })
    await older.kernel.drain()
  })

  describe.skipIf(!hasPostgres)('to PostgreSQL', () => {
    let server: PostgresServer | undefined
    afterAll(() => server?.close())

    it('open and are found there as before', async () => {
      server = await startPostgres()
      const { core, key } = await made()
      await core.kernel.drain()
      const url = await server.createDatabase()
      const keyFile = path(folder, 'log.keys')
      await move({ directory: deployment.dir, key: deployment.storageKey, database: url, file: keyFile })
      const there = await openInstance({ url, keyFile, instance: 'east' }, sealedModules(), { limits: {} })
      await expect.poll(async () => (await there.storage.collections()).every(({ ready }) => ready)).toBe(true)
      const custodian = await join(there, 'tanaka', ['custodian'], key)
      const admin = await join(there, 'suzuki', ['administrator'])
      expect(await read(there, custodian)).toMatchObject({ phone: contact.phone, email: contact.email })
      expect(await there.kernel.sealed.find(admin.principal, contacts.name, 'phone', contact.phone)).toEqual(['abe'])
      await admin.submit(eraseSubject, { subject, reason: '求め' })
      expect(await codeOf(read(there, custodian))).toBe('sealed.erased')
      await there.kernel.drain()
    })
  })
})
