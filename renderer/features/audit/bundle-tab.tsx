import { FolderOpen, ShieldCheck, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { BundleStep } from '#protocol/bundle.ts'
import type { ReviewState } from '#protocol/review.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { integer } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Progress } from '../../ui/progress.tsx'
import { State } from '../../ui/states/state.tsx'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'
import { ExportPanel } from './export-panel.tsx'
import { KeyFilePanel } from './key-file-panel.tsx'
import { useReview } from './use-review.ts'
import { VerdictView } from './verdict-view.tsx'

const open = (): void => void act(() => desktop.review.open({}))
const close = (): void => void act(() => desktop.review.close({}))

const OpenButton = ({ look = 'primary' }: { readonly look?: 'primary' | 'secondary' }) => {
  const { t } = useTranslation('review')
  return (
    <Button look={look} icon={<FolderOpen size={16} aria-hidden="true" />} onClick={open}>
      {t('open')}
    </Button>
  )
}

/** 監査バンドル: opening one, how that goes, and what came of it. */
export const BundleTab = () => {
  const { t } = useTranslation('review')
  const review = useReview()
  if (review === null) return <Loading rows={6} />
  switch (review.phase) {
    case 'none':
      return (
        <>
          <section className="rounded-lg border border-line bg-surface py-8">
            <State icon={ShieldCheck} title={t('none.title')} action={<OpenButton />}>
              {t('none.hint')}
            </State>
          </section>
          <ExportPanel />
        </>
      )
    case 'opening':
      return <Opening review={review} />
    case 'failed':
      return (
        <section className="rounded-lg border border-line bg-surface py-8">
          <p className="text-center font-mono text-muted">{review.file}</p>
          <Failed failure={review.failure} />
          <p className="mx-auto max-w-xl px-4 text-muted">{t('failed.hint')}</p>
          <div className="mt-4 flex justify-center gap-2">
            <OpenButton />
            <Button onClick={close}>{t('close')}</Button>
          </div>
        </section>
      )
    case 'open':
      return (
        <>
          <div className="flex items-center gap-2">
            <span className="selectable min-w-0 flex-1 truncate font-mono text-muted" title={review.file}>
              {review.file}
            </span>
            <OpenButton look="secondary" />
            <Button icon={<X size={16} aria-hidden="true" />} onClick={close}>
              {t('close')}
            </Button>
          </div>
          <VerdictView review={review} />
          <KeyFilePanel />
        </>
      )
  }
}

const steps: readonly BundleStep[] = ['container', 'tree', 'checkpoints', 'entries', 'signatures', 'evidence']

const Opening = ({ review }: { readonly review: Extract<ReviewState, { phase: 'opening' }> }) => {
  const { t } = useTranslation('review')
  const { progress } = review
  const now = progress === null ? -1 : steps.indexOf(progress.step)
  return (
    <Panel
      title={t('opening.title', { file: review.file })}
      actions={
        <Button small onClick={close}>
          {t('opening.cancel')}
        </Button>
      }
    >
      <div aria-live="polite">
        <p className="figure mb-2 text-muted">
          {progress === null
            ? t('opening.reading')
            : t('opening.counted', { done: integer(progress.done), all: integer(progress.all) })}
        </p>
        <Progress
          label={t('opening.progress')}
          value={progress === null || progress.all === 0 ? null : progress.done / progress.all}
        />
      </div>
      <ol className="mt-3 flex flex-col gap-1">
        {steps.map((step, nth) => (
          <li key={step}>
            <Status tone={nth < now ? 'ok' : nth === now ? 'busy' : 'off'}>{t(`step.${step}`)}</Status>
          </li>
        ))}
      </ol>
      <p className="mt-3 text-muted">{t('opening.hint')}</p>
    </Panel>
  )
}
