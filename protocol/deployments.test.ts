import { expect, test } from 'vitest'
import { parseAddress } from './deployments.ts'

test.each([
  ['wss://core.example:7443', 'wss://core.example:7443'],
  [' WSS://Core.Example/ ', 'wss://core.example:5000'],
  ['wss://[2001:db8::1]:443', 'wss://[2001:db8::1]:443'],
  ['ws://127.0.0.1:5000', 'ws://127.0.0.1:5000'],
  ['ws://localhost', 'ws://localhost:5000'],
  ['ws://[::1]:5000', 'ws://[::1]:5000'],
])('%s is an address', (text, address) => {
  expect(parseAddress(text)).toBe(address)
})

test.each([
  'ws://core.example:5000',
  'ws://127.0.0.1.example:5000',
  'ws://localhost.example',
  'https://core.example',
  'wss://user:secret@core.example',
  'wss://core.example:0',
  'wss://core.example:70000',
  'wss://core.example/rpc',
  'wss://core.example?x=1',
  'wss://',
  'core.example:5000',
])('%s is none', (text) => {
  expect(parseAddress(text)).toBeNull()
})
