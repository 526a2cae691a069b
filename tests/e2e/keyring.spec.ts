import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Libral, live, test } from './app.ts'
import { hasKeyring, startKeyring } from './keyring.ts'
import { ask, tapPort } from './port.ts'

test.skip(!hasKeyring, 'no gnome-keyring here')

const notes = {
  filter: { collection: 'events.handovers', where: {}, range: null, text: '' },
  sort: { field: null, descending: true },
  after: null,
  limit: 10,
}

/** How this start's keys were opened: the log goes on over several starts. */
const keysOf = ({ log, startedAt }: Libral) =>
  log().findLast((it) => it['event'] === 'keys.opened' && String(it['at']) >= startedAt)

test('under a keyring the replica outlives the run, and without it nobody reads anything', async ({
  launch,
  newProfile,
}) => {
  const profile = newProfile()
  const local = join(profile, 'deployments/local')
  const keyring = await startKeyring()
  try {
    const first = await launch({ profile, env: keyring.env })
    await live(first.page)
    await tapPort(first.page)
    await live(first.page)
    await expect(first.page.getByText('この起動のみ')).toHaveCount(0)
    await ask(first.page, 'command/submit', {
      command: 'events.handOver',
      params: { shift: '試験', text: '鍵束の下で' },
    })
    await expect.poll(() => ask(first.page, 'rows/query', notes)).toMatchObject({ rows: [{ text: '鍵束の下で' }] })
    await first.quit()
    const key = readFileSync(join(local, 'storage.key'), 'utf8')
    expect(key).toContain('"kind":"keychain"')

    // A backend that can't start: what is shown now was kept.
    writeFileSync(join(local, 'core.db'), Buffer.alloc(64 * 1024, 7))
    const second = await launch({ profile, env: keyring.env })
    await tapPort(second.page)
    await expect.poll(() => keysOf(second)).toMatchObject({ protection: 'keychain', backend: true })
    const kept = { state: 'ready', rows: [{ text: '鍵束の下で' }] }
    expect(await ask(second.page, 'rows/query', notes)).toMatchObject(kept)
    await second.quit()

    const third = await launch({ profile, env: { DBUS_SESSION_BUS_ADDRESS: '', XDG_CURRENT_DESKTOP: '' } })
    await tapPort(third.page)
    await expect.poll(() => keysOf(third)).toMatchObject({ protection: 'this-run', backend: false })
    expect(await ask(third.page, 'rows/query', notes)).toMatchObject({ state: 'empty', rows: [] })
    await third.quit()
    expect(readFileSync(join(local, 'storage.key'), 'utf8')).toBe(key)
  } finally {
    await keyring.stop()
  }
})
