import { useMemo, useState } from 'react'
import type { Sample } from '#protocol/telemetry.ts'
import { useLive } from '../../app/live.ts'
import { samples as sampleStream } from '../../app/streams.ts'
import { heardOf, shownInstance } from './heard.ts'

export interface InstanceView {
  /** Instances that sent samples, sorted. */
  readonly instances: readonly string[]
  readonly instance: string | null
  readonly choose: (instance: string) => void
  readonly samples: readonly Sample[]
}

/** The samples of one instance; the first one's that is heard until another is chosen. */
export const useInstanceSamples = (): InstanceView => {
  const all = useLive(sampleStream)
  const [chosen, choose] = useState<string | null>(null)
  const heard = useMemo(() => heardOf(all), [all])
  const instances = useMemo(() => [...heard.last.keys()].toSorted(), [heard])
  const instance = shownInstance(heard, chosen)
  const samples = useMemo(() => all.filter((sample) => sample.instance === instance), [all, instance])
  return { instances, instance, choose, samples }
}
