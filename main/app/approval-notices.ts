import type { Desk, Dispose } from '#main/link/desk.ts'
import { voiceRefusal } from '#protocol/approval-rules.ts'
import { type ProposalRow, proposals } from '#protocol/approvals.ts'
import { describeCommand } from '#protocol/describe.ts'
import { descriptionWords } from '#protocol/description.ts'
import type { Settings } from '#protocol/desktop.ts'
import type { Notice } from './notifications.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { Say } from './texts.ts'

export interface ApprovalNoticesOptions {
  readonly desk: Pick<Desk, 'rows' | 'state'>
  settings(): Settings
  readonly say: Say
  readonly locale: () => 'ja' | 'en'
  /** What was proposed before is on the page already; nobody is woken for it again. */
  readonly since: number
  show(notice: Notice): void
}

const most = 5
const looked = 200

/** Notifies an approver of each proposal that waits for them, and everybody of 緊急操作, once. */
export function notifyOfApprovals(options: ApprovalNoticesOptions): Dispose {
  const seen = new Set<string>()
  return options.desk.rows.onChange(
    [proposals.name],
    oneAtATime(() => notifyNew(options, seen)),
  )
}

/** What this operator has to know of a proposal, if anything. */
export const noticeOf = (
  row: ProposalRow,
  operator: string,
  roles: Roles,
  now: number,
): 'waits' | 'emergency' | null => {
  const acted = row.votes.find(({ purpose }) => purpose === 'break-glass')
  if (acted) return acted.operator === operator ? null : 'emergency'
  const voice = { purpose: 'approve', operator: operator as never, certificate: '', permitted: true } as const
  const me = { roles: [...roles], disabled: false }
  const standing = {
    operator: () => me,
    certificate: () => ({ operator: voice.operator, state: 'valid' as const, expiresAt: null }),
  }
  return voiceRefusal(row, voice, standing, now) === null ? 'waits' : null
}
type Roles = NonNullable<ReturnType<Desk['state']>['session']>['roles']

async function notifyNew({ desk, settings, say, locale, since, show }: ApprovalNoticesOptions, seen: Set<string>) {
  const { session, link } = desk.state()
  if (session === null) return
  const filter = { collection: proposals.name, where: {}, range: null, text: '' }
  const sort = { field: 'proposedAt', descending: true }
  const { rows } = await desk.rows.query({ filter, sort, after: null, limit: looked })
  const now = Date.now() + link.skewMs
  const fresh = (rows as readonly unknown[] as readonly ProposalRow[]).flatMap((row) => {
    const notice = noticeOf(row, session.operator, session.roles, now)
    const at = notice === 'emergency' ? (row.votes.at(-1)?.at ?? 0) : row.proposedAt
    const key = `${row.id} ${notice}`
    if (notice === null || at < since || seen.has(key)) return []
    seen.add(key)
    return [{ row, notice }]
  })
  const { notifications, notificationSound } = settings()
  if (!notifications) return
  for (const { row, notice } of fresh.slice(0, most)) {
    const described = describeCommand(row.proposed)
    const command = described.known ? descriptionWords[locale()][described.description.title] : described.command
    const operator = row.votes.find(({ purpose }) => purpose === 'break-glass')?.operator ?? row.operator
    show({
      key: row.id,
      title: say(`approvals.${notice}`),
      body: say(`approvals.${notice}-body`, { operator, command }),
      silent: !notificationSound,
    })
  }
}
