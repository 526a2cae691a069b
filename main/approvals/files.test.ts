import { describe, expect, it } from 'vitest'
import type { RequestFile } from '#protocol/approvals.ts'
import type { DeploymentId, OperatorId } from '#protocol/ids.ts'
import { refusalOf } from '#tests/fakes/module-world.ts'
import { signVote } from '#tests/fixtures/approvals/voting.ts'
import { factsOf, signByKey } from '#tests/fixtures/client/certified.ts'
import { identity, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { utf8 } from '#trust/bytes.ts'
import { approverHere, assertOurs, fileText, readApprovalFile, requestOf, voteFileOf, voteOver } from './files.ts'
import { verifyRequest } from './verify-request.ts'

const here = 'libral:0191e7a0-0000-7000-8000-000000000001' as DeploymentId
const elsewhere = 'libral:0191e7a0-0000-7000-8000-000000000002' as DeploymentId
const now = Date.now()
const [tanakas, satos] = await Promise.all([
  identity(v6Kinds['v6 curve25519'], { date: new Date(now - 60_000) }),
  identity(v4Kinds['v4 curve25519Legacy'], { date: new Date(now - 60_000) }),
])
const command = await signByKey(tanakas, {
  ...{ context: here, command: 'sealed.erase', operator: 'tanaka', issuedAt: now },
  params: { subject: 'operator:ito', reason: '退職' },
})
const satosPrint = satos.certificate.getFingerprint()
const request = requestOf({
  row: {
    proposed: command,
    need: { count: 1, roles: ['custodian'], withinMs: 3_600_000 },
    expiresAt: now + 3_600_000,
  } as never,
  deployment: '東京',
  certificate: (await factsOf(tanakas)).certificate,
  approvers: [
    { operator: 'ito' as OperatorId, fingerprints: ['a'.repeat(40)] },
    { operator: 'sato' as OperatorId, fingerprints: [satosPrint] },
  ],
})
const bytesOf = (file: object): Uint8Array => utf8(JSON.stringify(file))
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown: { readonly code: string }) => thrown.code,
  )

describe('a proposal as a file', () => {
  it('is read as it was written, with the signature of who proposed it', async () => {
    const read = readApprovalFile(utf8(fileText(request)))
    expect(read).toEqual({ what: 'request', request })
    expect(await verifyRequest(request)).toBe(tanakas.certificate.getFingerprint())
    expect(await verifyRequest({ ...request, certificate: null })).toBeNull()
    expect(refusalOf(() => assertOurs(read, here))).toBe('none')
    expect(refusalOf(() => assertOurs(read, elsewhere))).toBe('approvals.file-foreign')
  })

  it('is no proposal once anything that is signed was changed', async () => {
    const altered: RequestFile = {
      ...request,
      command: { ...command, params: { subject: 'operator:other', reason: '退職' } },
    }
    expect(refusalOf(() => readApprovalFile(bytesOf(altered)))).toBe('command.digest-mismatch')
    const moved = { ...request, command: { ...command, statement: { ...command.statement, context: elsewhere } } }
    expect(await codeOf(verifyRequest(moved))).toMatch(/^context-lock\./)
    const certificate = (await factsOf(satos)).certificate
    expect(await codeOf(verifyRequest({ ...request, certificate }))).toMatch(/^context-lock\./)
    expect(await codeOf(verifyRequest({ ...request, certificate: 'AAAA' }))).toBe('approvals.file-unreadable')
  })

  it('is refused as anything else, whatever it holds', () => {
    for (const bytes of [utf8(''), utf8('{}'), utf8('[]'), Uint8Array.of(0xff), utf8('{"format":1,"format":2}')]) {
      expect(refusalOf(() => readApprovalFile(bytes))).toBe('approvals.file-unreadable')
    }
    expect(refusalOf(() => readApprovalFile(new Uint8Array(70_000).fill(32)))).toBe('approvals.file-unreadable')
    expect(refusalOf(() => readApprovalFile(bytesOf({ ...request, v: 2 })))).toBe('approvals.file-unreadable')
  })

  it('is answered by the approver whose key is here, before it ends', async () => {
    expect(approverHere(request, new Set([satosPrint]))).toEqual({ operator: 'sato', fingerprints: [satosPrint] })
    expect(refusalOf(() => approverHere(request, new Set()))).toBe('signing.key-elsewhere')
    const said = { purpose: 'reject', reason: '不要', operator: 'sato' as OperatorId } as const
    const vote = voteOver(command, said, now, request.expiresAt)
    expect(vote).toMatchObject({ purpose: 'reject', reason: '不要', context: here, expiresAt: request.expiresAt })
    expect(refusalOf(() => voteOver(command, said, now + 3_600_000, request.expiresAt))).toBe('approvals.closed')
    expect(refusalOf(() => voteOver(command, { ...said, reason: '' }, now, null))).toBe('input.invalid')
    const signed = await signVote(satos, 'sato', 'approve', command)
    const file = readApprovalFile(utf8(fileText(voteFileOf(command, signed))))
    expect(file).toMatchObject({ what: 'vote', vote: { id: command.statement.id, vote: signed } })
  })
})
