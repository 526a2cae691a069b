import i18n from 'i18next'
import type { Json } from '#protocol/command.ts'
import type { SentCommand } from '#protocol/desktop.ts'
import type { Failure } from '#protocol/errors.ts'
import { guided } from '../features/signing/key-guide.ts'
import { desktop } from './desktop.ts'
import { failureIn } from './failure.ts'
import { failureText } from './failure-text.ts'
import { proposing } from './proposing.ts'
import { showToast } from './toasts.ts'

export type Params = Readonly<Record<string, Json>>

/** A mutable copy, as the contract's input type asks for. */
const plain = (params: Params): Record<string, never> => structuredClone(params) as Record<string, never>

/** What happened and what to do about it. */
export const sayFailure = (failure: Failure, title?: string): void => {
  const { what, todo } = failureText(failure)
  showToast({ tone: 'bad', title: title ?? what, body: title === undefined ? todo : `${what}　${todo}` })
}

/** The title of a command: 「モジュールの再起動」. An unknown one (a newer build's) reads as its name. */
export const commandTitle = (command: string): string =>
  i18n.t(`commands:${command}` as 'commands:hub.restartModule', { defaultValue: command })

const sayOutcome = (sent: SentCommand, params: Params, done: string | undefined): void => {
  const command = commandTitle(sent.command)
  if (sent.state === 'accepted') {
    if (done !== undefined) showToast({ tone: 'ok', title: done })
    return
  }
  if (sent.failure?.code === 'command.needs-approvals') {
    proposing.set(() => ({ sent, params }))
    return
  }
  if (sent.state === 'queued' || sent.state === 'sent') {
    showToast({ tone: 'warning', title: i18n.t('shell:pending.queuedToast', { command }) })
    return
  }
  sayFailure(
    sent.failure ?? { code: sent.state === 'expired' ? 'command.expired' : 'command.outcome-unknown', params: {} },
    i18n.t('shell:pending.failedToast', { command }),
  )
}

/** Nothing was sent. Closing the vault's window is an answer. */
const sayRefusal = (failure: Failure, command: string): void => {
  const title = commandTitle(command)
  if (failure.code === 'vault.declined')
    showToast({
      tone: 'warning',
      title: i18n.t('signing:declined'),
      body: i18n.t('signing:declinedText', { command: title }),
    })
  else sayFailure(failure, i18n.t('shell:pending.failedToast', { command: title }))
}

/**
 * Sends a command and says what came of it.
 * @param done what to say when it was accepted; nothing is said without it
 * @returns the command as decided, or as queued while offline; null when main did not take it
 */
export const submit = async (command: string, params: Params, done?: string): Promise<SentCommand | null> => {
  try {
    const sent = await desktop.command.submit({ command, params: plain(params) })
    sayOutcome(sent, params, done)
    return sent
  } catch (thrown) {
    const failure = failureIn(thrown)
    // Who has no registered key is led to one, and goes on from there.
    if (failure.code === 'signing.not-registered') return guided(command, () => submit(command, params, done))
    sayRefusal(failure, command)
    return null
  }
}
