import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RuleRow } from '#protocol/alerts.ts'
import type { Severity } from '#protocol/event.ts'
import type { Sample } from '#protocol/telemetry.ts'
import { useLive } from '../../app/live.ts'
import { samples } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { severityList } from '../../app/vocabulary.ts'
import { decimal } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, Select, TextInput } from '../../ui/field.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { namedMetrics, useMetricName } from './metric-names.ts'
import { draftOf, paramsOf, problemsIn, type RuleDraft } from './rule-draft.ts'

interface PartProps {
  readonly draft: RuleDraft
  readonly set: (change: Partial<RuleDraft>) => void
  readonly tried: boolean
}

/** Of several instances the first by name, so that the value shown does not jump from one to the other. */
const steady = (all: readonly Sample[]): Sample | undefined => {
  const last = new Map(all.slice(-recent).map((sample) => [sample.instance, sample]))
  return [...last.values()].toSorted((one, other) => (one.instance < other.instance ? -1 : 1))[0]
}
/** Samples of the last seconds, whoever sent them. */
const recent = 16

const Threshold = ({ draft, set, tried }: PartProps) => {
  const { t } = useTranslation('alerts')
  const metricName = useMetricName()
  const values = steady(useLive(samples))?.values ?? {}
  const names = [...new Set([...Object.keys(namedMetrics), ...Object.keys(values)])]
  const problems = tried ? problemsIn(draft) : {}
  const list = useId()
  const present = values[draft.metric]
  return (
    <>
      <Field
        label={t('form.metric')}
        hint={
          present === undefined
            ? metricName(draft.metric)
            : t('form.present', { name: metricName(draft.metric), value: decimal(present) })
        }
        error={problems.metric ? t('form.problem.metric') : null}
      >
        {(ids) => (
          <>
            <TextInput
              {...ids}
              list={list}
              className="w-full font-mono"
              value={draft.metric}
              maxLength={128}
              onChange={(event) => set({ metric: event.target.value })}
            />
            <datalist id={list}>
              {names.map((name) => (
                <option key={name} value={name}>
                  {metricName(name)}
                </option>
              ))}
            </datalist>
          </>
        )}
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('form.direction')}>
          {(ids) => (
            <Select
              {...ids}
              value={draft.above ? 'above' : 'below'}
              onChange={(event) => set({ above: event.target.value === 'above' })}
            >
              <option value="above">{t('form.above')}</option>
              <option value="below">{t('form.below')}</option>
            </Select>
          )}
        </Field>
        <Field label={t('form.threshold')} error={problems.threshold ? t('form.problem.threshold') : null}>
          {(ids) => (
            <TextInput
              {...ids}
              inputMode="decimal"
              value={draft.threshold}
              onChange={(event) => set({ threshold: event.target.value.trim() })}
            />
          )}
        </Field>
      </div>
    </>
  )
}

const Basics = ({ draft, set, tried }: PartProps) => {
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const problems = tried ? problemsIn(draft) : {}
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_160px] gap-3">
      <Field label={t('form.name')} error={problems.name ? t('form.problem.name') : null}>
        {(ids) => (
          <TextInput
            {...ids}
            value={draft.name}
            maxLength={80}
            onChange={(event) => set({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('column.severity')}>
        {(ids) => (
          <Select
            {...ids}
            value={draft.severity}
            onChange={(event) => set({ severity: event.target.value as Severity })}
          >
            {severityList.map((severity) => (
              <option key={severity} value={severity}>
                {common(`severity.${severity}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  )
}

/** Makes a rule or changes one. */
export const RuleForm = ({ row, onClose }: { readonly row: RuleRow | null; readonly onClose: () => void }) => {
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const [draft, setDraft] = useState<RuleDraft>(() => draftOf(row))
  const [tried, setTried] = useState(false)
  const set = (change: Partial<RuleDraft>): void => setDraft((now) => ({ ...now, ...change }))
  const problems = problemsIn(draft)
  const save = (): void => {
    setTried(true)
    if (Object.keys(problems).length > 0) return
    onClose()
    void submit('alerts.saveRule', paramsOf(draft), t('form.done', { name: draft.name.trim() }))
  }
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t(row === null ? 'form.create' : 'form.edit')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={save}>
            {common('action.save')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Basics draft={draft} set={set} tried={tried} />
        <div>
          <Segmented
            label={t('form.kind')}
            value={draft.kind}
            options={(['threshold', 'silence'] as const).map((value) => ({ value, label: t(`form.${value}Kind`) }))}
            onChange={(kind) => set({ kind })}
          />
        </div>
        {draft.kind === 'threshold' && <Threshold draft={draft} set={set} tried={tried} />}
        <Field
          label={t(draft.kind === 'silence' ? 'form.silentFor' : 'form.forSeconds')}
          hint={t('form.forHint')}
          error={tried && problems.forSeconds ? t('form.problem.forSeconds') : null}
        >
          {(ids) => (
            <TextInput
              {...ids}
              inputMode="numeric"
              className="w-40"
              value={draft.forSeconds}
              onChange={(event) => set({ forSeconds: event.target.value.trim() })}
            />
          )}
        </Field>
        <div className="flex gap-6">
          <Checkbox checked={draft.watching} onChange={(event) => set({ watching: event.target.checked })}>
            {t('rules.watch')}
          </Checkbox>
          <Checkbox checked={draft.notifying} onChange={(event) => set({ notifying: event.target.checked })}>
            {t('rules.notify')}
          </Checkbox>
        </div>
      </div>
    </Dialog>
  )
}
