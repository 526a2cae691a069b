import { expect, test, vi } from 'vitest'
import { LibralError } from '#protocol/errors.ts'
import type { Report } from './evaluator.ts'
import { createReporter } from './reporter.ts'

const report = (rule: string): Report => ({ rule }) as unknown as Report

const world = () => {
  const refusals = new Map<string, LibralError>()
  const written: string[] = []
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  const submit = vi.fn(async ({ params }: { readonly params: unknown }) => {
    const { rule } = params as { readonly rule: string }
    const refusal = refusals.get(rule)
    if (refusal) throw refusal
    written.push(rule)
  })
  const reporter = createReporter({ submit, log } as unknown as Parameters<typeof createReporter>[0])
  return { refusals, written, log, reporter }
}

test('a report waits for the log, and those behind it with it', async () => {
  const { refusals, written, reporter } = world()
  refusals.set('a', new LibralError('storage.full'))
  reporter.add([report('a'), report('b')])
  await reporter.flush()
  expect([written, reporter.waiting()]).toEqual([[], 2])
  refusals.clear()
  await reporter.flush()
  expect([written, reporter.waiting()]).toEqual([['a', 'b'], 0])
})

test('one that no log will ever take is given up, and said so', async () => {
  const { refusals, written, log, reporter } = world()
  refusals.set('a', new LibralError('command.too-large'))
  reporter.add([report('a'), report('b')])
  await reporter.flush()
  expect([written, reporter.waiting()]).toEqual([['b'], 0])
  expect(log.error).toHaveBeenCalledWith('alerts.report-refused', { code: 'command.too-large', rule: 'a' })
})
