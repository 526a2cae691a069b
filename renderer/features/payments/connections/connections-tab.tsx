import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ProviderName, providers } from '#protocol/payments.ts'
import type { HealthState, ProviderHealthRow } from '#protocol/payments-health.ts'
import { type ConnectionTest, faultOf, type SettingsRow, settings } from '#protocol/payments-settings.ts'
import { act } from '../../../app/act.ts'
import { useNow } from '../../../app/clock.ts'
import { useList } from '../../../app/collection.ts'
import { useIsDemo } from '../../../app/demo-band.tsx'
import { desktop } from '../../../app/desktop.ts'
import { useDesktop, usePermitted } from '../../../app/streams.ts'
import { dateTime } from '../../../format/instant.ts'
import { Button } from '../../../ui/button.tsx'
import { Explained } from '../../../ui/explained.tsx'
import { Panel } from '../../../ui/panel.tsx'
import { Status, type Tone } from '../../../ui/status.tsx'
import { useFieldName, useProviderLabel } from '../words.ts'
import { SettingsDialog } from './settings-dialog.tsx'
import { TestResult } from './test-result.tsx'
import { useHealth } from './use-health.ts'

const tones: Readonly<Record<HealthState, Tone>> = {
  none: 'off',
  paused: 'off',
  problem: 'bad',
  away: 'bad',
  refused: 'bad',
  limited: 'warning',
  failing: 'warning',
  forbidden: 'bad',
  skewed: 'warning',
  up: 'ok',
  unproved: 'off',
}

/** 接続: how each provider is reached, how it fares, and what is set of it. */
export const ConnectionsTab = () => {
  const { t } = useTranslation('paymentsConnections')
  const list = useList<SettingsRow>(settings.name, { limit: 10 })
  return (
    <div className="flex flex-col gap-4 py-3">
      <p className="text-muted">{t('about')}</p>
      {providers.map((provider) => (
        <ProviderPanel
          key={provider}
          provider={provider}
          row={list.rows.find((one) => one.provider === provider) ?? null}
        />
      ))}
    </div>
  )
}

interface ProviderPanelProps {
  readonly provider: ProviderName
  readonly row: SettingsRow | null
}

const ProviderPanel = ({ provider, row }: ProviderPanelProps) => {
  const { t } = useTranslation('paymentsConnections')
  const label = useProviderLabel()
  const may = usePermitted('payments.configure')
  const linked = useDesktop((state) => state?.link.state === 'live')
  const now = useNow()
  const { state, rows } = useHealth(provider, now)
  const [editing, setEditing] = useState(false)
  const [test, setTest] = useState<ConnectionTest | 'running' | null>(null)
  const demo = useIsDemo()
  const inFile = rows.some((one) => one.settings === 'file')
  const set = inFile || row !== null
  const cannot = !may ? t('notPermitted') : linked ? null : t('notLinked')
  const fixed = !inFile ? null : demo ? t('inDemo') : t('inFile')
  const change = cannot ?? fixed
  const tryIt = cannot ?? (set ? null : t('nothingSet'))
  const runTest = async (): Promise<void> => {
    setTest('running')
    setTest(await act(() => desktop.payments.test({ provider, draft: null })))
  }
  return (
    <Panel
      wraps
      title={
        <span className="inline-flex items-center gap-3">
          {label(provider)}
          {state !== null && <Status tone={tones[state]}>{t(`state.${state}`)}</Status>}
        </span>
      }
      actions={
        <>
          <Explained reason={tryIt}>
            <Button
              small
              aria-disabled={tryIt !== null || test === 'running'}
              {...(tryIt === null && test !== 'running' && { onClick: () => void runTest() })}
            >
              {test === 'running' ? t('testing') : t('test')}
            </Button>
          </Explained>
          <Explained reason={change}>
            <Button
              small
              look={set ? 'secondary' : 'primary'}
              aria-disabled={change !== null}
              {...(change === null && { onClick: () => setEditing(true) })}
            >
              {set ? t('change') : t('setUp')}
            </Button>
          </Explained>
        </>
      }
    >
      {state !== null && <p className="text-muted">{t(`explained.${state}`)}</p>}
      {fixed !== null && <p className="mt-1 text-muted">{fixed}</p>}
      {test !== null && test !== 'running' && <TestResult provider={provider} test={test} />}
      {set && rows.map((one) => <Figures key={one.instance} row={one} named={rows.length > 1} />)}
      {row !== null && !inFile && <Kept row={row} />}
      {editing && <SettingsDialog provider={provider} row={row} onClose={() => setEditing(false)} />}
    </Panel>
  )
}

const Fact = ({ name, children }: { readonly name: string; readonly children: React.ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-faint">{name}</dt>
    <dd className="figure break-words">{children}</dd>
  </div>
)

const facts = 'mt-3 grid grid-cols-2 gap-x-6 gap-y-2 @2xl:grid-cols-4'

/** One instance's sight of it. */
const Figures = ({
  row,
  named,
}: {
  readonly row: ProviderHealthRow & { readonly instance: string }
  readonly named: boolean
}) => {
  const { t } = useTranslation('paymentsConnections')
  const never = t('never')
  return (
    <dl className={facts}>
      {named && <Fact name={t('fact.instance')}>{row.instance}</Fact>}
      <Fact name={t('fact.success')}>{row.lastSuccessAt === null ? never : dateTime(row.lastSuccessAt)}</Fact>
      <Fact name={t('fact.failure')}>
        {row.lastFailureAt === null ? (
          never
        ) : (
          <>
            {dateTime(row.lastFailureAt)}
            <span className="block" title={row.failure}>
              {t(`fault.${faultOf(row.failure, row.skewMs)}.what`)}
            </span>
          </>
        )}
      </Fact>
      <Fact name={t('fact.errors')}>
        {row.calls === 0
          ? t('noCalls')
          : t('errorsOf', { ...row, percent: Math.round((row.failures * 100) / row.calls) })}
      </Fact>
      <Fact name={t('fact.breaker')}>{t(`breaker.${row.breaker}`)}</Fact>
      <Fact name={t('fact.wait')}>
        {row.waitUntil === null ? t('noWait') : t('waitUntil', { at: dateTime(row.waitUntil) })}
      </Fact>
      <Fact name={t('fact.questions')}>
        {row.oldestQuestionAt === null
          ? t('noQuestions')
          : t('questions', { count: row.questions, since: dateTime(row.oldestQuestionAt) })}
      </Fact>
      <Fact name={t('fact.skew')}>{skewText(row.skewMs, t)}</Fact>
      <Fact name={t('fact.way')}>{row.webhooks ? t('way.webhooks') : t('way.polling')}</Fact>
    </dl>
  )
}

type Words = ReturnType<typeof useTranslation<'paymentsConnections'>>['t']
/** Answers tell whole seconds, so less than one says nothing. */
const skewText = (skewMs: number | null, t: Words): string => {
  if (skewMs === null) return t('unknownSkew')
  const seconds = Math.round(Math.abs(skewMs) / 1_000)
  if (seconds < 1) return t('skewNone')
  return t(skewMs > 0 ? 'skewAhead' : 'skewBehind', { seconds })
}

/** What is set, with of each key no more than its end. */
const Kept = ({ row }: { readonly row: SettingsRow }) => {
  const { t } = useTranslation('paymentsConnections')
  const field = useFieldName()
  return (
    <dl className={`${facts} border-line border-t pt-3`}>
      <Fact name={t('fact.address')}>{row.baseAddress}</Fact>
      {Object.entries(row.values).map(([name, value]) => (
        <Fact key={name} name={field(name)}>
          {value}
        </Fact>
      ))}
      {row.secrets.map(({ name, last4, setAt, setBy }) => (
        <Fact key={name} name={field(name)}>
          {t(last4 === '' ? 'keySetHidden' : 'keySet', { last4, at: dateTime(setAt), by: setBy })}
        </Fact>
      ))}
      <Fact name={t('fact.changed')}>{t('changedBy', { at: dateTime(row.changedAt), by: row.changedBy })}</Fact>
    </dl>
  )
}
