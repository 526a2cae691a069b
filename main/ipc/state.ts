import { procedures } from './procedures.ts'
import { latest } from './streams.ts'

export const state = {
  watch: procedures.state.watch.handler(({ context: { services }, signal }) =>
    latest(services.state.current(), services.state.onChange, signal),
  ),
}
