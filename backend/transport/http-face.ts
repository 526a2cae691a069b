import type { DeploymentId } from '#protocol/ids.ts'
import type { Sample } from '#protocol/telemetry.ts'
import { startHttp } from './http.ts'
import { createPrometheus } from './prometheus.ts'
import type { MeteredCall } from './services.ts'

export interface HttpFaceOptions {
  /** 0 takes a free one. */
  readonly port: number
  readonly deployment: DeploymentId
  readonly version: string
  readonly connections: () => number
  /** false while starting and draining. */
  readonly ready: () => boolean
  readonly onSample: (listener: (sample: Sample) => void) => () => void
}

export interface HttpFace {
  /** `127.0.0.1:PORT` */
  readonly address: string
  readonly observe: (call: MeteredCall) => void
  stop(): Promise<void>
}

/** HTTP with everything that only HTTP needs. Loaded on demand: most embedded backends never serve it. */
export const openHttpFace = async (options: HttpFaceOptions): Promise<HttpFace> => {
  const figures = createPrometheus(options.connections)
  const http = await startHttp({ ...options, figures }).catch((failure: unknown) => {
    figures.stop()
    throw failure
  })
  const unfollow = options.onSample(figures.sample)
  return {
    address: http.address,
    observe: figures.observe,
    stop: async () => {
      unfollow()
      figures.stop()
      await http.stop()
    },
  }
}
