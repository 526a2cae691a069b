import { useTranslation } from 'react-i18next'
import { roles } from '#protocol/permission.ts'
import type { PolicyEffect, PolicyRule, PolicyVersionRow } from '#protocol/policy.ts'
import { showToast } from '../../app/toasts.ts'
import { dateTime } from '../../format/instant.ts'
import { useActorName } from '../../i18n/names.ts'
import { Button } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'
import { type EffectRow, hindrance, shownRows } from './effects.ts'
import { useCheck } from './use-check.ts'
import { usePolicyWords } from './words.ts'

/** 今のポリシー: in plain words first, then the text. */
export const InForce = ({ version }: { readonly version: PolicyVersionRow }) => {
  const { t } = useTranslation('policy')
  const actorName = useActorName()
  const { check, failure, linked } = useCheck(version.text)
  const { at, by, seed, note, hash, index } = version
  const who = seed ? t('seeded') : t('by', { by: actorName(by) })
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(version.text)
    showToast({ tone: 'ok', title: t('copied') })
  }
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <strong className="text-[16px]">{t('version', { version: version.version })}</strong>
        <span>{t('since', { at: dateTime(at) })}</span>
        <span>{who}</span>
        <span className="text-faint">{t('entry', { index })}</span>
        {note !== null && <span className="text-muted">{note}</span>}
        <span className="font-mono text-[12px] text-faint select-text">{`${t('hash')} ${hash}`}</span>
      </p>
      {!linked && check === null && <p className="text-faint">{t('draft.unchecked')}</p>}
      {linked && failure && <Failed failure={failure} />}
      {linked && !failure && check === null && <Loading rows={6} />}
      {check && (
        <>
          <Rules rules={check.rules} />
          <Matrix effects={check.effects} />
        </>
      )}
      <Panel
        title={t('text')}
        actions={
          <Button small onClick={() => void copy()}>
            {t('copy')}
          </Button>
        }
      >
        <Numbered text={version.text} label={t('text')} />
      </Panel>
    </>
  )
}

const Rules = ({ rules }: { readonly rules: readonly PolicyRule[] }) => {
  const { t } = useTranslation('policy')
  const { t: common } = useTranslation()
  const { need, sums, permission, act } = usePolicyWords()
  const forbidding = rules.filter(({ effect }) => effect === 'forbid')
  const subject = ({ roles: of, operators }: PolicyRule): string =>
    [...of.map((role) => common(`role.${role}`)), ...operators].join(t('or')) || t('everyone')
  const object = ({ permissions, commands }: PolicyRule): string =>
    [
      ...commands.map((command) => act({ permission: 'hub.read', command })),
      ...permissions.map((one) => permission(one)),
    ].join('、') || t('everything')
  return (
    <Panel title={t('rules')} note={t('rulesHint')}>
      {forbidding.length === 0 ? (
        <p className="text-faint">{t('noRules')}</p>
      ) : (
        <ul className="flex flex-col gap-3">
          {forbidding.map((rule) => (
            <li key={rule.id} className="flex flex-col gap-0.5 border-line-strong border-l-2 pl-3">
              <strong>{rule.label}</strong>
              <span className="text-muted">
                {`${subject(rule)}：${object(rule)}`}
                {rule.above.length > 0 && `　${sums(rule.above)}`}
              </span>
              <span className="flex flex-wrap items-center gap-x-3">
                <Status tone={rule.approvals ? 'warning' : 'bad'}>
                  {rule.approvals ? need(rule.approvals) : t('forbidden')}
                </Status>
                {rule.conditional && <span className="text-muted">{t('conditional')}</span>}
                <span className="text-faint">{t('line', { line: rule.line })}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

const Matrix = ({ effects }: { readonly effects: readonly PolicyEffect[] }) => {
  const { t } = useTranslation('policy')
  const { t: common } = useTranslation()
  const { act, permission } = usePolicyWords()
  return (
    <Panel title={t('matrix')} note={t('matrixHint')} padded={false}>
      <DataTable<EffectRow>
        label={t('matrix')}
        rows={shownRows(effects)}
        rowKey={(row) => `${row.permission} ${row.command ?? ''}`}
        columns={[
          {
            id: 'act',
            title: t('act'),
            cell: (row) => (
              <span className="flex flex-col">
                {act(row)}
                {row.command !== null && <span className="text-[12px] text-faint">{permission(row.permission)}</span>}
              </span>
            ),
          },
          ...roles.map((role) => ({
            id: role,
            title: common(`role.${role}`),
            cell: (row: EffectRow) => <Cell effect={row.byRole[role]} />,
          })),
        ]}
      />
    </Panel>
  )
}

export const Cell = ({ effect }: { readonly effect: PolicyEffect | undefined }) => {
  const { verdict } = usePolicyWords()
  if (!effect) return null
  const weight = hindrance(effect)
  const tone = weight === 0 ? 'ok' : weight >= 1_000 ? 'off' : 'warning'
  return <Status tone={tone}>{verdict(effect)}</Status>
}

/** What scrolls must be reached by keyboard. */
const scrolls = (label: string) => ({ role: 'group', tabIndex: 0, 'aria-label': label }) as const

const Numbered = ({ text, label }: { readonly text: string; readonly label: string }) => (
  <div {...scrolls(label)} className="max-h-[420px] overflow-auto rounded-md border border-line bg-canvas">
    <ol className="list-none py-2 font-mono text-[13px] leading-5">
      {text.split('\n').map((line, nth) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
        <li key={nth} className="flex">
          <span aria-hidden="true" className="w-12 shrink-0 pr-3 text-right text-faint select-none">
            {nth + 1}
          </span>
          <span className="pr-4 whitespace-pre select-text">{line || ' '}</span>
        </li>
      ))}
    </ol>
  </div>
)
