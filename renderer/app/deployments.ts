import type { DeploymentKey, DeploymentList } from '#protocol/deployments.ts'
import { desktop } from './desktop.ts'
import { failureIn } from './failure.ts'
import { latest, useLive } from './live.ts'
import { sayFailure } from './submit.ts'

const deployments = latest<DeploymentList>(() => desktop.deployments.watch({}))

/** All deployments and which one this window shows; null before main has told. */
export const useDeployments = (): DeploymentList | null => useLive(deployments)

/** Known once somebody has asked for them. */
export const deploymentsNow = deployments.get

/** Makes the demo where there is none; main loads this window's page anew for it. */
export const openDemo = async (): Promise<void> => {
  try {
    await desktop.deployments.openDemo({})
  } catch (thrown) {
    sayFailure(failureIn(thrown))
  }
}

/** Main loads this window's page anew for it. */
export const showDeployment = async (key: DeploymentKey): Promise<void> => {
  try {
    await desktop.deployments.show({ key })
  } catch (thrown) {
    sayFailure(failureIn(thrown))
  }
}
