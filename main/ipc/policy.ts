import { procedures } from './procedures.ts'

const { policy: contract } = procedures

/** ポリシー: the backend reads texts; publishing is a command like any other. */
export const policy = {
  check: contract.check.handler(({ context, input }) => context.services.desk.policy.check(input.text)),
  seed: contract.seed.handler(({ context }) => context.services.desk.policy.seed()),
}
