import i18n from 'i18next'
import type { Failure } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import type { ChosenFile, FileProgress } from '#protocol/messages.ts'
import { failureIn } from '../../app/failure.ts'
import { type Cell, cell } from '../../app/live.ts'
import { showToast } from '../../app/toasts.ts'
import { vaultLive } from '../keys/use-keys.ts'
import { advanced, type JobFile, waiting } from './job-file.ts'

export type JobKind = 'encrypt' | 'sign' | 'read'

export interface Job {
  readonly id: number
  readonly kind: JobKind
  readonly startedAt: Instant
  readonly files: readonly JobFile[]
  /** null while it runs. */
  readonly ended: 'done' | 'cancelled' | 'locked' | 'failed' | null
}

/** Work goes on while other pages are looked at; it ends with the window, with 中止 or when the vault is locked. */
export const jobs: Cell<readonly Job[]> = cell<readonly Job[]>([])
const stops = new Map<number, AbortController>()
let next = 1

const change = (id: number, edit: (job: Job) => Job): void =>
  jobs.set((now) => now.map((job) => (job.id === id ? edit(job) : job)))

const end = (id: number, ended: NonNullable<Job['ended']>): void =>
  change(id, (job) => ({
    ...job,
    ended,
    files: job.files.map((it) => (it.state === 'waiting' || it.state === 'running' ? { ...it, state: 'stopped' } : it)),
  }))

/**
 * Follows a job to its end.
 * @param onBegun everything was asked and agreed to
 * @throws what the vault refused before it began
 */
export async function runJob(
  kind: JobKind,
  files: readonly ChosenFile[],
  open: (signal: AbortSignal) => Promise<AsyncIterable<FileProgress>>,
  onBegun: () => void,
): Promise<void> {
  const id = next++
  const stop = new AbortController()
  let begun = false
  try {
    for await (const news of await open(stop.signal)) {
      if (!begun) {
        jobs.set((now) => [{ id, kind, startedAt: Date.now(), files: files.map(waiting), ended: null }, ...now])
        stops.set(id, stop)
        begun = true
        onBegun()
      }
      if (stop.signal.aborted) break
      if (news.state === 'ended') finish(id, kind, news.why)
      else
        change(id, (job) => ({
          ...job,
          files: job.files.map((it, index) => (index === news.index ? advanced(it, news, performance.now()) : it)),
        }))
    }
  } catch (thrown) {
    if (!begun && !stop.signal.aborted) throw thrown
    if (!stop.signal.aborted) failed(id, failureIn(thrown))
  } finally {
    stops.delete(id)
    if (stop.signal.aborted) end(id, 'cancelled')
  }
}

function finish(id: number, kind: JobKind, why: 'done' | 'locked'): void {
  end(id, why)
  if (why === 'locked')
    showToast({
      tone: 'warning',
      title: i18n.t(`messages:job.locked.${kind}`),
      body: i18n.t('messages:job.nothingLeft'),
    })
  else if (watched === 0) showToast({ tone: 'ok', title: i18n.t(`messages:job.over.${kind}`) })
}

/** The vault's process ended by itself: no file of the job tells why. */
function failed(id: number, failure: Failure): void {
  change(id, (job) => ({
    ...job,
    files: job.files.map((it) => (it.state === 'running' ? { ...it, state: 'failed', failure } : it)),
  }))
  end(id, 'failed')
}

export function stopJob(id: number): void {
  stops.get(id)?.abort()
  end(id, 'cancelled')
}

export const forgetJob = (id: number): void => jobs.set((now) => now.filter((job) => job.id !== id))

let watched = 0
/** While the list of jobs is on the screen, its end needs no notice. */
export const watchJobs = (): (() => void) => {
  watched += 1
  return () => {
    watched -= 1
  }
}

/** Names and verdicts come from the keyring, which a locked vault does not tell. */
vaultLive.subscribe(() => {
  if (vaultLive.get()?.state === 'unlocked') return
  jobs.set((now) =>
    now.length === 0
      ? now
      : now
          .filter(({ ended }) => ended === null || ended === 'locked')
          .map((job) => ({ ...job, files: job.files.map((it) => ({ ...it, reading: null })) })),
  )
})
