import { FileText } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { desktop } from '../../app/desktop.ts'
import { followExport } from '../../app/exports.ts'
import { useLive } from '../../app/live.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, Field, TextArea, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { drawn } from './samples-tab.tsx'
import { isNarrowed, listed } from './use-review.ts'

/** 報告: a PDF of the verdict, the entries of the list, sample and notes, each figure with how it was counted. */
export const ReportTab = () => {
  const { t } = useTranslation('review')
  const { filter } = useLive(listed)
  const sample = useLive(drawn)
  const [title, setTitle] = useState(() => t('report.defaultTitle'))
  const [auditor, setAuditor] = useState('')
  const [remarks, setRemarks] = useState('')
  const [withSample, setWithSample] = useState(true)
  const save = (): void => {
    const wish = { title: title.trim(), auditor: auditor.trim(), remarks, filter, sample: withSample ? sample : null }
    void followExport(t('report.name'), (signal) => desktop.review.report(wish, { signal }))
  }
  return (
    <Panel title={t('report.heading')}>
      <p className="text-muted">{t('report.hint')}</p>
      <div className="mt-3 flex max-w-2xl flex-col gap-3">
        <Field label={t('report.title')}>
          {(ids) => (
            <TextInput {...ids} maxLength={120} value={title} onChange={({ target }) => setTitle(target.value)} />
          )}
        </Field>
        <Field label={t('report.auditor')}>
          {(ids) => (
            <TextInput {...ids} maxLength={120} value={auditor} onChange={({ target }) => setAuditor(target.value)} />
          )}
        </Field>
        <Field label={t('report.remarks')}>
          {(ids) => (
            <TextArea
              {...ids}
              rows={6}
              maxLength={4_000}
              value={remarks}
              onChange={({ target }) => setRemarks(target.value)}
            />
          )}
        </Field>
        <p>{t(isNarrowed(filter) ? 'report.filtered' : 'report.all')}</p>
        <Checkbox
          checked={withSample && sample !== null}
          disabled={sample === null}
          onChange={({ target }) => setWithSample(target.checked)}
        >
          {sample === null ? t('report.noSample') : t('report.withSample', { seed: sample.seed })}
        </Checkbox>
        <div>
          <Button
            look="primary"
            disabled={title.trim() === ''}
            icon={<FileText size={16} aria-hidden="true" />}
            onClick={save}
          >
            {t('report.save')}
          </Button>
        </div>
      </div>
    </Panel>
  )
}
