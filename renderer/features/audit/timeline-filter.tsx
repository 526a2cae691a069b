import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ReviewFilter } from '#protocol/review.ts'
import { desktop } from '../../app/desktop.ts'
import { commandTitle } from '../../app/submit.ts'
import { entryOutcomeList, entryStandingList, riskList } from '../../app/vocabulary.ts'
import { fromInput, toInput } from '../../format/instant.ts'
import { useActorName } from '../../i18n/names.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, TextInput } from '../../ui/field.tsx'
import { MultiSelect } from '../../ui/multi-select.tsx'
import { SearchInput } from '../../ui/search-input.tsx'
import { StandingMark } from './standing.tsx'
import { everything, isNarrowed } from './use-review.ts'

interface TimelineFilterProps {
  readonly filter: ReviewFilter
  /** Another review has other actors. */
  readonly opened: { readonly at: number }
  readonly onChange: (filter: ReviewFilter) => void
}

/** The most frequent ones; who looks for another has the search. */
const mostListed = 40

const Moment = (props: {
  readonly label: string
  readonly value: number | null
  readonly onChange: (at: number | null) => void
}) => (
  <TextInput
    type="datetime-local"
    step={1}
    aria-label={props.label}
    className="w-52"
    value={props.value === null ? '' : toInput(props.value)}
    onChange={({ target }) => props.onChange(target.value === '' ? null : fromInput(target.value))}
  />
)

/** What narrows the list. */
export const TimelineFilter = ({ filter, opened, onChange }: TimelineFilterProps) => {
  const { t } = useTranslation('review')
  const { t: common } = useTranslation()
  const actorName = useActorName()
  const facets = useQuery({ queryKey: ['review', 'facets', opened.at], queryFn: () => desktop.review.facets({}) }).data
  const options = (list: 'actors' | 'commands', name: (value: string) => string) =>
    (facets?.[list] ?? [])
      .filter(({ value }) => value !== '')
      .slice(0, mostListed)
      .map(({ value }) => ({ value, label: name(value) }))
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchInput label={t('filter.text')} value={filter.text} onSearch={(text) => onChange({ ...filter, text })} />
      <span className="flex items-center gap-1.5">
        <Moment label={common('from')} value={filter.from} onChange={(from) => onChange({ ...filter, from })} />
        <span aria-hidden="true">〜</span>
        <Moment label={common('to')} value={filter.to} onChange={(to) => onChange({ ...filter, to })} />
      </span>
      <MultiSelect
        label={t('column.actor')}
        options={options('actors', actorName)}
        chosen={filter.actors}
        onChange={(actors) => onChange({ ...filter, actors: [...actors] })}
      />
      <MultiSelect
        label={t('column.command')}
        options={options('commands', commandTitle)}
        chosen={filter.commands}
        onChange={(commands) => onChange({ ...filter, commands: [...commands] })}
      />
      <MultiSelect
        label={t('filter.risk')}
        options={riskList.map((value) => ({ value, label: t(`risk.${value}`) }))}
        chosen={filter.risks}
        onChange={(risks) => onChange({ ...filter, risks: [...risks] })}
      />
      <MultiSelect
        label={t('column.outcome')}
        options={entryOutcomeList.map((value) => ({ value, label: t(`outcome.${value}`) }))}
        chosen={filter.outcomes}
        onChange={(outcomes) => onChange({ ...filter, outcomes: [...outcomes] })}
      />
      <MultiSelect
        label={t('column.standing')}
        options={entryStandingList.map((value) => ({
          value,
          label: t(`standing.${value}`),
          mark: <StandingMark standing={value} />,
        }))}
        chosen={filter.standings}
        onChange={(standings) => onChange({ ...filter, standings: [...standings] })}
      />
      <Checkbox checked={filter.noted} onChange={({ target }) => onChange({ ...filter, noted: target.checked })}>
        {t('filter.noted')}
      </Checkbox>
      {filter.object !== null && (
        <Button
          look="primary"
          icon={<X size={14} aria-hidden="true" />}
          onClick={() => onChange({ ...filter, object: null })}
        >
          {t('filter.object', {
            kind: t(`object.${filter.object.kind}` as 'object.operator', { defaultValue: filter.object.kind }),
            value: filter.object.value,
          })}
        </Button>
      )}
      {isNarrowed(filter) && (
        <Button look="quiet" onClick={() => onChange(everything)}>
          {common('action.clear')}
        </Button>
      )}
    </div>
  )
}
