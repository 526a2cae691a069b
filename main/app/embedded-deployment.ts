import type { DeploymentsFile } from '#main/settings/deployments-file.ts'
import { demoKey, embeddedKey } from '#protocol/deployment-keys.ts'
import type { BackendProcess } from './backend-process.ts'
import type { Called, Deployment } from './deployment-unit.ts'
import { composeState } from './desktop-state.ts'
import { createEmbedded, type EmbeddedOptions } from './embedded.ts'

type EmbeddedDeployment = Deployment & { readonly backend: BackendProcess }

/** The deployment of this app itself, as one of several. */
export const embeddedDeployment = (options: EmbeddedOptions, file: DeploymentsFile): EmbeddedDeployment =>
  deploymentInside(options, () => ({ key: embeddedKey, ...file.current().embedded }), file.onChange)

/** The demo: the same in a folder of its own, under a name that nobody changes. */
export const demoDeployment = (options: EmbeddedOptions): EmbeddedDeployment =>
  deploymentInside(
    options,
    () => ({ key: demoKey, name: null, colour: 'amber' }),
    () => () => undefined,
  )

function deploymentInside(
  options: EmbeddedOptions,
  called: () => Called,
  onChange: Deployment['onChange'],
): EmbeddedDeployment {
  const { slot } = options
  const embedded = createEmbedded(options)
  const { backend } = embedded
  const state = composeState(slot, {
    called,
    backend,
    hindrance: () => null,
    reviewOnly: options.reviewOnly,
    onChange,
  })
  return {
    key: called().key,
    slot,
    state,
    backend,
    open: embedded.open,
    protect: embedded.protect,
    reconnect() {
      if (backend.state().state === 'failed') void backend.restart()
      else slot.again()
    },
    credential: () => 'none-needed',
    lock: () => slot.lock(),
    onChange,
    async stop() {
      await embedded.stop()
      state.stop()
    },
  }
}
