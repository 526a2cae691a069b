import { useQuery } from '@tanstack/react-query'
import { Dices } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReviewRow, SampleOrder } from '#protocol/review.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { cell, useLive } from '../../app/live.ts'
import { commandTitle } from '../../app/submit.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { useActorName } from '../../i18n/names.ts'
import { Button } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states/states.tsx'
import { StandingMark } from './standing.tsx'
import type { ReviewTabProps } from './tabs.ts'
import { isNarrowed, listed, showEntry } from './use-review.ts'

/** The sample drawn last: a report can carry it. */
export const drawn = cell<SampleOrder | null>(null)
const mostDrawn = 500

/** 16 letters that nobody has chosen. */
const anySeed = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** 抽出・メモ: entries drawn at random, so that they can be drawn again, and what was noted. */
export const SamplesTab = ({ review }: ReviewTabProps) => (
  <>
    <Sample />
    <Notes opened={review.summary.at} />
  </>
)

const Sample = () => {
  const { t } = useTranslation('review')
  const { filter } = useLive(listed)
  const order = useLive(drawn)
  const [seed, setSeed] = useState(order?.seed ?? anySeed)
  const [size, setSize] = useState(String(order?.size ?? 25))
  const [found, setFound] = useState<{ readonly population: number; readonly rows: readonly ReviewRow[] } | null>(null)
  const count = Number(size)
  const fits = Number.isInteger(count) && count >= 1 && count <= mostDrawn && seed.trim() !== ''
  const draw = async (): Promise<void> => {
    const next = { seed: seed.trim(), size: count, filter }
    const sample = await act(() => desktop.review.sample(next))
    if (sample === null) return
    drawn.set(next)
    setFound(sample)
  }
  return (
    <Panel title={t('sample.title')}>
      <p className="text-muted">{t('sample.hint')}</p>
      <form
        className="mt-3 flex flex-wrap items-start gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (fits) void draw()
        }}
      >
        <Field label={t('sample.seed')} hint={t('sample.seedHint')}>
          {(ids) => (
            <TextInput
              {...ids}
              className="w-80 font-mono"
              maxLength={64}
              value={seed}
              onChange={({ target }) => setSeed(target.value)}
            />
          )}
        </Field>
        <Field label={t('sample.size')} hint={t('sample.sizeHint', { text: integer(mostDrawn) })}>
          {(ids) => (
            <TextInput
              {...ids}
              className="w-28"
              inputMode="numeric"
              value={size}
              onChange={({ target }) => setSize(target.value)}
            />
          )}
        </Field>
        <div className="flex gap-2 pt-6">
          <Button type="submit" look="primary" disabled={!fits} icon={<Dices size={16} aria-hidden="true" />}>
            {t('sample.draw')}
          </Button>
          <Button onClick={() => setSeed(anySeed())}>{t('sample.newSeed')}</Button>
        </div>
      </form>
      <p className="mt-2">{t(isNarrowed(filter) ? 'sample.fromFiltered' : 'sample.fromAll')}</p>
      {found !== null && (
        <div role="status" className="mt-3">
          <p className="figure font-bold">
            {t('sample.drawn', { population: integer(found.population), text: integer(found.rows.length) })}
          </p>
          {found.rows.length > 0 && <SampleTable rows={found.rows} />}
        </div>
      )}
    </Panel>
  )
}

const SampleTable = ({ rows }: { readonly rows: readonly ReviewRow[] }) => {
  const { t } = useTranslation('review')
  const actorName = useActorName()
  return (
    <DataTable
      label={t('sample.title')}
      rowKey={({ index }) => String(index)}
      rows={rows}
      columns={[
        {
          id: 'index',
          title: t('column.index'),
          cell: ({ index }) => (
            <Button small look="quiet" onClick={() => showEntry(index)}>
              {t('entry.number', { text: integer(index) })}
            </Button>
          ),
        },
        { id: 'at', title: t('column.time'), cell: ({ at }) => <span className="figure">{dateTime(at)}</span> },
        { id: 'actor', title: t('column.actor'), cell: ({ actor }) => actorName(actor) },
        { id: 'command', title: t('column.command'), cell: ({ command }) => commandTitle(command) },
        { id: 'standing', title: t('column.standing'), cell: ({ standing }) => <StandingMark standing={standing} /> },
      ]}
    />
  )
}

const Notes = ({ opened }: { readonly opened: number }) => {
  const { t } = useTranslation('review')
  const notes = useQuery({ queryKey: ['review', 'notes', opened], queryFn: () => desktop.review.notes({}) }).data ?? []
  return (
    <Panel title={t('notes.title')} padded={notes.length === 0}>
      {notes.length === 0 ? (
        <Empty title={t('notes.none')}>{t('notes.noneHint')}</Empty>
      ) : (
        <DataTable
          label={t('notes.title')}
          rowKey={({ index }) => String(index)}
          rows={notes}
          columns={[
            {
              id: 'index',
              title: t('column.index'),
              cell: ({ index }) => (
                <Button small look="quiet" onClick={() => showEntry(index)}>
                  {t('entry.number', { text: integer(index) })}
                </Button>
              ),
            },
            { id: 'text', title: t('column.note'), cell: ({ text }) => <span className="selectable">{text}</span> },
            { id: 'at', title: t('notes.at'), cell: ({ at }) => <span className="figure">{dateTime(at)}</span> },
          ]}
        />
      )}
    </Panel>
  )
}
