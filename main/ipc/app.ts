import type { Place } from '#protocol/desktop.ts'
import { procedures } from './procedures.ts'
import { latest } from './streams.ts'

const { app: contract } = procedures

export const app = {
  about: contract.about.handler(({ context }) => context.services.app.about()),
  licences: contract.licences.handler(async ({ context }) => [...(await context.services.app.licences())]),
  openLink: contract.openLink.handler(async ({ context, input }) => {
    await context.services.app.openLink(input.link)
    return {}
  }),
  openWindow: contract.openWindow.handler(({ context, input }) => {
    context.services.app.openWindow(context.window, input.place, input.wall)
    return {}
  }),
  navigate: contract.navigate.handler(({ context, signal }) =>
    latest<Place>(undefined, (listener) => context.services.app.onNavigate(context.window, listener), signal),
  ),
  copyLink: contract.copyLink.handler(({ context, input }) => {
    context.services.app.copyLink(input)
    return {}
  }),
  restartBackend: contract.restartBackend.handler(async ({ context }) => {
    await context.services.app.restartBackend()
    return {}
  }),
  reconnect: contract.reconnect.handler(({ context }) => {
    context.services.app.reconnect()
    return {}
  }),
  painted: contract.painted.handler(({ context, input }) => {
    context.services.app.painted(context.window, input.page, input.atMs)
    return {}
  }),
}
