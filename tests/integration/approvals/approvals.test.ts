import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { seedPolicy } from '#backend/kernel/policy/seed.ts'
import { expire, fail, waiting } from '#protocol/approvals.ts'
import { revokeCertificate } from '#protocol/certificates.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { leaveHandover } from '#protocol/events.ts'
import { publishPolicy } from '#protocol/policy.ts'
import { changeOperator, setContact } from '#protocol/session.ts'
import { closeOrder, makeRefund, refunds } from '#tests/fixtures/approvals/refunds.ts'
import { signVote } from '#tests/fixtures/approvals/voting.ts'
import { factsOf, signByKey } from '#tests/fixtures/client/certified.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { createTrailRecord } from '#trust/approvals/people.ts'
import { createTrails } from '#trust/approvals/trail.ts'
import { verifyTrail } from '#trust/approvals/verify-trail.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { leafHash } from '#trust/merkle.ts'
import { registeredKey } from '#trust/openpgp/certificate.ts'
import { reviewLog } from '#trust/review/review-log.ts'
import {
  asDesktop,
  carrying,
  codeOf,
  entriesOf,
  keys,
  type Name,
  newWorld,
  people,
  proposing,
  refundOf,
  rowOf,
  settle,
  until,
  voting,
  type World,
} from './world.ts'

/** The seed, and that a refund needs so many custodians. */
const needing = (count: number): string => `${seedPolicy()}
@id("refund-by-custodians")
@approvals("${count}") @approvers("custodian") @within("2h")
forbid (principal, action == Command::Action::"refunds.make", resource);
@id("contact-by-custodian")
@approvals("1") @approvers("custodian") @within("2h")
forbid (principal, action == Command::Action::"session.setContact", resource);
`
const hour = 3_600_000

describe.each([
  ['SQLite', false],
  ['PostgreSQL', true],
] as const)('approvals on %s', (_name, onPostgres) => {
  let server: PostgresServer | null = null
  let world: World
  let kernel: Kernel
  beforeAll(async () => {
    if (onPostgres && hasPostgres) server = await startPostgres()
  })
  afterAll(async () => server?.close())
  beforeEach(async ({ skip }) => {
    if (onPostgres && !hasPostgres) skip()
    world = await newWorld(server)
    kernel = await world.open(needing(2))
    await settle(kernel)
  })
  afterEach(async () => world?.remove())

  const state = async (command: SignedCommand) => (await rowOf(kernel, command))?.state
  const made = async (order: string, of = kernel): Promise<number> => {
    const { rows } = await of.history(refunds.name, null, 100)
    return (rows as { order: string; times: number }[]).find((row) => row.order === order)?.times ?? 0
  }
  const ended = (command: SignedCommand, of = kernel) =>
    until(async () => {
      await of.latest()
      const row = await rowOf(of, command)
      return row && row.state !== 'open' && row
    })
  const publish = async (count: number): Promise<void> => {
    const base = (await entriesOf(kernel)).at(-1)?.policy ?? ''
    await kernel.submit(
      await signByKey(keys.ito, {
        ...{ context: kernel.deployment.id, command: publishPolicy.name, operator: 'ito', issuedAt: kernel.now() },
        ...{ params: { text: needing(count), base, note: '試験のため' }, lastsMs: 300_000 },
      }),
    )
  }
  const waits = async () => (await kernel.history(waiting.name, null, 100)).rows

  it('lets a command pass once two others have approved it, and its entry says who', async () => {
    const command = await refundOf(kernel, 'A-1')
    expect(await codeOf(kernel.submit(command))).toBe('command.needs-approvals')
    await proposing(kernel, command)
    expect(await codeOf(proposing(kernel, command))).toBe('approvals.exists')
    expect(await codeOf(kernel.submit(command))).toBe('command.needs-approvals')
    await voting(kernel, 'sato', 'approve', command)
    expect(await state(command)).toBe('open')
    expect(await made('A-1')).toBe(0)
    await voting(kernel, 'suzuki', 'approve', command, 'tanaka')
    const row = await ended(command)
    expect(row).toMatchObject({
      state: 'decided',
      policies: expect.arrayContaining(['refund-by-custodians']),
      operator: 'tanaka',
      review: 'none',
    })
    expect(await made('A-1')).toBe(1)
    expect(await waits()).toEqual([])
    const outcome = await kernel.submit(command)
    expect(outcome.index).toBe(row.endedIndex)
    const entries = await entriesOf(kernel)
    const entry = entries[outcome.index]
    expect(entry?.events.at(-1)).toMatchObject({
      type: 'approvals.decided@1',
      data: { proposal: row.index, emergency: false, by: [{ operator: 'sato' }, { operator: 'suzuki' }] },
    })

    // From the entries alone: who, with which key, and every signature holds.
    const trails = createTrails()
    const record = createTrailRecord()
    for (const one of entries) {
      trails.add(one)
      record.take(one)
    }
    const trail = trails.of(command.statement.id)
    const certificates = await Promise.all(
      (Object.keys(people) as Name[]).map(async (operator) => ({
        key: await registeredKey((await factsOf(keys[operator])).certificate),
        operator,
        ended: null,
      })),
    )
    const report = await verifyTrail(trail as never, { context: kernel.deployment.id, certificates, record })
    expect(report.faults).toEqual([])
    // The fixture's command is none of the product's catalogue, so its rule is not evaluated; its approvers' roles are.
    expect(report.comparisons.filter(({ what }) => what !== 'rule').map(({ result }) => result)).toContain('agrees')
    expect(report.proposal?.valid).toBe(true)
    expect(report.votes).toMatchObject([{ counted: true }, { counted: true }])
  })

  it('hears only who may, once, over this very statement, while it is open', async () => {
    const command = await refundOf(kernel, 'B-1')
    const other = await refundOf(kernel, 'B-2')
    await proposing(kernel, command)
    await proposing(kernel, other)
    const refused: [string, () => Promise<unknown>][] = [
      ['approvals.own', () => voting(kernel, 'tanaka', 'approve', command)],
      ['approvals.not-proposer', () => voting(kernel, 'sato', 'withdraw', command)],
      ['approvals.no-emergency', () => voting(kernel, 'tanaka', 'break-glass', command)],
      ['approvals.no-review', () => voting(kernel, 'sato', 'review', command)],
      // Of another proposal, carried in as if it were of this one.
      [
        'approvals.other-target',
        async () => carrying(kernel, command, await signVote(keys.sato, 'sato', 'approve', other)),
      ],
      // Signed by one, in the name of another.
      [
        'context-lock.operator',
        async () => carrying(kernel, command, await signVote(keys.sato, 'suzuki', 'approve', command)),
      ],
      [
        'command.wrong-context',
        async () =>
          carrying(
            kernel,
            command,
            await signVote(keys.sato, 'sato', 'approve', command, {
              context: 'libral:00000000-0000-4000-8000-000000000000' as never,
            }),
          ),
      ],
      [
        'command.expired',
        async () =>
          carrying(
            kernel,
            command,
            await signVote(keys.sato, 'sato', 'approve', command, { issuedAt: Date.now() - 2 * hour }),
          ),
      ],
    ]
    for (const [code, work] of refused) expect(await codeOf(work()), code).toBe(code)
    const approval = await signVote(keys.sato, 'sato', 'approve', command)
    const turned = { ...approval, statement: { ...approval.statement, purpose: 'reject', reason: '理由' } as never }
    expect(await codeOf(carrying(kernel, command, turned))).toMatch(/^context-lock\./)
    await carrying(kernel, command, approval, 'ito')
    expect(await codeOf(carrying(kernel, command, approval, 'tanaka'))).toBe('approvals.voted')
    expect((await rowOf(kernel, command))?.votes).toHaveLength(1)
    await voting(kernel, 'suzuki', 'reject', command)
    expect(await state(command)).toBe('rejected')
    expect(await codeOf(voting(kernel, 'ito', 'approve', command))).toBe('approvals.closed')
    expect(await codeOf(kernel.submit(command))).toBe('command.needs-approvals')
    await voting(kernel, 'tanaka', 'withdraw', other)
    expect(await state(other)).toBe('withdrawn')
    expect(await made('B-1')).toBe(0)
  })

  it('takes into a proposal only what the door would take, and what needs one', async () => {
    const command = await refundOf(kernel, 'C-1')
    const changed = { ...command, params: { ...command.params, amount: '9999999' } }
    expect(await codeOf(proposing(kernel, changed))).toBe('command.digest-mismatch')
    const stale = await signByKey(keys.tanaka, {
      ...{ context: kernel.deployment.id, command: makeRefund.name, params: { order: 'C-2', amount: '1' } },
      ...{ operator: 'tanaka', issuedAt: Date.now() - hour },
    })
    expect(await codeOf(proposing(kernel, stale))).toBe('command.expired')
    expect(await codeOf(proposing(kernel, await refundOf(kernel, 'C-3', 'sato')))).toBe('command.not-permitted')
    const note = await signByKey(keys.tanaka, {
      ...{ context: kernel.deployment.id, command: leaveHandover.name, operator: 'tanaka' },
      params: { shift: '日勤', text: 'x' },
    })
    expect(await codeOf(proposing(kernel, note))).toBe('approvals.not-needed')
    const contact = await signByKey(keys.ito, {
      ...{ context: kernel.deployment.id, command: setContact.name, operator: 'ito' },
      params: { operator: 'sato', name: '佐藤', phone: null, email: null },
    })
    expect(await codeOf(proposing(kernel, contact))).toBe('approvals.not-proposable')
    // What only the backend may say.
    const params = { id: command.statement.id }
    expect(await codeOf(asDesktop(kernel, 'ito', expire, params))).toBe('command.key-not-allowed')
    const failure = { code: 'events.unknown', params: {} }
    expect(await codeOf(asDesktop(kernel, 'ito', fail, { ...params, failure }))).toBe('command.key-not-allowed')
  })

  it('judges everything again at quorum: who was revoked no longer counts, and a stricter policy asks for more', async () => {
    const command = await refundOf(kernel, 'D-1')
    await proposing(kernel, command)
    await voting(kernel, 'sato', 'approve', command)
    const fingerprint = keys.sato.certificate.getFingerprint()
    await asDesktop(kernel, 'ito', revokeCertificate, { fingerprint, reason: 'compromised' })
    await voting(kernel, 'suzuki', 'approve', command)
    expect(await codeOf(kernel.submit(command))).toBe('command.needs-approvals')
    expect(await made('D-1')).toBe(0)
    expect(await state(command)).toBe('open')
    // A third approver makes up for it; who lost the role meanwhile does not count.
    await publish(3)
    await voting(kernel, 'ito', 'approve', command)
    expect(await codeOf(kernel.submit(command))).toBe('command.needs-approvals')
    await publish(2)
    expect((await ended(command)).state).toBe('decided')
    expect(await made('D-1')).toBe(1)
  })

  it('fails with its reason where the present state refuses it, and stays failed', async () => {
    const [command, second] = [await refundOf(kernel, 'E-1'), await refundOf(kernel, 'E-2')]
    await proposing(kernel, command)
    await proposing(kernel, second)
    await voting(kernel, 'sato', 'approve', command)
    await asDesktop(kernel, 'tanaka', closeOrder, { order: 'E-1' }).catch(() => undefined)
    await voting(kernel, 'suzuki', 'approve', command)
    expect(await ended(command)).toMatchObject({ state: 'failed', failure: { code: 'events.unknown' } })
    // The proposer is shut out before the last vote.
    await voting(kernel, 'sato', 'approve', second)
    await asDesktop(kernel, 'ito', changeOperator, { operator: 'tanaka', name: 'x', roles: [], disabled: true })
    await voting(kernel, 'suzuki', 'approve', second)
    expect(await ended(second)).toMatchObject({ state: 'failed', failure: { code: 'command.not-permitted' } })
    expect(await made('E-2')).toBe(0)
  })

  it('outlives its own statement by the clock of the proposal, and ends with it', async () => {
    const [command, late] = [await refundOf(kernel, 'F-1'), await refundOf(kernel, 'F-2')]
    await proposing(kernel, command)
    await proposing(kernel, late)
    world.clock.ahead = hour
    await voting(kernel, 'sato', 'approve', command)
    await voting(kernel, 'suzuki', 'approve', command)
    expect((await ended(command)).state).toBe('decided')
    // Whoever reviews the log judges its signature at the time of its proposal, too.
    const { size, root } = await kernel.log.head()
    const entries = async (from: number, to: number) =>
      (await kernel.log.entries(from, to)).map((bytes) => ({ bytes, leaf: leafHash(bytes) }))
    const review = await reviewLog({ size, root: fromBase64url(root), entries }, [])
    expect(review.findings).toEqual([])
    await voting(kernel, 'sato', 'approve', late)
    world.clock.ahead = 2 * hour + 1
    expect(await codeOf(voting(kernel, 'suzuki', 'approve', late))).toBe('approvals.closed')
    expect((await ended(late)).state).toBe('expired')
    expect(await made('F-2')).toBe(0)
  })

  it('passes as 緊急操作 by one custodian with a reason, until somebody else has reviewed it', async () => {
    const command = await refundOf(kernel, 'G-1')
    await proposing(kernel, command)
    await voting(kernel, 'sato', 'break-glass', command)
    expect(await ended(command)).toMatchObject({ state: 'decided', review: 'due' })
    expect(await made('G-1')).toBe(1)
    const { rows } = await kernel.history('events', null, 50)
    const notices = rows as { severity: string; code: string }[]
    expect(notices.filter(({ severity }) => severity === 'critical').map(({ code }) => code)).toEqual(
      expect.arrayContaining(['approvals.broke-glass', 'approvals.decided-emergency']),
    )
    expect(await codeOf(voting(kernel, 'sato', 'review', command))).toBe('approvals.own')
    await voting(kernel, 'suzuki', 'review', command)
    expect(await rowOf(kernel, command)).toMatchObject({ state: 'decided', review: 'done' })
    expect(await codeOf(voting(kernel, 'ito', 'review', command))).toBe('approvals.no-review')
  })

  it('is decided exactly once after an end between vote and decision', async () => {
    const command = await refundOf(kernel, 'H-1')
    await proposing(kernel, command)
    await voting(kernel, 'sato', 'approve', command)
    // Its process ends before it gets to the decision.
    const real = kernel.submit
    kernel.submit = async (one) => {
      if (one.statement.id === command.statement.id) throw new LibralError('link.offline')
      return real(one)
    }
    await voting(kernel, 'suzuki', 'approve', command)
    expect(await state(command)).toBe('open')
    await world.close(kernel)
    kernel = await world.open(needing(2))
    expect((await ended(command)).state).toBe('decided')
    expect(await made('H-1')).toBe(1)
    const entries = await entriesOf(kernel)
    expect(entries.filter((entry) => entry.command.statement.id === command.statement.id)).toHaveLength(1)
  })

  it('is decided exactly once by instances that race for the last vote', async ({ skip }) => {
    if (!server) skip()
    const others = [await world.open(needing(2)), await world.open(needing(2))]
    const all = [kernel, ...others]
    for (let round = 0; round < 5; round++) {
      const order = `I-${round}`
      const command = await refundOf(kernel, order)
      await proposing(kernel, command)
      for (const one of others) await one.latest()
      const votes = await Promise.all(
        (['sato', 'suzuki', 'ito'] as const).map((name) => signVote(keys[name], name, 'approve', command)),
      )
      const results = await Promise.all(
        votes.map((signed, nth) => codeOf(carrying(all[nth] as Kernel, command, signed))),
      )
      expect(results.filter((code) => code === 'none').length).toBeGreaterThanOrEqual(2)
      for (const code of results) expect(['none', 'approvals.closed']).toContain(code)
      const indexes = new Set<number>()
      for (const one of all) {
        expect((await ended(command, one)).state).toBe('decided')
        indexes.add((await one.submit(command)).index)
        expect(await made(order, one)).toBe(1)
      }
      expect(indexes.size).toBe(1)
    }
  })
})
