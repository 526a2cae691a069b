import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModuleRow } from '#protocol/hub.ts'
import type { OperatorRow } from '#protocol/session.ts'
import { useList } from '../../app/collection.ts'
import { categoryList, severityList } from '../../app/vocabulary.ts'
import { fromInput, toInput } from '../../format/instant.ts'
import { useActorName, useModuleName } from '../../i18n/names.ts'
import { Button } from '../../ui/button.tsx'
import { Select, TextInput } from '../../ui/field.tsx'
import { MultiSelect } from '../../ui/multi-select.tsx'
import { SearchInput } from '../../ui/search-input.tsx'
import { SeverityMark } from '../../ui/severity.tsx'
import { type EventFilter, isNarrowed, noFilter, type Preset, presets, states } from './event-filter.ts'

interface FilterBarProps {
  readonly filter: EventFilter
  readonly onChange: (filter: EventFilter) => void
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)].toSorted()
const services = ['service:hub', 'service:events', 'service:alerts', 'service:session', 'service:log'] as const

const Moment = ({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: number | null
  readonly onChange: (at: number | null) => void
}) => (
  <TextInput
    type="datetime-local"
    step={1}
    aria-label={label}
    className="w-52"
    value={value === null ? '' : toInput(value)}
    onChange={(event) => onChange(event.target.value === '' ? null : fromInput(event.target.value))}
  />
)

const TimeRange = ({ filter, onChange }: FilterBarProps) => {
  const { t } = useTranslation('events')
  const { t: common } = useTranslation()
  return (
    <>
      <Select
        aria-label={t('filter.range')}
        className="w-auto"
        value={filter.preset}
        onChange={(event) => onChange({ ...filter, preset: event.target.value as Preset })}
      >
        {presets.map((preset) => (
          <option key={preset} value={preset}>
            {t(`range.${preset}`)}
          </option>
        ))}
      </Select>
      {filter.preset === 'custom' && (
        <span className="flex items-center gap-1.5">
          <Moment label={common('from')} value={filter.from} onChange={(from) => onChange({ ...filter, from })} />
          <span aria-hidden="true">〜</span>
          <Moment label={common('to')} value={filter.to} onChange={(to) => onChange({ ...filter, to })} />
        </span>
      )}
    </>
  )
}

/** What narrows the list. It lives in the address, so a view can be kept and gone back to. */
export const FilterBar = memo(({ filter, onChange }: FilterBarProps) => {
  const { t } = useTranslation('events')
  const { t: common } = useTranslation()
  const moduleName = useModuleName()
  const actorName = useActorName()
  const modules = useList<ModuleRow>('hub.modules').rows
  const operators = useList<OperatorRow>('session.operators').rows
  const moduleNames = unique([
    'hub',
    'events',
    'alerts',
    'session',
    ...modules.map(({ module }) => module),
    ...filter.modules,
  ])
  const actorNames = unique([...operators.map(({ operator }) => operator as string), ...services, ...filter.actors])
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchInput label={t('filter.text')} value={filter.text} onSearch={(text) => onChange({ ...filter, text })} />
      <TimeRange filter={filter} onChange={onChange} />
      <MultiSelect
        label={t('column.severity')}
        options={severityList.map((value) => ({
          value,
          label: common(`severity.${value}`),
          mark: <SeverityMark severity={value} />,
        }))}
        chosen={filter.severities}
        onChange={(severities) => onChange({ ...filter, severities })}
      />
      <MultiSelect
        label={t('column.category')}
        options={categoryList.map((value) => ({ value, label: common(`category.${value}`) }))}
        chosen={filter.categories}
        onChange={(categories) => onChange({ ...filter, categories })}
      />
      <MultiSelect
        label={t('column.state')}
        options={states.map((value) => ({ value, label: t(`state.${value}`) }))}
        chosen={filter.states}
        onChange={(chosen) => onChange({ ...filter, states: chosen })}
      />
      <MultiSelect
        label={t('column.module')}
        options={moduleNames.map((value) => ({ value, label: moduleName(value) }))}
        chosen={filter.modules}
        onChange={(chosen) => onChange({ ...filter, modules: chosen })}
      />
      <MultiSelect
        label={t('column.actor')}
        options={actorNames.map((value) => ({ value, label: actorName(value) }))}
        chosen={filter.actors}
        onChange={(actors) => onChange({ ...filter, actors })}
      />
      {filter.correlation !== null && (
        <Button onClick={() => onChange({ ...filter, correlation: null })}>{t('filter.correlation')}</Button>
      )}
      {isNarrowed(filter) && (
        <Button look="quiet" onClick={() => onChange({ ...noFilter, oldestFirst: filter.oldestFirst })}>
          {common('action.clear')}
        </Button>
      )}
    </div>
  )
})
FilterBar.displayName = 'FilterBar'
