import { createCommands } from '#main/link/commands.ts'
import type { LinkView } from '#main/link/link.ts'
import { type BackendClient, clientOver, dial, opened } from '#main/link/wire.ts'
import { openSentStore } from '#main/replica/sent-store.ts'
import { leaveHandover } from '#protocol/events.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { sessionProofBytes } from '#trust/session-proof.ts'

/**
 * A desktop's way of a command in a process of its own: `sender.ts DIRECTORY SOCKET SECRET STEP` sends one whose text is the
 * step, and kills itself there; without a step it goes on with what was left, and prints what became of all.
 */
const [directory = '', path = '', secret = '', step = ''] = process.argv.slice(2)
const dieAt = (here: string): void => {
  if (step === here) process.kill(process.pid, 'SIGKILL')
}

/** A slow machine may be late with the handshake. */
const connected = async (tries = 10) => {
  const socket = dial({ kind: 'pipe', path }, 'rpc')
  try {
    await opened(socket)
    return socket
  } catch (reason) {
    if (tries === 0) throw reason
    return connected(tries - 1)
  }
}
const socket = await connected()
const api = clientOver(socket)
const signer = generateSigner()
const hello = await api.session.hello({ min: 1, max: 1 })
const publicKey = toBase64url(signer.publicKey)
const proof = toBase64url(signer.sign(sessionProofBytes(hello.deployment, hello.nonce)))
const signedIn = await api.session.signIn({
  ...{ method: 'launch', secret, client: 'test', publicKey, proof },
})
const client = {
  ...api,
  command: {
    submit: async (...[signed, options]: Parameters<BackendClient['command']['submit']>) => {
      dieAt('unsent')
      const answer = api.command.submit(signed, options)
      if (step === 'sent') {
        while (socket.bufferedAmount > 0) await new Promise(setImmediate)
        dieAt('sent')
      }
      const outcome = await answer
      dieAt('answered')
      return outcome
    },
  },
} as unknown as BackendClient
const view = { hello, skewMs: 0, session: { signer, signedIn } } as unknown as LinkView

const { store } = openSentStore(directory, { key: '09'.repeat(32), name: 'sent.db' })
const commands = createCommands({
  stored: store.load(),
  store: async (records) => {
    const decided = records.some(({ state }) => state === 'accepted')
    dieAt(decided ? 'unrecorded' : 'unstored')
    store.put(records)
    dieAt(decided ? 'recorded' : 'stored')
  },
  view: () => view,
  client: () => client,
  settleClock: async () => undefined,
})
if (step === '') commands.flush()
else await commands.submit(leaveHandover.name, { shift: '日勤', text: step })
// A step that is never reached must end, too: then the test sees an exit instead of a kill.
const until = performance.now() + 60_000
while ((step !== '' || commands.pending() > 0) && performance.now() < until)
  await new Promise((resolve) => setTimeout(resolve, 10))
process.stdout.write(JSON.stringify(commands.sent().map(({ state, outcome }) => ({ state, index: outcome?.index }))))
commands.close()
store.close()
socket.terminate()
