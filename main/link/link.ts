import type { Witness } from '#main/audit/witness.ts'
import type { Replica, ReplicaNews } from '#main/replica/replica.ts'
import { type Failure, LibralError } from '#protocol/errors.ts'
import type { Hello } from '#protocol/session.ts'
import { type Connection, connect } from './connection.ts'
import type { Dispose, Endpoint } from './desk.ts'
import { type Circumstances, idleLink, type LinkEffect, type LinkEvent, type LinkModel, step } from './machine.ts'
import type { Session } from './session.ts'
import type { BackendClient } from './wire.ts'

/** What the link knows, for the state that windows show. */
export interface LinkView {
  readonly model: LinkModel
  readonly hello: Hello | null
  readonly session: Session | null
  readonly currentAt: number | null
  readonly skewMs: number
  readonly roundTripMs: number | null
  /** The address dialled last; null for the embedded backend. */
  readonly address: string | null
}

export interface LinkOptions {
  readonly name: string
  readonly replica: Replica
  readonly witness: Witness
  readonly onTelemetry: (text: string) => void
  /** After every change of the view. */
  readonly onChange: (view: LinkView) => void
  readonly log: { info(event: string, fields?: object): void; warn(event: string, fields?: object): void }
}

/** Runs the table of machine.ts: one connection at a time, timers, session key. */
export interface Link {
  view(): LinkView
  /** The backend's procedures while signed in; null otherwise. */
  client(): BackendClient | null
  connect(endpoint: Endpoint): void
  lock(): void
  /** Looks at the log now. @throws LibralError `link.offline`, `log.*`, that of a call */
  look(): Promise<void>
  /** Makes sure that the skew of the view holds now, where the backend can be asked. @throws LibralError that of a call */
  settleClock(): Promise<void>
  close(): void
}

export const createLink = ({ name, replica, witness, onTelemetry, onChange, log }: LinkOptions): Link => {
  let view: LinkView = {
    model: idleLink(Date.now()),
    hello: null,
    session: null,
    currentAt: null,
    skewMs: 0,
    roundTripMs: null,
    address: null,
  }
  let endpoint: Endpoint | null = null
  let at = 0
  let connection: Connection | null = null
  let timer: NodeJS.Timeout | null = null
  let dials = 0
  /** A locked desk reads on, with sessions whose keys are destroyed at once, until it is asked to connect again. */
  let locked = false

  const change = (part: Partial<LinkView>): void => {
    view = { ...view, ...part }
    onChange(view)
  }

  const circumstances = (): Circumstances => ({
    now: Date.now(),
    random: Math.random(),
    addresses: endpoint?.targets.length ?? 1,
  })

  const fire = (event: LinkEvent): void => {
    const before = view.model
    const [model, effects] = step(before, event, circumstances())
    for (const effect of effects) run(effect)
    if (model === before) return
    if (model.state !== before.state) {
      log.info('link.state', { from: before.state, to: model.state, failure: model.failure?.code ?? null })
    }
    change({ model, ...(before.state === 'live' || model.state === 'live' ? { currentAt: Date.now() } : {}) })
  }

  const hangUp = (): void => {
    connection?.close()
    connection = null
  }

  const disarm = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  const forgetKey = (): void => {
    locked = true
    if (endpoint?.credential.method === 'certificate') {
      endpoint = { ...endpoint, credential: { method: 'certificate', certification: null } }
    }
    if (view.session !== null) change({ session: { ...view.session, signer: null } })
  }

  const signedIn = (session: Session): void => {
    change({ session: locked ? { ...session, signer: null } : session })
    fire({ t: 'signed-in' })
  }

  const failed = (failure: Failure): void => {
    log.warn('link.failed', { code: failure.code, address: view.address })
    fire({ t: 'failed', failure })
  }

  const dial = ({ targets, credential, identity, renewed }: Endpoint): void => {
    const target = targets[at % targets.length] ?? targets[0]
    change({ address: target.kind === 'address' ? target.url : null })
    connection = connect({
      target,
      credential,
      identity,
      name,
      session: ++dials,
      replica,
      witness,
      events: {
        greeted: (hello, clock) => {
          change({ hello, ...clock })
          fire({ t: 'greeted' })
        },
        signedIn,
        failed,
        closed: (code, pauseMs) => fire({ t: 'closed', code, pauseMs }),
        silent: () => fire({ t: 'silent' }),
        roundTrip: (roundTripMs) => change({ roundTripMs }),
        skew: (skewMs) => {
          log.info('link.skew', { skewMs })
          change({ skewMs })
        },
        telemetry: onTelemetry,
        witnessed: () => change({}),
        keyReplaced: (known) => {
          log.warn('link.log-key-replaced', { deployment: known.deployment })
          renewed?.(known)
        },
      },
    })
  }

  const run = (effect: LinkEffect): void => {
    switch (effect.t) {
      case 'dial':
        if (endpoint !== null) dial(endpoint)
        break
      case 'next-address':
        at += 1
        break
      case 'sign-in':
        connection?.signIn(view.session)
        break
      case 'open-feed':
        connection?.openFeed()
        break
      case 'hang-up':
        hangUp()
        break
      case 'arm':
        disarm()
        timer = setTimeout(() => fire({ t: 'timer' }), effect.ms)
        break
      case 'disarm':
        disarm()
        break
      case 'forget-session':
        change({ session: null })
        break
      case 'forget-key':
        forgetKey()
        break
    }
  }

  const onNews = (news: ReplicaNews): void => {
    if (news.t === 'restarted') {
      if (connection !== null) fire({ t: 'failed', failure: { code: 'replica.unavailable', params: {} } })
      return
    }
    if (news.t === 'trouble') {
      log.warn('replica.trouble', { name: news.name, code: news.code, at: news.at })
      return
    }
    if (news.t === 'state' || news.t === 'changed' || news.t === 'collections') return
    if (news.session !== connection?.session) return
    if (news.t === 'request') connection.request(news.request)
    else if (news.t === 'telemetry') onTelemetry(news.text)
    else if (news.t === 'caught-up') fire({ t: 'caught-up' })
    else if (news.t === 'behind') fire({ t: 'behind' })
    else fire(brokenBy(news.failure))
  }
  const stopNews: Dispose = replica.onNews(onNews)

  return {
    view: () => view,
    client: () =>
      view.model.state === 'syncing' || view.model.state === 'live' ? (connection?.client() ?? null) : null,
    connect: (to) => {
      endpoint = to
      locked = false
      fire({ t: 'endpoint' })
    },
    lock: () => fire({ t: 'lock' }),
    look: async () => {
      if (connection === null) throw new LibralError('link.offline')
      await connection.look()
    },
    settleClock: async () => connection?.settleClock(),
    close: () => {
      fire({ t: 'end' })
      stopNews()
    },
  }
}

/** A frame that can't be read is a bug: come back slowly. A full or broken disk may be better soon. */
const brokenBy = (failure: Failure): LinkEvent =>
  failure.code === 'input.invalid' ? { t: 'closed', code: 4002, pauseMs: null } : { t: 'failed', failure }
