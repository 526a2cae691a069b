import { ORPCError } from '@orpc/server'
import { failureOf } from '#protocol/errors.ts'

/**
 * A failure as it crosses the port: the code as oRPC's code, code and parameters in `data`, no message and no stack.
 * What the contract's schemas refuse reads `input.invalid`.
 */
export function toWire(thrown: unknown): ORPCError<string, unknown> {
  const failure = isRefusedInput(thrown) ? { code: 'input.invalid' as const, params: {} } : failureOf(thrown)
  return new ORPCError(failure.code, { message: failure.code, data: failure })
}

const isRefusedInput = (thrown: unknown): boolean =>
  thrown instanceof ORPCError && (thrown.code === 'BAD_REQUEST' || thrown.code === 'NOT_FOUND')
