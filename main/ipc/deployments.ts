import type { DeploymentList } from '#protocol/deployments.ts'
import { procedures } from './procedures.ts'
import { latest } from './streams.ts'

const { deployments: contract } = procedures

export const deployments = {
  watch: contract.watch.handler(({ context: { services, window }, signal }) =>
    latest<DeploymentList>(
      services.deployments.list(window),
      (listener) => services.deployments.onChange(() => listener(services.deployments.list(window))),
      signal,
    ),
  ),
  add: contract.add.handler(async ({ context: { services, window }, input }) => ({
    key: await services.deployments.add(window, input),
  })),
  change: contract.change.handler(async ({ context: { services, window }, input }) => {
    await services.deployments.change(window, input)
    return {}
  }),
  renewCredential: contract.renewCredential.handler(async ({ context: { services, window }, input }) => {
    await services.deployments.renewCredential(window, input.key, input.method, input.operatorKey)
    return {}
  }),
  signIn: contract.signIn.handler(async ({ context: { services, window }, input }) => {
    await services.deployments.signIn(window, input.key)
    return {}
  }),
  reviewCertificate: contract.reviewCertificate.handler(async ({ context: { services, window }, input }) => {
    await services.deployments.reviewCertificate(window, input.key, input.address)
    return {}
  }),
  show: contract.show.handler(async ({ context: { services, window }, input }) => {
    await services.deployments.show(window, input.key)
    return {}
  }),
  openWindow: contract.openWindow.handler(({ context: { services }, input }) => {
    services.deployments.openWindow(input.key)
    return {}
  }),
  openDemo: contract.openDemo.handler(async ({ context: { services, window } }) => {
    await services.deployments.openDemo(window)
    return {}
  }),
  remove: contract.remove.handler(async ({ context: { services }, input }) => {
    await services.deployments.remove(input.key)
    return {}
  }),
}
