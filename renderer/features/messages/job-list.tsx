import { FolderOpen } from 'lucide-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { useFailureText } from '../../app/failure-text.ts'
import { useLive } from '../../app/live.ts'
import { time } from '../../format/instant.ts'
import { bytes, bytesPerSecond, joined } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Progress } from '../../ui/progress.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import type { JobFile } from './job-file.ts'
import { forgetJob, type Job, jobs, stopJob, watchJobs } from './jobs.ts'
import { ReadingView } from './reading-view.tsx'
import { headlineTone, summaryOf } from './verdict-text.ts'

/** What is being done with files, and what came of it. */
export const JobList = () => {
  const all = useLive(jobs)
  useEffect(() => watchJobs(), [])
  return all.map((job) => <JobPanel key={job.id} job={job} />)
}

const JobPanel = ({ job }: { readonly job: Job }) => {
  const { t } = useTranslation('messages')
  const { t: common } = useTranslation()
  const running = job.ended === null
  return (
    <Panel
      title={`${t(`job.${job.kind}`, { count: job.files.length })} ${time(job.startedAt)}`}
      note={job.ended === null || job.ended === 'done' ? undefined : t(`job.ended.${job.ended}`)}
      actions={
        running ? (
          <Button small onClick={() => stopJob(job.id)}>
            {t('stop')}
          </Button>
        ) : (
          <Button small onClick={() => forgetJob(job.id)}>
            {common('action.close')}
          </Button>
        )
      }
    >
      <ul className="flex flex-col gap-3">
        {job.files.map((file, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and none moves
          <li key={index} className="flex flex-col gap-1">
            <FileLine kind={job.kind} file={file} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

const tones: Readonly<Record<JobFile['state'], Tone>> = {
  waiting: 'off',
  running: 'busy',
  finished: 'ok',
  failed: 'bad',
  stopped: 'warning',
}

/** What was opened is no better than its signatures. */
function toneOf({ state, reading }: JobFile): Tone {
  const summary = reading === null ? 'unsigned' : summaryOf(reading)
  return state === 'finished' && summary !== 'unsigned' ? headlineTone[summary] : tones[state]
}

const FileLine = ({ kind, file }: { readonly kind: Job['kind']; readonly file: JobFile }) => {
  const { t } = useTranslation('messages')
  const { output } = file
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3">
        <Status tone={toneOf(file)}>
          {file.state !== 'finished'
            ? t(`fileState.${file.state}`)
            : kind === 'read' && output === null
              ? t('verifiedAlone')
              : t(`finished.${kind}`)}
        </Status>
        <span className="min-w-0 break-all">{file.name}</span>
        {output !== null && (
          <span className="flex min-w-0 items-center gap-2 text-muted">
            <span className="break-all">{t('saved', { file: output.name })}</span>
            <Button
              small
              look="quiet"
              icon={<FolderOpen size={14} aria-hidden="true" />}
              onClick={() => void act(() => desktop.messages.reveal({ token: output.token }))}
            >
              {t('reveal')}
            </Button>
          </span>
        )}
      </div>
      {file.state === 'running' && <Running file={file} />}
      {file.failure !== null && <FileFailure failure={file.failure} />}
      {file.reading !== null && <ReadingView reading={file.reading} />}
    </>
  )
}

const Running = ({ file }: { readonly file: JobFile }) => {
  const { t } = useTranslation('messages')
  const { done, total, perSecond, phase } = file
  const amount = total === null ? joined(bytes(done)) : `${joined(bytes(done))} / ${joined(bytes(total))}`
  return (
    <>
      <Progress label={file.name} value={total === null || total === 0 ? null : done / total} />
      <p className="figure text-muted">
        {phase === 'checking' && `${t('checking')}　`}
        {amount}
        {perSecond !== null && `　${joined(bytesPerSecond(perSecond))}`}
      </p>
    </>
  )
}

const FileFailure = ({ failure }: { readonly failure: NonNullable<JobFile['failure']> }) => {
  const text = useFailureText(failure)
  return (
    <p className="text-major">
      {text.what}　{text.todo}
    </p>
  )
}
