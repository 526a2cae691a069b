import { expect, test } from 'vitest'
import type { SentCommand } from '#protocol/desktop.ts'
import { sentNews } from './sent-news.ts'

const command = (id: string, state: SentCommand['state'] = 'sent'): SentCommand => ({
  id: id as SentCommand['id'],
  command: 'events.handOver',
  issuedAt: 1,
  state,
  outcome: null,
  failure: null,
})

test('a window hears all at first, then what is new or says something else', () => {
  const first = [command('a'), command('b')]
  expect(sentNews(null, first)).toEqual({ whole: true, commands: first })
  expect(sentNews(first, [command('a'), command('b')])).toEqual({ whole: false, commands: [] })
  expect(sentNews(first, [command('b', 'accepted'), command('c')])).toEqual({
    whole: false,
    commands: [command('b', 'accepted'), command('c')],
  })
})

test('another deployment begins anew', () => {
  expect(sentNews([command('a')], [command('x')])).toEqual({ whole: true, commands: [command('x')] })
  expect(sentNews([command('a')], [])).toEqual({ whole: true, commands: [] })
  expect(sentNews([], [command('a')])).toEqual({ whole: true, commands: [command('a')] })
})
