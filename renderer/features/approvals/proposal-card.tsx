import { clsx } from 'clsx'
import { Check, Download, ShieldAlert, Undo2, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ProposalRow, reasonedPurposes, type VotePurpose } from '#protocol/approvals.ts'
import { act } from '../../app/act.ts'
import { useNow } from '../../app/clock.ts'
import { desktop } from '../../app/desktop.ts'
import { useFailureText } from '../../app/failure-text.ts'
import { useDesktop } from '../../app/streams.ts'
import { duration } from '../../format/duration.ts'
import { dateTime, shortly } from '../../format/instant.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { Button, type ButtonLook } from '../../ui/button.tsx'
import { Explained } from '../../ui/explained.tsx'
import { Status, Tag, type Tone } from '../../ui/status.tsx'
import { DescribedLines, useDescribed } from './described.tsx'
import { ReasonDialog } from './reason-dialog.tsx'
import { approversOf, isJudged, lackingOf, type Me, type Refusal, refusalFor } from './standing.ts'

const soonMs = 10 * 60_000

/** The backend's clock, once a second. */
export const useBackendNow = (): number => useNow() + useDesktop((state) => state?.link.skewMs ?? 0)

const Clock = ({ row }: { readonly row: ProposalRow }) => {
  const { t } = useTranslation('approvals')
  const locale = useLocale()
  const left = row.expiresAt - useBackendNow()
  return (
    <span className={clsx('figure', left < soonMs && 'font-bold text-warning')} title={dateTime(row.expiresAt)}>
      {left > 0 ? t('left', { duration: duration(locale, left) }) : t('ranOut')}
    </span>
  )
}

const Needs = ({ row }: { readonly row: ProposalRow }) => {
  const { t } = useTranslation('approvals')
  const { t: common } = useTranslation()
  const lacking = lackingOf(row)
  const roles = row.need.roles.map((role) => common(`role.${role}`)).join(t('or'))
  if (row.state !== 'open') return null
  if (isJudged(row)) return <Status tone="busy">{t('judged')}</Status>
  return (
    <p>
      <span className="font-bold">{t('progress', { have: approversOf(row).length, count: row.need.count })}</span>
      <span className="ml-2 text-muted">{t('lacking', { count: lacking, roles })}</span>
    </p>
  )
}

const voteTones: Readonly<Record<VotePurpose, Tone>> = {
  approve: 'ok',
  reject: 'bad',
  withdraw: 'off',
  'break-glass': 'bad',
  review: 'ok',
}

const Votes = ({ row }: { readonly row: ProposalRow }) => {
  const { t } = useTranslation('approvals')
  const now = useNow()
  if (row.votes.length === 0) return null
  return (
    <ul aria-label={t('votes')} className="flex flex-col gap-1">
      {row.votes.map(({ purpose, operator, certificate, reason, at, index }) => (
        <li key={index} className="flex flex-wrap items-baseline gap-x-3">
          <Status tone={voteTones[purpose]}>{t(`said.${purpose}`)}</Status>
          <span className="font-bold">{operator}</span>
          <span className="figure text-faint">{shortly(at, now)}</span>
          <span className="text-faint" title={certificate}>
            {t('entry', { index })}
          </span>
          {reason !== '' && <span className="basis-full pl-5 text-muted">{t('quoted', { reason })}</span>}
        </li>
      ))}
    </ul>
  )
}

interface ActionProps {
  readonly row: ProposalRow
  readonly me: Me
  readonly purpose: VotePurpose
  readonly look?: ButtonLook
  readonly busy: boolean
  readonly onStart: () => void
}
const icons = { approve: Check, reject: X, withdraw: Undo2, 'break-glass': ShieldAlert, review: Check } as const

const ActionButton = ({ row, me, purpose, look = 'secondary', busy, onStart }: ActionProps) => {
  const { t } = useTranslation('approvals')
  const now = useBackendNow()
  const offline = useDesktop((state) => state?.link.state !== 'live')
  const refusal: Refusal | null =
    refusalFor(row, me, purpose, now) ?? (offline ? { code: 'link.offline', params: {} } : null)
  const { what, todo } = useFailureText(refusal ?? { code: 'link.offline', params: {} })
  const Icon = icons[purpose]
  const blocked = refusal !== null || busy
  return (
    <Explained reason={refusal === null ? null : `${what}　${todo}`}>
      <Button
        look={refusal === null ? look : 'secondary'}
        icon={<Icon size={15} aria-hidden="true" />}
        aria-disabled={blocked}
        {...(!blocked && { onClick: onStart })}
      >
        {t(`act.${purpose}`)}
      </Button>
    </Explained>
  )
}

const stateTones: Readonly<Record<Exclude<ProposalRow['state'], 'open'>, Tone>> = {
  decided: 'ok',
  rejected: 'bad',
  withdrawn: 'off',
  expired: 'off',
  failed: 'warning',
}

const Ending = ({ row }: { readonly row: ProposalRow }) => {
  const { t } = useTranslation('approvals')
  const { what } = useFailureText(row.failure ?? { code: 'internal.unexpected', params: {} })
  if (row.state === 'open') return null
  return (
    <p className="flex flex-wrap items-baseline gap-x-3">
      <Status tone={stateTones[row.state]}>{t(`state.${row.state}`)}</Status>
      {row.endedAt !== null && <span className="figure text-faint">{dateTime(row.endedAt)}</span>}
      {row.endedIndex !== null && <span className="text-faint">{t('entry', { index: row.endedIndex })}</span>}
      {row.failure !== null && <span className="text-muted">{t('failedWith', { what })}</span>}
    </p>
  )
}

/** What an operator can do with a proposal as it stands, the likely thing first. */
const actionsFor = (row: ProposalRow, me: Me): readonly VotePurpose[] => {
  if (row.review === 'due') return ['review']
  if (row.state !== 'open') return []
  const own = row.operator === me.operator
  const emergency: readonly VotePurpose[] = me.permissions.includes('approvals.emergency') ? ['break-glass'] : []
  return [...(own ? (['withdraw'] as const) : (['approve', 'reject'] as const)), ...emergency]
}
const looks: Readonly<Partial<Record<VotePurpose, ButtonLook>>> = {
  approve: 'primary',
  review: 'primary',
}

/** One proposal: what it will do, who wants it and why it waits, with its clock. */
export const ProposalCard = ({ row, me }: { readonly row: ProposalRow; readonly me: Me }) => {
  const { t } = useTranslation('approvals')
  const { described, title } = useDescribed(row.proposed)
  const [asking, setAsking] = useState<VotePurpose | null>(null)
  const [busy, setBusy] = useState(false)
  const isEmergency = row.votes.some(({ purpose }) => purpose === 'break-glass')
  const say = async (purpose: VotePurpose, reason: string): Promise<void> => {
    setAsking(null)
    setBusy(true)
    await act(
      () => desktop.approvals.vote({ id: row.id, purpose, reason }),
      () => t(`done.${purpose}`),
    )
    setBusy(false)
  }
  const start = (purpose: VotePurpose): void => {
    if (reasonedPurposes.has(purpose)) setAsking(purpose)
    else void say(purpose, '')
  }
  return (
    <article
      aria-label={t('proposalOf', { title, operator: row.operator })}
      className={clsx(
        'flex flex-col gap-2 rounded-lg border bg-surface px-4 py-3',
        isEmergency ? 'border-major border-l-4' : 'border-line',
      )}
    >
      <header className="flex flex-wrap items-baseline gap-x-3">
        <h3 className="font-bold text-[15px]">{title}</h3>
        {isEmergency && <Status tone="bad">{t('emergency')}</Status>}
        {described.known && described.risk === 'high' && <Tag strong>{t('highRisk')}</Tag>}
        <span className="ml-auto">{row.state === 'open' && <Clock row={row} />}</span>
      </header>
      <DescribedLines described={described} />
      <p className="text-muted">
        {t('proposedBy', { operator: row.operator, at: dateTime(row.proposedAt) })}
        <span className="ml-3 text-faint">{t('entry', { index: row.index })}</span>
      </p>
      <Needs row={row} />
      <Ending row={row} />
      {row.review === 'due' && <Status tone="bad">{t('reviewDue')}</Status>}
      <Votes row={row} />
      {row.policies.length > 0 && <p className="text-faint">{t('policies', { policies: row.policies.join('、') })}</p>}
      <div className="flex flex-wrap items-center gap-2 pt-1">
        {actionsFor(row, me).map((purpose) => (
          <ActionButton
            key={purpose}
            {...{ row, me, purpose, busy }}
            {...(looks[purpose] && { look: looks[purpose] })}
            onStart={() => start(purpose)}
          />
        ))}
        {row.state === 'open' && (
          <Button
            look="quiet"
            icon={<Download size={15} aria-hidden="true" />}
            className="ml-auto"
            onClick={() =>
              void act(
                () => desktop.approvals.exportRequest({ id: row.id }),
                ({ file }) => t('exported', { file }),
              )
            }
          >
            {t('export')}
          </Button>
        )}
      </div>
      {asking !== null && (
        <ReasonDialog
          purpose={asking}
          title={title}
          onCancel={() => setAsking(null)}
          onDone={(reason) => void say(asking, reason)}
        />
      )}
    </article>
  )
}
