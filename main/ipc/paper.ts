import { procedures } from './procedures.ts'

const { paper: contract } = procedures

/** What the hidden window draws for the printer. */
export const paper = {
  data: contract.data.handler(({ context }) => context.services.paper.dataOf(context.window)),
  drawn: contract.drawn.handler(({ context }) => {
    context.services.paper.drawn(context.window)
    return {}
  }),
}
