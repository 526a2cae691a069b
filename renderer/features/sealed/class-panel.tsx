import { FileKey2, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { VaultState } from '#protocol/keys.ts'
import type { Coverage } from '#protocol/sealed.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { useLive } from '../../app/live.ts'
import { useDesktop, usePermitted } from '../../app/streams.ts'
import { showToast } from '../../app/toasts.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Progress } from '../../ui/progress.tsx'
import { Empty } from '../../ui/states/states.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import { grouped } from '../keys/key-text.ts'
import { classState, lacking, paper } from './class-state.ts'
import { CustodianForm } from './custodian-form.tsx'
import { Removal } from './removal.tsx'
import { rewrapping, startRewrap } from './rewrapping.ts'

const tones: Readonly<Record<ReturnType<typeof classState>, Tone>> = {
  lost: 'bad',
  closed: 'off',
  skipping: 'warning',
  pending: 'warning',
  ready: 'ok',
}

type Holder = Coverage['custodians'][number]

/** One class: who can open it, how much of it, and what is still to be handed over. */
export const ClassPanel = ({ coverage, vault }: { readonly coverage: Coverage; readonly vault: VaultState }) => {
  const { t } = useTranslation('sealed')
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Holder | null>(null)
  const may = usePermitted('sealed.administer')
  const state = classState(coverage)
  const hasPaper = coverage.custodians.some(({ custodian }) => custodian === paper)
  const name = (custodian: string): string => (custodian === paper ? t('paper') : custodian)
  const columns: readonly Column<Holder>[] = [
    {
      id: 'custodian',
      title: t('custodian'),
      cell: ({ custodian, fingerprint }) => (
        <span className="block">
          <span className="font-bold">{name(custodian)}</span>
          <span className="block font-mono text-muted" title={grouped(fingerprint)}>
            …{grouped(fingerprint.slice(-16))}
          </span>
        </span>
      ),
    },
    {
      id: 'state',
      title: t('state'),
      cell: ({ unusable }) =>
        unusable === null ? (
          <Status tone="ok">{t('usable')}</Status>
        ) : (
          <Status tone="warning">{t(`unusable.${unusable}`)}</Status>
        ),
    },
    {
      id: 'subjects',
      title: t('opens'),
      right: true,
      cell: ({ subjects }) => t('ofSubjects', { count: subjects, total: coverage.subjects }),
    },
    {
      id: 'actions',
      title: <span className="sr-only">{t('actions')}</span>,
      right: true,
      cell: (holder) => (
        <span className="inline-flex items-center gap-1">
          <Handover coverage={coverage} holder={holder} vault={vault} name={name(holder.custodian)} />
          {may && holder.unusable === 'unproved' && (
            <Button
              small
              look="primary"
              disabled={vault.state !== 'unlocked'}
              onClick={() =>
                void act(
                  () => desktop.sealed.proveRecovery({ class: coverage.class }),
                  () => t('proved'),
                )
              }
            >
              {t('prove')}
            </Button>
          )}
          {may && (
            <Button
              small
              aria-label={t('removeOf', { custodian: name(holder.custodian) })}
              onClick={() => setRemoving(holder)}
            >
              {t('remove')}
            </Button>
          )}
        </span>
      ),
    },
  ]
  return (
    <Panel
      title={t(`class.${coverage.class}`)}
      note={t('counts', { subjects: coverage.subjects, keys: coverage.keys })}
      padded={false}
      wraps
      actions={
        <>
          <Status tone={tones[state]}>{t(`classState.${state}`, { count: coverage.lost })}</Status>
          {may && (
            <>
              {!hasPaper && (
                <Button
                  small
                  icon={<FileKey2 size={14} aria-hidden="true" />}
                  disabled={vault.state !== 'unlocked'}
                  onClick={() =>
                    void act(
                      () => desktop.sealed.makeRecovery({ class: coverage.class }),
                      ({ file }) => t('recoveryMade', { file }),
                    )
                  }
                >
                  {t('makeRecovery')}
                </Button>
              )}
              <Button small icon={<UserPlus size={14} aria-hidden="true" />} onClick={() => setAdding(true)}>
                {t('add')}
              </Button>
            </>
          )}
        </>
      }
    >
      <p className="px-4 pb-2 text-muted">{t(`stateText.${state}`, { count: coverage.lost })}</p>
      {coverage.custodians.length === 0 ? (
        <Empty title={t('none')} />
      ) : (
        <DataTable
          label={t('custodiansOf', { class: t(`class.${coverage.class}`) })}
          columns={columns}
          rows={coverage.custodians}
          rowKey={({ custodian }) => custodian}
        />
      )}
      {adding && <CustodianForm coverage={coverage} onClose={() => setAdding(false)} />}
      {removing && <Removal coverage={coverage} custodian={removing} onClose={() => setRemoving(null)} />}
    </Panel>
  )
}

/** What a custodian still lacks: a button for who can give it, the progress while it is given. */
const Handover = ({
  coverage,
  holder,
  vault,
  name,
}: {
  readonly coverage: Coverage
  readonly holder: Holder
  readonly vault: VaultState
  readonly name: string
}) => {
  const { t } = useTranslation('sealed')
  const { t: common } = useTranslation()
  const running = useLive(rewrapping)
  const me = useDesktop((state) => state?.session?.operator ?? null)
  const may = usePermitted('sealed.open')
  const count = lacking(coverage, holder)
  if (running?.class === coverage.class && running.custodian === holder.custodian) {
    const { news } = running
    return (
      <span className="flex w-48 items-center gap-2">
        <span className="min-w-0 flex-1">
          <Progress
            label={t('handingOver', { custodian: name })}
            value={news === null || news.total === 0 ? null : news.done / news.total}
          />
        </span>
        <Button small onClick={running.cancel}>
          {common('action.cancel')}
        </Button>
      </span>
    )
  }
  if (count === 0 || holder.unusable !== null) return null
  const mine = coverage.custodians.find(({ custodian }) => custodian === me)
  const own = mine !== undefined && mine.custodian !== holder.custodian && mine.keys > 0
  const byPaper = mine !== undefined && coverage.custodians.some((it) => it.custodian === paper && it.keys > 0)
  const start = (using: 'own' | 'paper'): void =>
    void startRewrap({ class: coverage.class, custodian: holder.custodian, using }, ({ state, done }) =>
      showToast({
        tone: state === 'done' ? 'ok' : 'warning',
        title: t(state === 'done' ? 'handedOver' : 'handoverCancelled', { custodian: name, count: done }),
      }),
    )
  const blocked = vault.state !== 'unlocked' || running !== null || !may
  return (
    <>
      <span className="text-warning">{t('lacks', { count })}</span>
      {own && (
        <Button small disabled={blocked} onClick={() => start('own')}>
          {t('handOver')}
        </Button>
      )}
      {!own && byPaper && holder.custodian !== paper && (
        <Button small disabled={blocked} onClick={() => start('paper')}>
          {t('handOverByPaper')}
        </Button>
      )}
    </>
  )
}
