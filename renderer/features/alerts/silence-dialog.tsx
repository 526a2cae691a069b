import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { backendNow } from '../../app/clock.ts'
import { submit } from '../../app/submit.ts'
import { dateTime, fromInput, toInput } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextArea, TextInput } from '../../ui/field.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { longestMs, type SilencePreset, silenceEnd, silencePresets, silenceProblem } from './silence-end.ts'

interface SilenceDialogProps {
  readonly rule: string
  readonly name: string
  readonly onClose: () => void
}

/** 無通知 always has an end. */
export const SilenceDialog = ({ rule, name, onClose }: SilenceDialogProps) => {
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const [preset, setPreset] = useState<SilencePreset>('2h')
  const [custom, setCustom] = useState<number | null>(null)
  const [note, setNote] = useState('')
  const now = backendNow()
  const until = silenceEnd(preset, custom, now)
  const problem = silenceProblem(until, now)
  const silence = (): void => {
    if (until === null || problem !== null) return
    onClose()
    void submit('alerts.silence', { rule, until: Math.floor(until), note: note.trim() }, t('silence.done', { name }))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('silence.title')}
      description={t('silence.text', { name })}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={problem !== null} onClick={silence}>
            {t('silence.action')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <div>
          <Segmented
            label={t('silence.until')}
            value={preset}
            options={silencePresets.map((value) => ({ value, label: t(`silence.${value}`) }))}
            onChange={setPreset}
          />
        </div>
        {preset === 'custom' ? (
          <Field
            label={t('silence.end')}
            hint={t('silence.limit')}
            error={problem === null || problem === 'missing' ? null : t(`silence.problem.${problem}`)}
          >
            {(ids) => (
              <TextInput
                {...ids}
                type="datetime-local"
                min={toInput(now)}
                max={toInput(now + longestMs)}
                onChange={(event) => setCustom(fromInput(event.target.value))}
              />
            )}
          </Field>
        ) : (
          <p className="figure text-muted">{t('silence.endsAt', { at: dateTime(until ?? now) })}</p>
        )}
        <Field label={common('note')} hint={common('noteHint')}>
          {(ids) => (
            <TextArea {...ids} value={note} maxLength={2_000} onChange={(event) => setNote(event.target.value)} />
          )}
        </Field>
      </div>
    </Dialog>
  )
}
