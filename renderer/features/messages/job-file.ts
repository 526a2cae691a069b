import type { Failure } from '#protocol/errors.ts'
import type { ChosenFile, FileProgress, Reading } from '#protocol/messages.ts'

/** One file of a job. `waiting` until its turn; `stopped` when the job ended before it was done. */
export interface JobFile {
  readonly name: string
  readonly size: number
  readonly state: 'waiting' | 'running' | 'finished' | 'failed' | 'stopped'
  readonly phase: 'checking' | 'working'
  readonly done: number
  readonly total: number | null
  /** When the phase's first bytes were read, for the rate. */
  readonly since: number | null
  readonly perSecond: number | null
  readonly output: { readonly token: string; readonly name: string } | null
  readonly reading: Reading | null
  readonly failure: Failure | null
}

/** Before its turn. */
export const waiting = ({ name, size }: ChosenFile): JobFile => ({
  name,
  size,
  state: 'waiting',
  phase: 'working',
  done: 0,
  total: null,
  since: null,
  perSecond: null,
  output: null,
  reading: null,
  failure: null,
})

/** A file after one piece of news. */
export function advanced(file: JobFile, news: Exclude<FileProgress, { state: 'ended' }>, now: number): JobFile {
  if (news.state === 'failed') return { ...file, state: 'failed', failure: news.failure }
  if (news.state === 'finished')
    return { ...file, state: 'finished', done: file.size, output: news.output, reading: news.reading }
  const { phase, done, total } = news
  const since = file.since !== null && file.phase === phase ? file.since : now
  const seconds = (now - since) / 1_000
  return { ...file, state: 'running', phase, done, total, since, perSecond: seconds > 0.2 ? done / seconds : null }
}
