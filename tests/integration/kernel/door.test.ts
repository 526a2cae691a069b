import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newCommandId } from '#backend/kernel/sign.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { statementLimits } from '#protocol/command.ts'
import { acknowledgeEvents, eventKey, leaveHandover, recordEvents } from '#protocol/events.ts'
import { openLog } from '#protocol/log.ts'
import { changeOperator, endSession, openSession } from '#protocol/session.ts'
import { toBase64url, utf8 } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { signCommand } from '#trust/statement.ts'
import { type Deployment, newDeployment, note, type Opened, type Person, signerOf } from './harness.ts'

let deployment: Deployment
let opened: Opened
let operator: Person
let auditor: Person
let administrator: Person

beforeAll(async () => {
  deployment = newDeployment()
  opened = await deployment.open()
  operator = await opened.signIn('tanaka', 'operator')
  auditor = await opened.signIn('sato', 'auditor')
  administrator = await opened.signIn('suzuki', 'administrator')
})
afterAll(async () => {
  await opened.kernel.drain()
  deployment.remove()
})

const codeOf = (command: unknown): Promise<unknown> =>
  opened.kernel.submit(command as SignedCommand).then(
    () => 'accepted',
    (thrown: { code?: string }) => thrown.code,
  )
const recorded = { category: 'system', severity: 'info', code: 'events.note', params: {}, detail: '' } as const
const flipped = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)

describe('the door, step by step', () => {
  it.each<[string, string, () => unknown]>([
    ['nothing at all', 'input.invalid', () => undefined],
    ['a text', 'input.invalid', () => 'submit me'],
    ['an unknown field', 'input.invalid', () => ({ ...note(operator, 'x'), extra: 1 })],
    ['no signature', 'input.invalid', () => ({ ...note(operator, 'x'), signatures: [] })],
    ['params that are a list', 'input.invalid', () => ({ ...note(operator, 'x'), params: [] })],
    [
      'a life longer than a day',
      'input.invalid',
      () => operator.sign(leaveHandover, { shift: 'x', text: 'x' }, { lifeMs: statementLimits.lifeMs + 1 }),
    ],
    ['a huge text', 'command.too-large', () => note(operator, 'あ'.repeat(40_000))],
    [
      'another deployment',
      'command.wrong-context',
      () =>
        operator.sign(
          leaveHandover,
          { shift: 'x', text: 'x' },
          { context: 'libral:00000000-0000-4000-8000-000000000000' },
        ),
    ],
    [
      'changed parameters',
      'command.digest-mismatch',
      () => ({ ...note(operator, 'pay 1'), params: { shift: '日勤', text: 'pay 1000' } }),
    ],
    [
      'an unknown command',
      'command.unknown',
      () => operator.sign({ ...leaveHandover, name: 'events.forget' }, { shift: 'x', text: 'x' }),
    ],
    ['wrong parameters', 'input.invalid', () => operator.sign(leaveHandover, { shift: 'x' })],
    ['a fraction', 'input.unsafe-number', () => ({ ...note(operator, 'x'), params: { shift: 'x', text: 1.5 } })],
    ["the service's own", 'command.key-not-allowed', () => operator.sign(recordEvents, { events: [recorded] })],
    [
      'opening a session for oneself',
      'command.key-not-allowed',
      () =>
        administrator.sign(openSession, {
          key: auditor.signer.keyId,
          publicKey: toBase64url(auditor.signer.publicKey),
          operator: administrator.operator,
          client: 'x',
          method: 'launch',
          token: null,
          expiresAt: opened.kernel.now() + 1_000,
        }),
    ],
    [
      'a genesis of one’s own',
      'command.key-not-allowed',
      () =>
        administrator.sign(openLog, {
          deployment: opened.kernel.deployment.id,
          name: 'x',
          logKey: toBase64url(administrator.signer.publicKey),
          services: [],
        }),
    ],
    [
      'a key that nobody certified',
      'command.key-unknown',
      () => signerOf(opened.kernel, operator.operator, generateSigner())(leaveHandover, { shift: 'x', text: 'x' }),
    ],
    [
      "another operator's name",
      'command.key-not-allowed',
      () => signerOf(opened.kernel, administrator.operator, operator.signer)(leaveHandover, { shift: 'x', text: 'x' }),
    ],
    [
      'a wrong signature',
      'command.signature-invalid',
      () => {
        const command = note(operator, 'x')
        const [signature] = command.signatures
        return { ...command, signatures: [{ ...signature, value: flipped(signature?.value ?? '') }] }
      },
    ],
    [
      'two signatures',
      'command.key-not-allowed',
      () => {
        const command = note(operator, 'x')
        return { ...command, signatures: [...command.signatures, ...command.signatures] }
      },
    ],
    [
      'an expired statement',
      'command.expired',
      () => operator.sign(leaveHandover, { shift: 'x', text: 'x' }, { issuedAt: Date.now() - 120_000 }),
    ],
    [
      'a statement from the future',
      'command.from-future',
      () => operator.sign(leaveHandover, { shift: 'x', text: 'x' }, { issuedAt: Date.now() + 130_000 }),
    ],
    ['what a role may not', 'command.not-permitted', () => note(auditor, 'x')],
    [
      'what the module refuses',
      'events.unknown',
      () => operator.sign(acknowledgeEvents, { keys: [eventKey(99_999, 0)], note: '' }),
    ],
    ['a good one', 'accepted', () => note(operator, 'x')],
  ])('%s: %s', async (_what, code, make) => {
    const before = await opened.kernel.log.head()
    expect(await codeOf(make())).toBe(code)
    const after = await opened.kernel.log.head()
    expect(after.size - before.size).toBe(code === 'accepted' ? 1 : 0)
  })

  it('tells a fraction and a lone surrogate apart from what was signed', async () => {
    expect(await codeOf({ ...note(operator, 'x'), params: { shift: '\ud800', text: 'x' } })).toBe('input.not-utf8')
  })
  it('holds a service key to the commands that the log names for it', async () => {
    const { keys, kernel } = opened
    const asEvents = (command: typeof endSession) =>
      signCommand({
        context: kernel.deployment.id,
        command: command.name,
        params: { key: operator.signer.keyId },
        id: newCommandId(),
        operator: 'service:events' as never,
        issuedAt: kernel.now(),
        expiresAt: kernel.now() + 60_000,
        kind: 'service',
        signer: keys.service('events'),
      })
    expect(await codeOf(asEvents(endSession))).toBe('command.key-not-allowed')
  })
})

describe('raw bytes', () => {
  const bytesOf = (command: SignedCommand): string => JSON.stringify(command)
  it.each<[string, string, () => Uint8Array]>([
    ['broken UTF-8', 'input.not-utf8', () => Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    [
      'a duplicate key',
      'input.duplicate-key',
      () => utf8(bytesOf(note(operator, 'x')).replace('"salt":', '"params":{},"salt":')),
    ],
    [
      'an unsafe number',
      'input.unsafe-number',
      () => utf8(bytesOf(note(operator, 'x')).replace(/"issuedAt":\d+/, '"issuedAt":9007199254740993')),
    ],
    ['no JSON', 'input.invalid', () => utf8('{"statement":')],
    ['nesting without end', 'input.invalid', () => utf8('['.repeat(100_000))],
    ['a megabyte', 'input.too-large', () => utf8(' '.repeat(1024 * 1024))],
  ])('%s: %s', async (_what, code, make) => {
    await expect(opened.kernel.submitBytes(make())).rejects.toMatchObject({ code })
  })
  it('takes the very bytes that a file carries', async () => {
    const command = note(operator, 'from a file')
    const outcome = await opened.kernel.submitBytes(utf8(bytesOf(command)))
    expect(outcome.id).toBe(command.statement.id)
  })
  it('survives params nested deeper than the stack', async () => {
    let nested: unknown = 1
    for (let depth = 0; depth < 20_000; depth++) nested = [nested]
    expect(await codeOf({ ...note(operator, 'x'), params: { shift: 'x', text: nested } })).toBe('input.invalid')
  })
})

describe('the id comes first', () => {
  it('answers the stored outcome, whatever the time', async () => {
    const command = note(operator, 'once')
    const first = await opened.kernel.submit(command)
    const real = deployment.clock.now
    deployment.clock.now = () => Date.now() + 7 * 86_400_000
    expect(await opened.kernel.submit(command)).toEqual(first)
    deployment.clock.now = real
    expect(await opened.kernel.outcome(command.statement.id)).toEqual(first)
    expect(await opened.kernel.outcome(newCommandId())).toBeNull()
  })
  it('refuses another statement under a known id', async () => {
    const command = note(operator, 'mine')
    await opened.kernel.submit(command)
    const other = signCommand({
      context: opened.kernel.deployment.id,
      command: leaveHandover.name,
      params: { shift: 'x', text: 'other' },
      id: command.statement.id,
      operator: operator.operator,
      issuedAt: opened.kernel.now(),
      expiresAt: opened.kernel.now() + 60_000,
      kind: 'session',
      signer: operator.signer,
    })
    expect(await codeOf(other)).toBe('command.id-reused')
  })
  it('decides the same command once, however many come at once', async () => {
    const before = await opened.kernel.log.head()
    const command = note(operator, 'at once')
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => opened.kernel.submit(command)))
    expect(new Set(outcomes.map(({ index }) => index)).size).toBe(1)
    expect((await opened.kernel.log.head()).size).toBe(before.size + 1)
  })
})

describe('what changes while a command waits', () => {
  it('judges the session again in the group commit', async () => {
    const leaver = await opened.signIn('leaver', 'operator')
    const late = Array.from({ length: 20 }, (_, nth) => note(leaver, `late ${nth}`))
    const ending = opened.kernel.submit(leaver.sign(endSession, { key: leaver.signer.keyId }))
    const answers = await Promise.all([ending, ...late.map(codeOf)])
    const end = answers[0] as { index: number }
    const entries = await opened.kernel.log.entries(end.index + 1, (await opened.kernel.log.head()).size)
    const after = entries.map((bytes) => Buffer.from(bytes).toString()).filter((text) => text.includes('leaver'))
    expect(after).toEqual([])
    expect(await codeOf(note(leaver, 'never'))).toBe('session.ended')
  })
  it('takes a role away from the next command on', async () => {
    const person = await opened.signIn('moved', 'operator')
    expect(await codeOf(note(person, 'may'))).toBe('accepted')
    const change = { operator: person.operator, name: 'moved', roles: ['auditor' as const], disabled: false }
    await opened.kernel.submit(await administrator.own.sign(changeOperator, change))
    expect(await codeOf(note(person, 'may not'))).toBe('command.not-permitted')
    await opened.kernel.submit(await administrator.own.sign(changeOperator, { ...change, disabled: true }))
    expect(opened.kernel.principal(person.signer.keyId)).toBeUndefined()
  })
})

describe('a clock two hours off', () => {
  it.each([
    ['ahead', 2 * 3_600_000, 'command.expired'],
    ['behind', -2 * 3_600_000, 'command.from-future'],
  ])('of the backend, %s: the desktop is told, nothing is kept', async (_way, offset, code) => {
    const command = note(operator, 'skewed')
    const real = deployment.clock.now
    deployment.clock.now = () => Date.now() + offset
    const answer = await codeOf(command)
    deployment.clock.now = real
    expect(answer).toBe(code)
    expect(await codeOf(command)).toBe('accepted')
  })
})

describe('refusals', () => {
  it('are summed by actor and reason, and handed out once', async () => {
    opened.kernel.drainRefusals()
    await codeOf(note(auditor, 'x'))
    await codeOf(note(auditor, 'y'))
    opened.kernel.refused('anonymous', 'session.secret-wrong')
    const counts = opened.kernel.drainRefusals()
    expect(counts).toContainEqual({ actor: 'sato', reason: 'command.not-permitted', count: 2 })
    expect(counts).toContainEqual({ actor: 'anonymous', reason: 'session.secret-wrong', count: 1 })
    expect(opened.kernel.drainRefusals()).toEqual([])
  })
})
