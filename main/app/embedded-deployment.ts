import type { DeploymentsFile } from '#main/settings/deployments-file.ts'
import { embeddedKey } from '#protocol/deployments.ts'
import type { BackendProcess } from './backend-process.ts'
import type { Deployment } from './deployment-unit.ts'
import { composeState } from './desktop-state.ts'
import { createEmbedded, type EmbeddedOptions } from './embedded.ts'

/** The deployment of this app itself, as one of several. */
export function embeddedDeployment(
  options: EmbeddedOptions,
  file: DeploymentsFile,
): Deployment & { readonly backend: BackendProcess } {
  const { slot } = options
  const embedded = createEmbedded(options)
  const { backend } = embedded
  const state = composeState(slot, {
    called: () => ({ key: embeddedKey, ...file.current().embedded }),
    backend,
    hindrance: () => null,
    reviewOnly: options.reviewOnly,
    onChange: file.onChange,
  })
  return {
    key: embeddedKey,
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
    onChange: file.onChange,
    async stop() {
      await embedded.stop()
      state.stop()
    },
  }
}
