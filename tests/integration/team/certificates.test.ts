import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerCertificate, revokeCertificate } from '#protocol/certificates.ts'
import { leaveHandover } from '#protocol/events.ts'
import { closeCodes } from '#protocol/feed.ts'
import { registerOperator } from '#protocol/session.ts'
import { certified, factsOf } from '#tests/fixtures/client/certified.ts'
import { openFeed } from '#tests/fixtures/client/feed-client.ts'
import { connectRpc, failureOfCall } from '#tests/fixtures/client/rpc-client.ts'
import { proofFor, redeemAs, resumeAs, type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { freePort } from '#tests/fixtures/servers/free-port.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { toBase64url } from '#trust/bytes.ts'
import { type StandaloneProcess, startStandalone } from '../transport/standalone-process.ts'

const key = await identity(v6Kinds['v6 curve25519'])
const fingerprint = key.certificate.getFingerprint()

describe.skipIf(!hasPostgres)('a certificate on two instances over PostgreSQL', () => {
  let postgres: PostgresServer
  let folder: string
  const backends: StandaloneProcess[] = []
  const addresses: string[] = []

  beforeAll(async () => {
    postgres = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'libral-certificates-'))
    const database = await postgres.createDatabase()
    for (const name of ['east', 'west']) {
      const address = `127.0.0.1:${await freePort()}`
      const env = {
        LIBRAL_DATABASE_URL: database,
        LIBRAL_LOG_KEY_FILE: join(folder, 'deployment.keys'),
        LIBRAL_INSTANCE: name,
      }
      backends.push(await startStandalone(join(folder, name), ['--listen', address], env))
      addresses.push(address)
    }
  })
  afterAll(async () => {
    for (const { process: backend, exited } of backends) {
      backend.kill('SIGKILL')
      await exited
    }
    await postgres?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const enter = async (address: string) => {
    const rpc = await connectRpc(address)
    const hello = await rpc.api.session.hello({ min: 1, max: 1 })
    const { signer, command } = await certified(key, hello.deployment, 'tanaka', { client: address })
    const claim = { publicKey: toBase64url(signer.publicKey), client: address, proof: proofFor(signer, hello) }
    const signedIn = await rpc.api.session.signIn({ method: 'certificate', command: command as never, ...claim })
    await rpc.close()
    return { signer, signedIn }
  }
  const feedOf = async (session: Session, address: string) => {
    const { ticket } = await session.api.feed.ticket({})
    const feed = await openFeed(address, { ticket, cursors: { events: null } })
    await feed.until((frame): frame is never => frame.t !== 'sample')
    return feed
  }

  test('lets its owner in on each, and shuts them out on both at once when it is revoked on one', async () => {
    const [east = '', west = ''] = addresses
    const { session: administrator } = await redeemAs(east, backends[0]?.code)
    const { submit } = administrator.api.command
    await submit(
      (await administrator.own.sign(registerOperator, {
        operator: 'tanaka',
        name: '田中',
        roles: ['operator'],
      })) as never,
    )
    const facts = { ...(await factsOf(key)), userIds: ['山田 鍵 <kagi@example.org>'] }
    await submit(
      (await administrator.own.sign(registerCertificate, { ...facts, operator: 'tanaka', proof: null })) as never,
    )

    // What one instance was told, the other knows; a session of one goes on at the other.
    const there = await enter(west)
    const here = await enter(east)
    expect(there.signedIn).toMatchObject({ operator: 'tanaka', name: '田中' })
    const atWest = await resumeAs(west, there.signer)
    const moved = await resumeAs(east, there.signer)
    const atEast = await resumeAs(west, here.signer)
    const note = atWest.sign(leaveHandover, { shift: '日勤', text: '引き継ぎ' })
    await atWest.api.command.submit(note as never)
    const feeds = [await feedOf(atWest, west), await feedOf(moved, east), await feedOf(atEast, west)]

    await submit((await administrator.own.sign(revokeCertificate, { fingerprint, reason: 'compromised' })) as never)
    const ends = await Promise.all(feeds.map(({ closed }) => closed))
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => closeCodes.sessionEnded))
    for (const session of [atWest, moved, atEast]) {
      await expect.poll(() => session.socket.readyState).toBe(session.socket.CLOSED)
    }
    for (const address of addresses) {
      expect(await failureOfCall(enter(address))).toMatchObject({ code: 'session.certificate-revoked' })
      expect(await failureOfCall(resumeAs(address, there.signer))).toMatchObject({ code: 'session.ended' })
    }
    // The administrator, who came in by a code, stays.
    expect(await administrator.api.session.roles({})).toHaveLength(4)
    await Promise.all([administrator, atWest, moved, atEast].map((session) => session.close()))
  })

  test('is refused from another deployment’s desktop', async () => {
    const elsewhere = 'libral:0191e7a0-0000-7000-8000-000000000009' as never
    const { signer, command } = await certified(key, elsewhere, 'tanaka', { client: 'x' })
    const rpc = await connectRpc(addresses[0] ?? '')
    const hello = await rpc.api.session.hello({ min: 1, max: 1 })
    const claim = { publicKey: toBase64url(signer.publicKey), client: 'x', proof: proofFor(signer, hello) }
    const asked = { method: 'certificate' as const, command: command as never, ...claim }
    expect(await failureOfCall(rpc.api.session.signIn(asked))).toMatchObject({ code: 'command.wrong-context' })
    await rpc.close()
    expect(
      await failureOfCall(signInAs(addresses[0] ?? '', { method: 'token', secret: 'x'.repeat(20) })),
    ).toMatchObject({
      code: 'session.token-wrong',
    })
  })
})
